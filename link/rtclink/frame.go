package rtclink

import (
	"crosspeer"
	"crosspeer/wire"
)

// goodbye is the kind of message with which an end leaves, and the reason's
// words behind the header. It is not Godot's: between Godot's peers there is no
// header.
const goodbye wire.WebSocketKind = 4

// form is a frame in the framing of clients and servers: never changed, so
// that a broadcast's receivers share it.
type form []byte

// Release implements crosspeer.Releaser: the garbage collector knows better.
func (form) Release() {}

// framing names the form.
type framing struct{}

// formOf gives the form of a session's frame.
func formOf(f *crosspeer.Frame) form {
	if b, ok := f.Encoding(framing{}).(form); ok {
		return b
	}
	var b form
	switch f.Kind {
	case crosspeer.FrameAdd:
		b = notice(wire.WebSocketAdd, f.Peer)
	case crosspeer.FrameRemove:
		b = notice(wire.WebSocketRemove, f.Peer)
	default:
		b = make(form, wire.WebSocketHeaderSize+len(f.Data))
		wire.WebSocketHeader{Kind: wire.WebSocketData, Source: int32(f.From), Target: int32(f.To)}.Put(b)
		copy(b[wire.WebSocketHeaderSize:], f.Data)
	}
	f.SetEncoding(framing{}, b)
	return b
}

func notice(kind wire.WebSocketKind, id crosspeer.PeerID) form {
	b := make(form, wire.WebSocketNoticeSize)
	wire.PutWebSocketNotice(b, kind, int32(id))
	return b
}

// maxWords is the most bytes of a goodbye's words.
const maxWords = 1024

func farewellOf(text string) form {
	text = text[:min(len(text), maxWords)]
	b := make(form, wire.WebSocketHeaderSize, wire.WebSocketHeaderSize+len(text))
	wire.WebSocketHeader{Kind: goodbye}.Put(b)
	return append(b, text...)
}
