package connlink

import (
	"strings"

	"crosspeer"
	"crosspeer/internal/framing"
	"crosspeer/wire"
)

// A message is one of Godot's WebSocket framing, see package wire, with two
// additions. Behind the header of a packet stand its mode and its channel, a
// byte each; and there is a kind of message more.

// goodbye is the kind of message with which an end leaves. Behind the header
// stand the reason's code, a byte, and its words.
const goodbye wire.WebSocketKind = 4

// maxWords is the most bytes of a goodbye's words.
const maxWords = 1024

// form is an encoded frame.
type form = framing.Form

// shared names the form that packets have on all connections of this package.
type shared struct{}

// formOf gives the form of a session's frame.
func formOf(f *crosspeer.Frame) form {
	return framing.Once(f, shared{}, func() []byte {
		if f.Kind != crosspeer.FramePacket {
			b := make([]byte, framing.Size(f))
			framing.Put(b, f)
			return b
		}
		b := make([]byte, HeaderBytes+len(f.Data))
		wire.WebSocketHeader{Kind: wire.WebSocketData, Source: int32(f.From), Target: int32(f.To)}.Put(b)
		b[wire.WebSocketHeaderSize] = byte(f.Mode)
		b[wire.WebSocketHeaderSize+1] = byte(f.Channel)
		copy(b[HeaderBytes:], f.Data)
		return b
	})
}

// farewellOf is the goodbye with a reason.
func farewellOf(r crosspeer.Reason) form {
	text := r.Text[:min(len(r.Text), maxWords)]
	b := make(form, wire.WebSocketHeaderSize, wire.WebSocketHeaderSize+1+len(text))
	wire.WebSocketHeader{Kind: goodbye}.Put(b)
	return append(append(b, byte(r.Code)), text...)
}

// reasonOf is the reason of a goodbye, from what is behind its header.
func reasonOf(payload []byte) crosspeer.Reason {
	r := crosspeer.Reason{By: crosspeer.ByRemote}
	if len(payload) == 0 {
		return r
	}
	if code := crosspeer.ReasonCode(payload[0]); code <= crosspeer.ReasonInvalid {
		r.Code = code
	}
	words := payload[1:min(len(payload), 1+maxWords)]
	r.Text = strings.ToValidUTF8(string(words), "?")
	return r
}

// parse reads a message into a frame. A goodbye has what is behind its header
// in f.Data, and a notice nothing. It fails on what has no place in the
// protocol.
func parse(b []byte, f *crosspeer.Frame) (kind wire.WebSocketKind, ok bool) {
	h, payload, ok := wire.ParseWebSocket(b)
	if !ok || h.Kind > goodbye {
		return 0, false
	}
	switch h.Kind {
	case wire.WebSocketData:
		if len(payload) < 2 || payload[0] > byte(crosspeer.Reliable) || payload[1] == 0 || payload[1] == 255 {
			return 0, false
		}
		f.Kind = crosspeer.FramePacket
		f.Packet = crosspeer.Packet{
			From: crosspeer.PeerID(h.Source), To: crosspeer.PeerID(h.Target),
			Mode: crosspeer.TransferMode(payload[0]), Channel: int(payload[1]), Data: payload[2:],
		}
	case goodbye:
		f.Data = payload
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
