package enetlink

import (
	"context"
	"net"
	"runtime"
	"strconv"
	"testing"
	"time"

	"crosspeer"
	"crosspeer/enet"
)

// hubOf is a Listener that only takes the hub.
type hubOf struct{ hub *crosspeer.Hub }

func (l *hubOf) Listen(_ context.Context, hub *crosspeer.Hub) (crosspeer.Transport, error) {
	l.hub = hub
	return l, nil
}

func (l *hubOf) Addr() string { return "" }
func (l *hubOf) Close() error { return nil }

// The program takes the packet that fills its queue at the moment in which a
// link finds the queue full: the link must not wait for a call that has been
// made already.
func TestLinkIsNotForgottenWhenTheProgramCatchesUpAtOnce(t *testing.T) {
	const count = 200_000
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var hub hubOf
	srv, err := crosspeer.Listen(ctx, &crosspeer.Config{MaxInboxPackets: 1}, &hub)
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	eh, err := enet.NewHost(conn, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer eh.Close()
	peer, err := eh.Connect(eh.LocalAddr(), 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	h := &host{hub: hub.hub}
	l := &link{cfg: &h.cfg, peer: peer, host: h}
	if l.port, err = hub.hub.Attach(l, crosspeer.Hello{ID: 5}); err != nil {
		t.Fatal(err)
	}
	choked := func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		return l.waiting
	}
	over := make(chan struct{})
	go func() {
		defer close(over)
		for i := range count {
			for choked() {
				if ctx.Err() != nil {
					return
				}
				runtime.Gosched()
			}
			data := strconv.AppendInt([]byte{5, 0, 0, 0, 1, 0, 0, 0}, int64(i), 10)
			l.receive(enet.Event{Type: enet.EventReceive, Peer: peer, Channel: 1, Flags: enet.Reliable,
				Packet: enet.NewPacket(data)}, &h.dial.frame)
		}
	}()
	for i := range count {
		p, err := srv.Receive(ctx)
		if err != nil {
			t.Errorf("packet %d: %v", i, err)
			break
		}
		if string(p.Data) != strconv.Itoa(i) {
			t.Errorf("packet %d is %q", i, p.Data)
			break
		}
	}
	cancel()
	<-over
}
