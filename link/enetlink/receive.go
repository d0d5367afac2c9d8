package enetlink

import (
	"crosspeer"
	"crosspeer/enet"
	"crosspeer/internal/framing"
)

// receive takes what comes from the remote, packets and then the end of the
// connection, on the host's goroutine. While the program does not keep up it
// waits here, and the remote is choked. The lock makes one of this and Resume:
// the program may catch up while the packet that it had no room for is put
// away. A link that this end has closed waits for nobody.
func (l *link) receive(ev enet.Event, f *crosspeer.Frame) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed.Load() {
		l.waiting, l.backlog = false, nil
	}
	if !l.waiting && l.deliver(ev, f) == crosspeer.Taken {
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
	l.mu.Lock()
	defer l.mu.Unlock()
	var f crosspeer.Frame
	for len(l.backlog) > 0 {
		if l.deliver(l.backlog[0], &f) == crosspeer.Wait {
			return // called again when there is room
		}
		l.backlog[0] = enet.Event{}
		l.backlog = l.backlog[1:]
	}
	l.backlog = nil
	l.waiting = false
	l.peer.Choke(false)
}

// deliver hands an event to the hub. A packet that is taken is released.
func (l *link) deliver(ev enet.Event, f *crosspeer.Frame) crosspeer.Verdict {
	if ev.Type == enet.EventDisconnect {
		l.host.links.Add(-1)
		l.port.Detach(reason(ev))
		return crosspeer.Taken
	}
	if !framing.ReadENet(f, ev.Data(), ev.Channel, l.client) {
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
