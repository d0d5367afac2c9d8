package virtual

import (
	"fmt"

	"crosspeer"
	"crosspeer/enet/internal/engine"
	"crosspeer/wire"
)

// receive takes what comes from the remote, packets and then the end of the
// connection. While the program does not keep up it waits here, and the remote
// is choked.
func (l *link) receive(ev engine.Event) {
	if l.closed {
		l.waiting, l.backlog = false, nil
	}
	if !l.waiting && l.deliver(ev) == crosspeer.Taken {
		return
	}
	if !l.waiting {
		l.waiting = true
		l.peer.Choke(true)
	}
	l.backlog = append(l.backlog, ev)
}

// Resume implements crosspeer.Resumer: the program has caught up.
func (l *link) Resume() {
	for len(l.backlog) > 0 {
		if l.deliver(l.backlog[0]) == crosspeer.Wait {
			return // called again when there is room
		}
		l.backlog[0] = engine.Event{}
		l.backlog = l.backlog[1:]
	}
	l.backlog = nil
	l.waiting = false
	l.peer.Choke(false)
	l.host.wake()
}

// deliver hands an event to the hub. A packet that is taken is released.
func (l *link) deliver(ev engine.Event) crosspeer.Verdict {
	if ev.Kind == engine.EventDisconnect {
		l.host.links--
		if l.host.cfg.Detached != nil {
			l.host.cfg.Detached(l.peer.Addr(), l.port.ID())
		}
		l.port.Detach(reason(ev))
		return crosspeer.Taken
	}
	f := &l.host.frame
	if !l.decode(ev, f) {
		l.port.Violation()
		ev.Packet.Release()
		return crosspeer.Taken
	}
	f.SetEncoding(framing{}, ev.Packet)
	verdict := l.port.Deliver(f)
	if verdict == crosspeer.Wait {
		ev.Packet.Retain() // Reset releases the frame's
	}
	f.Reset()
	return verdict
}

// decode reads Godot's framing. It returns false for what a remote must not
// send.
func (l *link) decode(ev engine.Event, f *crosspeer.Frame) bool {
	b := ev.Packet.Bytes()
	if ev.Channel == wire.ENetConfig {
		return l.client && decodeNotice(b, f)
	}
	h, payload, ok := wire.ParseENet(b)
	if !ok {
		return false
	}
	f.Kind = crosspeer.FramePacket
	f.From, f.To = crosspeer.PeerID(h.Source), crosspeer.PeerID(h.Target)
	f.Mode, f.Hint = mode(ev.Flags)
	f.Channel = int(ev.Channel)
	f.Data = payload
	return true
}

func decodeNotice(b []byte, f *crosspeer.Frame) bool {
	n, id, ok := wire.ParseENetNotice(b)
	switch {
	case !ok:
		return false
	case n == wire.NoticeAdd:
		f.Kind = crosspeer.FrameAdd
	case n == wire.NoticeRemove:
		f.Kind = crosspeer.FrameRemove
	default:
		return false
	}
	f.Peer = crosspeer.PeerID(id)
	return true
}

// reason says why a connection ended.
func reason(ev engine.Event) crosspeer.Reason {
	switch ev.Reason {
	case engine.ReasonRemote:
		return crosspeer.Reason{Code: crosspeer.ReasonClosed, By: crosspeer.ByRemote}
	case engine.ReasonLocal:
		return crosspeer.Reason{Code: crosspeer.ReasonClosed, By: crosspeer.ByLocal}
	case engine.ReasonTimeout:
		return crosspeer.Reason{Code: crosspeer.ReasonTimeout,
			Text: fmt.Sprintf("timeout (no acknowledgement for %.1f s)", ev.Silent.Seconds())}
	case engine.ReasonNoReply:
		return crosspeer.Reason{Code: crosspeer.ReasonNoReply}
	case engine.ReasonRefused:
		return crosspeer.Reason{Code: crosspeer.ReasonRefused, By: crosspeer.ByRemote}
	}
	return crosspeer.Reason{Code: crosspeer.ReasonProtocol, By: crosspeer.ByRemote}
}
