package rtclink

import (
	"sync"

	"crosspeer"
	"crosspeer/wire"
)

// meshLink is a connection to another member of a mesh. There is no header:
// the connection says who sends, and nothing is passed on. Godot 3.2.3,
// WebRTCMultiplayer.
type meshLink struct {
	ending
	room *room
	id   crosspeer.PeerID
	pipe *pipe
	last *meshLink     // whose place this one takes
	in   chan struct{} // closed when the member is in the session, or will not be
	over chan struct{} // closed at the end

	mu    sync.Mutex // held while something is delivered
	port  *crosspeer.Port
	frame crosspeer.Frame
}

// Send implements crosspeer.Link.
func (l *meshLink) Send(f *crosspeer.Frame) crosspeer.SendResult {
	switch {
	case l.isLeaving():
		return crosspeer.SendClosed
	case len(f.Data) > l.room.mesh.cfg.MaxMessageBytes:
		return crosspeer.SendTooLarge
	}
	return l.pipe.send(f.Mode, f.Data)
}

// Info implements crosspeer.Link.
func (l *meshLink) Info() crosspeer.LinkInfo {
	return crosspeer.LinkInfo{Transport: transport, RemoteAddr: l.pipe.remote(), Compression: "none"}
}

// Stats implements crosspeer.Link.
func (l *meshLink) Stats() crosspeer.LinkStats { return l.pipe.stats() }

// run brings the member into the session when its channels are open, and
// takes it out when the connection is over.
func (l *meshLink) run() {
	defer close(l.over)
	defer l.room.forget(l)
	if l.last != nil {
		<-l.last.over // so that it is gone before this one comes
		l.last = nil
	}
	reason := crosspeer.Reason{Text: "the connection is lost"}
	select {
	case <-l.pipe.opened:
		reason = l.serve()
	case <-l.pipe.down:
	case <-l.leaving:
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

// serve keeps the member in the session until its end, and gives the reason.
func (l *meshLink) serve() crosspeer.Reason {
	l.mu.Lock()
	port, err := l.room.hub.Attach(l, crosspeer.Hello{ID: l.id})
	l.port = port
	l.mu.Unlock()
	close(l.in)
	if err != nil {
		return crosspeer.Reason{Code: crosspeer.ReasonRefused, By: crosspeer.ByLocal, Text: err.Error()}
	}
	select {
	case <-l.pipe.down:
		return crosspeer.Reason{Code: crosspeer.ReasonClosed, By: crosspeer.ByRemote, Text: "the connection was closed or lost"}
	case <-l.leaving:
		l.pipe.flush(l.hurry, nil)
		return l.own()
	}
}

// take takes a message from one of the channels. The other end may be
// connected, and send, a moment before this one is.
func (l *meshLink) take(_ *pipe, mode crosspeer.TransferMode, b []byte) {
	select {
	case <-l.in:
	case <-l.leaving:
		return
	case <-l.pipe.down:
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	f := &l.frame
	defer f.Reset()
	f.Kind = crosspeer.FramePacket
	f.Packet = crosspeer.Packet{From: l.id, To: l.room.mesh.id, Mode: mode, Channel: wire.ENetUnreliable, Data: b}
	if mode == crosspeer.Reliable {
		f.Channel = wire.ENetReliable
	}
	for l.port != nil && !l.isLeaving() && l.port.Deliver(f) == crosspeer.Wait {
		select {
		case <-l.resumed:
		case <-l.leaving:
			return
		case <-l.pipe.down:
			return
		}
	}
}
