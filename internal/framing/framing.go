// Package framing writes and reads a session's frames in Godot's framings of
// WebSocket and of ENet, for the links that use them. The layout is package
// wire's.
package framing

import (
	"crosspeer"
	"crosspeer/wire"
)

// Size is how many bytes a frame takes.
func Size(f *crosspeer.Frame) int {
	if f.Kind != crosspeer.FramePacket {
		return wire.WebSocketNoticeSize
	}
	return wire.WebSocketHeaderSize + len(f.Data)
}

// Put writes a frame to the start of b, which must have room for Size bytes.
func Put(b []byte, f *crosspeer.Frame) {
	switch f.Kind {
	case crosspeer.FrameAdd:
		wire.PutWebSocketNotice(b, wire.WebSocketAdd, int32(f.Peer))
	case crosspeer.FrameRemove:
		wire.PutWebSocketNotice(b, wire.WebSocketRemove, int32(f.Peer))
	default:
		wire.WebSocketHeader{Kind: wire.WebSocketData, Source: int32(f.From), Target: int32(f.To)}.Put(b)
		copy(b[wire.WebSocketHeaderSize:], f.Data)
	}
}

// Notice is a whole notice.
func Notice(kind wire.WebSocketKind, id crosspeer.PeerID) []byte {
	b := make([]byte, wire.WebSocketNoticeSize)
	wire.PutWebSocketNotice(b, kind, int32(id))
	return b
}

// Form is an encoded frame: never changed, so that a broadcast's receivers
// share it.
type Form []byte

// Release implements crosspeer.Releaser: the garbage collector knows better.
func (Form) Release() {}

// Once gives the form that a frame has under a name, and encodes it if there is
// none yet; see crosspeer.Frame.SetEncoding.
func Once(f *crosspeer.Frame, name any, encode func() []byte) Form {
	if b, ok := f.Encoding(name).(Form); ok {
		return b
	}
	b := Form(encode())
	f.SetEncoding(name, b)
	return b
}
