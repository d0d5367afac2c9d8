package enetlink

import (
	"crosspeer"
	"crosspeer/enet"
	"crosspeer/wire"
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
		l.host.leave(l.peer.RemoteAddr().Addr())
		l.port.Detach(reason(ev))
		return crosspeer.Taken
	}
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
// send: notices to a server, and packets without a whole header.
func (l *link) decode(ev enet.Event, f *crosspeer.Frame) bool {
	if ev.Channel == wire.ENetConfig {
		return l.client && decodeNotice(ev.Data(), f)
	}
	h, payload, ok := wire.ParseENet(ev.Data())
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
