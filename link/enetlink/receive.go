package enetlink

import (
	"errors"

	"crosspeer"
	"crosspeer/enet"
	"crosspeer/wire"
)

// receive takes a packet from the remote, on the host's goroutine. While the
// program does not keep up, what has arrived waits here and the remote is
// choked.
func (l *link) receive(ev enet.Event, f *crosspeer.Frame) {
	if l.waiting.Load() {
		l.mu.Lock()
		if l.waiting.Load() {
			l.backlog = append(l.backlog, ev)
			l.mu.Unlock()
			return
		}
		l.mu.Unlock()
	}
	if l.deliver(ev, f) == crosspeer.Taken {
		return
	}
	l.mu.Lock()
	l.waiting.Store(true)
	l.backlog = append(l.backlog, ev)
	l.peer.Choke(true)
	l.mu.Unlock()
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
	l.waiting.Store(false)
	l.peer.Choke(false)
}

// deliver hands a packet to the hub. If it is taken, it is released.
func (l *link) deliver(ev enet.Event, f *crosspeer.Frame) crosspeer.Verdict {
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

// sendResult translates an error of enet.
func sendResult(err error, m crosspeer.TransferMode) crosspeer.SendResult {
	switch {
	case errors.Is(err, enet.ErrQueueFull) && m == crosspeer.Reliable:
		return crosspeer.SendFull
	case errors.Is(err, enet.ErrQueueFull):
		return crosspeer.SendDropped
	case errors.Is(err, enet.ErrChannel):
		return crosspeer.SendNoChannel
	case errors.Is(err, enet.ErrTooLarge):
		return crosspeer.SendTooLarge
	}
	return crosspeer.SendClosed
}
