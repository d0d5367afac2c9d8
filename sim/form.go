package sim

import (
	"crosspeer"
	"crosspeer/internal/framing"
	"crosspeer/wire"
)

// form is an encoded frame, shared by those to whom it is sent. Like that of
// ENet's packets its memory is used again, since a day's traffic has some
// hundred million of them.
type form struct {
	b    []byte
	refs int
	pool *forms
}

// Release implements crosspeer.Releaser.
func (f *form) Release() {
	if f.refs--; f.refs == 0 {
		f.pool.free = append(f.pool.free, f)
	} else if f.refs < 0 {
		panic("sim: a form is released once too often")
	}
}

func (f *form) retain() *form {
	f.refs++
	return f
}

type forms struct{ free []*form }

// make gives a form of n bytes with one reference.
func (p *forms) make(n int) *form {
	f := &form{pool: p}
	if last := len(p.free) - 1; last >= 0 {
		f, p.free = p.free[last], p.free[:last]
	}
	if cap(f.b) < n {
		f.b = make([]byte, n, max(n, 128))
	}
	f.b, f.refs = f.b[:n], 1
	return f
}

// codec is how frames look on a pipe.
type codec uint8

const (
	plain codec = iota // Godot's WebSocket framing
	full               // with mode and channel behind the header, as connlink
)

// goodbye is the kind of message with which an end leaves.
const goodbye wire.WebSocketKind = 4

// encode gives a frame's form. The reference is the frame's.
func (c codec) encode(p *forms, f *crosspeer.Frame) *form {
	if b, ok := f.Encoding(c).(*form); ok {
		return b
	}
	var b *form
	if c == plain || f.Kind != crosspeer.FramePacket {
		b = p.make(framing.Size(f))
		framing.Put(b.b, f)
	} else {
		b = p.make(wire.WebSocketHeaderSize + 2 + len(f.Data))
		wire.WebSocketHeader{Kind: wire.WebSocketData, Source: int32(f.From), Target: int32(f.To)}.Put(b.b)
		b.b[wire.WebSocketHeaderSize] = byte(f.Mode)
		b.b[wire.WebSocketHeaderSize+1] = byte(f.Channel)
		copy(b.b[wire.WebSocketHeaderSize+2:], f.Data)
	}
	f.SetEncoding(c, b)
	return b
}

// decode reads a message into a frame.
func (c codec) decode(b []byte, f *crosspeer.Frame) (kind wire.WebSocketKind, ok bool) {
	h, payload, ok := wire.ParseWebSocket(b)
	switch {
	case !ok || h.Kind > goodbye:
		return 0, false
	case h.Kind == goodbye:
		return goodbye, true
	case h.Kind == wire.WebSocketData:
		f.Kind = crosspeer.FramePacket
		f.Packet = crosspeer.Packet{From: crosspeer.PeerID(h.Source), To: crosspeer.PeerID(h.Target),
			Mode: crosspeer.Reliable, Channel: wire.ENetReliable, Data: payload}
		if c == full {
			if len(payload) < 2 || payload[0] > byte(crosspeer.Reliable) {
				return 0, false
			}
			f.Mode, f.Channel, f.Data = crosspeer.TransferMode(payload[0]), int(payload[1]), payload[2:]
		}
	default:
		id, ok := wire.ParseWebSocketNotice(payload)
		if !ok {
			return 0, false
		}
		f.Kind, f.Peer = crosspeer.FrameAdd, crosspeer.PeerID(id)
		if h.Kind == wire.WebSocketRemove {
			f.Kind = crosspeer.FrameRemove
		}
	}
	return h.Kind, true
}
