package rtclink

import (
	"crosspeer"
	"crosspeer/internal/framing"
	"crosspeer/wire"
)

// goodbye is the kind of message with which an end leaves, and the reason's
// words behind the header. It is not Godot's: between Godot's peers there is no
// header.
const goodbye wire.WebSocketKind = 4

// form is an encoded frame.
type form = framing.Form

// shared names the form that packets have on all connections of clients and
// servers.
type shared struct{}

// formOf gives the form of a session's frame.
func formOf(f *crosspeer.Frame) form {
	return framing.Once(f, shared{}, func() []byte {
		b := make([]byte, framing.Size(f))
		framing.Put(b, f)
		return b
	})
}

// maxWords is the most bytes of a goodbye's words.
const maxWords = 1024

func farewellOf(text string) form {
	text = text[:min(len(text), maxWords)]
	b := make(form, wire.WebSocketHeaderSize, wire.WebSocketHeaderSize+len(text))
	wire.WebSocketHeader{Kind: goodbye}.Put(b)
	return append(b, text...)
}
