package browser

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"crosspeer"
)

// goPeer is a Go member of the session and what it has got.
type goPeer struct {
	*crosspeer.Peer
	t *testing.T

	mu      sync.Mutex
	changed chan struct{} // closed and replaced when something has come
	packets []Packet
	left    []crosspeer.PeerDisconnected
}

// watch collects what comes to a Peer until it is closed, at the end of the
// test.
func watch(t *testing.T, p *crosspeer.Peer) *goPeer {
	g := &goPeer{Peer: p, t: t, changed: make(chan struct{})}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ev := range p.Events(context.Background()) {
			g.take(ev)
		}
	}()
	t.Cleanup(func() {
		p.Close()
		<-done
	})
	return g
}

func (g *goPeer) take(ev crosspeer.Event) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch ev := ev.(type) {
	case crosspeer.PacketReceived:
		g.packets = append(g.packets, Packet{ev.From, ev.To, ev.Mode.String(), string(ev.Data[:min(len(ev.Data), 64)]), len(ev.Data)})
	case crosspeer.PeerDisconnected:
		g.left = append(g.left, ev)
	}
	close(g.changed)
	g.changed = make(chan struct{})
}

// until waits until something that changes with events is true.
func (g *goPeer) until(what string, check func() bool) {
	g.t.Helper()
	late := time.After(patience)
	for {
		g.mu.Lock()
		ok, changed := check(), g.changed
		g.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-changed:
		case <-late:
			g.t.Fatalf("waited in vain until %s", what)
		}
	}
}

// Packets waits until n packets have come, and gives all that have.
func (g *goPeer) Packets(n int) []Packet {
	g.t.Helper()
	g.until("enough packets have come", func() bool { return len(g.packets) >= n })
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.packets)
}

// Sees waits until the members of the session are n, without itself.
func (g *goPeer) Sees(n int) {
	g.t.Helper()
	g.until("the members are there", func() bool { return len(g.Peers()) == n })
}

// Left waits until a peer has gone, and gives the reason.
func (g *goPeer) Left(id crosspeer.PeerID) (reason crosspeer.Reason) {
	g.t.Helper()
	g.until("the peer has gone", func() bool {
		i := slices.IndexFunc(g.left, func(e crosspeer.PeerDisconnected) bool { return e.ID == id })
		if i >= 0 {
			reason = g.left[i].Reason
		}
		return i >= 0
	})
	return reason
}

// Send sends text.
func (g *goPeer) Send(to crosspeer.PeerID, mode crosspeer.TransferMode, text string) {
	g.t.Helper()
	if err := g.Peer.Send(crosspeer.Packet{To: to, Mode: mode, Data: []byte(text)}); err != nil {
		g.t.Fatalf("to %d: %v", to, err)
	}
}
