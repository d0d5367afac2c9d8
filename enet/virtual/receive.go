package virtual

import (
	"fmt"

	"crosspeer"
	"crosspeer/enet/internal/engine"
	"crosspeer/internal/framing"
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
	if !framing.ReadENet(f, ev.Packet.Bytes(), ev.Channel, l.client) {
		l.port.Violation()
		ev.Packet.Release()
		return crosspeer.Taken
	}
	f.Mode, f.Hint = mode(ev.Flags)
	f.SetEncoding(form{}, ev.Packet)
	verdict := l.port.Deliver(f)
	if verdict == crosspeer.Wait {
		ev.Packet.Retain() // Reset releases the frame's
	}
	f.Reset()
	return verdict
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
