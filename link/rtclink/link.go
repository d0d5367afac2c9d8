package rtclink

import (
	"strings"
	"sync"
	"time"

	"crosspeer"
	"crosspeer/internal/framing"
	"crosspeer/wire"
)

const (
	// farewell is how long a goodbye may take that waits for nobody, and
	// lingering how long one that waits for the remote.
	farewell  = 500 * time.Millisecond
	lingering = 30 * time.Second

	// lifetime is how long an unreliable packet is worth sending again: not at
	// all. Godot 3.2.3, WebRTCMultiplayer.add_peer, unreliable_lifetime.
	lifetime = time.Millisecond
)

// ending is how a link comes to its end, whoever begins.
type ending struct {
	leaving chan struct{} // closed when this end wants no more
	hurry   chan struct{} // closed when it waits for nobody
	resumed chan struct{} // holds a token when the session has room again

	guard  sync.Mutex
	reason *crosspeer.Reason // of this end
	now    bool
}

func newEnding() ending {
	return ending{leaving: make(chan struct{}), hurry: make(chan struct{}), resumed: make(chan struct{}, 1)}
}

// Close implements crosspeer.Link.
func (e *ending) Close(r crosspeer.Reason, now bool) {
	e.guard.Lock()
	defer e.guard.Unlock()
	if e.reason == nil {
		e.reason = &r
		close(e.leaving)
	}
	if now && !e.now {
		e.now = true
		close(e.hurry)
	}
}

func (e *ending) isLeaving() bool {
	select {
	case <-e.leaving:
		return true
	default:
		return false
	}
}

func (e *ending) own() crosspeer.Reason {
	e.guard.Lock()
	defer e.guard.Unlock()
	return *e.reason
}

// Resume implements crosspeer.Resumer.
func (e *ending) Resume() { signal(e.resumed) }

// link is one connection between a client and a server, with a header in
// front of every message.
type link struct {
	ending
	hub    *crosspeer.Hub
	pipe   *pipe
	max    int
	client bool

	attached chan struct{} // closed when a client's port is there
	said     chan struct{} // closed when the remote has said goodbye

	mu     sync.Mutex // held while something is delivered
	port   *crosspeer.Port
	frame  crosspeer.Frame
	words  string // of the remote's goodbye
	failed error  // why a client could not attach
}

func newLink(cfg *Config, hub *crosspeer.Hub, client bool) *link {
	return &link{
		ending: newEnding(), hub: hub, max: cfg.MaxMessageBytes, client: client,
		attached: make(chan struct{}), said: make(chan struct{}),
	}
}

// Welcome implements crosspeer.Welcomer.
func (l *link) Welcome(id crosspeer.PeerID) {
	l.pipe.send(crosspeer.Reliable, framing.Notice(wire.WebSocketID, id))
	l.pipe.send(crosspeer.Reliable, framing.Notice(wire.WebSocketAdd, crosspeer.TargetServer))
}

// Send implements crosspeer.Link.
func (l *link) Send(f *crosspeer.Frame) crosspeer.SendResult {
	switch {
	case l.isLeaving():
		return crosspeer.SendClosed
	case f.Kind != crosspeer.FramePacket:
		return l.pipe.send(crosspeer.Reliable, formOf(f))
	case wire.WebSocketHeaderSize+len(f.Data) > l.max:
		return crosspeer.SendTooLarge
	}
	return l.pipe.send(f.Mode, formOf(f))
}

// Info implements crosspeer.Link.
func (l *link) Info() crosspeer.LinkInfo {
	return crosspeer.LinkInfo{Transport: transport, RemoteAddr: l.pipe.remote(), Compression: "none"}
}

// Stats implements crosspeer.Link.
func (l *link) Stats() crosspeer.LinkStats { return l.pipe.stats() }

// run waits for the end of the connection, whoever brings it about, and takes
// it out of the session.
func (l *link) run() {
	reason := crosspeer.Reason{Text: "the connection is lost"}
	select {
	case <-l.leaving:
		reason = l.own()
		l.leave(reason.Text)
	case <-l.said:
	case <-l.pipe.down:
	}
	select {
	case <-l.said: // also if the connection was closed right after it
		l.mu.Lock()
		if !l.isLeaving() {
			reason = crosspeer.Reason{Code: crosspeer.ReasonClosed, By: crosspeer.ByRemote, Text: l.words}
		}
		l.mu.Unlock()
	default:
	}
	l.Close(reason, true) // nothing is taken any more
	l.pipe.close()
	l.mu.Lock()
	port := l.port
	l.mu.Unlock()
	if port != nil {
		port.Detach(reason)
	}
}

// leave says goodbye when what was sent has arrived, and waits until the
// remote has closed; both only as long as nobody is in a hurry.
func (l *link) leave(text string) {
	after := time.NewTimer(lingering)
	defer after.Stop()
	l.pipe.flush(l.hurry, after.C)
	l.pipe.channels[crosspeer.Reliable].Send(farewellOf(text))
	select {
	case <-l.pipe.down:
		return
	case <-l.hurry:
	case <-after.C:
	}
	last := time.NewTimer(farewell)
	defer last.Stop()
	select {
	case <-l.pipe.down:
	case <-last.C:
	}
}

// take takes a message from one of the channels, of which each has a
// goroutine.
func (l *link) take(_ *pipe, mode crosspeer.TransferMode, b []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	h, payload, ok := wire.ParseWebSocket(b)
	f := &l.frame
	switch {
	case l.isLeaving() || l.port == nil && !l.client:
	case ok && h.Kind == wire.WebSocketData && len(b) <= l.max:
		f.Kind = crosspeer.FramePacket
		f.Packet = crosspeer.Packet{
			From: crosspeer.PeerID(h.Source), To: crosspeer.PeerID(h.Target),
			Mode: mode, Channel: wire.ENetUnreliable, Data: payload,
		}
		if mode == crosspeer.Reliable {
			f.Channel = wire.ENetReliable
		}
		l.deliver()
	case ok && h.Kind == goodbye && mode == crosspeer.Reliable:
		l.goodbye(string(payload[:min(len(payload), maxWords)]))
	case ok && l.client && mode == crosspeer.Reliable && h.Kind <= wire.WebSocketID:
		id, ok := wire.ParseWebSocketNotice(payload)
		if ok {
			l.notice(h.Kind, crosspeer.PeerID(id))
			return
		}
		fallthrough
	default:
		if l.port != nil {
			l.port.Violation()
		}
	}
}

// goodbye notes the remote's. The lock is held.
func (l *link) goodbye(words string) {
	select {
	case <-l.said:
	default:
		l.words = strings.ToValidUTF8(words, "?")
		close(l.said)
	}
}

// notice takes what a server says of its session. A client is in it when the
// server has said that it is there itself. The lock is held.
func (l *link) notice(kind wire.WebSocketKind, id crosspeer.PeerID) {
	switch {
	case kind == wire.WebSocketID:
		l.hub.SetUniqueID(id)
		return
	case id == crosspeer.TargetServer:
		if kind == wire.WebSocketAdd && l.port == nil && l.failed == nil {
			if l.port, l.failed = l.hub.Attach(l, crosspeer.Hello{ID: id}); l.failed == nil {
				close(l.attached)
			} else {
				l.Close(crosspeer.Reason{Code: crosspeer.ReasonRefused, By: crosspeer.ByLocal, Text: l.failed.Error()}, true)
			}
		}
		return
	case l.port == nil:
		return
	case kind == wire.WebSocketAdd:
		l.frame.Kind = crosspeer.FrameAdd
	default:
		l.frame.Kind = crosspeer.FrameRemove
	}
	l.frame.Peer = id
	l.deliver()
}

// deliver hands the frame to the hub. While the program does not keep up it
// waits, and with it all channels, so that the remote is pushed back. The lock
// is held.
func (l *link) deliver() {
	defer l.frame.Reset()
	for l.port != nil && l.port.Deliver(&l.frame) == crosspeer.Wait {
		select {
		case <-l.resumed:
		case <-l.leaving:
			return
		case <-l.pipe.down:
			return
		}
	}
}
