package wslink

import (
	"bytes"
	"crypto/rand"
	"strings"
	"unicode/utf8"

	"github.com/gobwas/ws"

	"crosspeer"
	"crosspeer/wire"
)

// form is a frame as it is on all connections of a server: never changed, so
// that a broadcast's receivers share it.
type form []byte

// Release implements crosspeer.Releaser: the garbage collector knows better.
func (form) Release() {}

// framing names the form.
type framing struct{}

// formOf gives the form of a session's frame for a server's remotes.
func formOf(f *crosspeer.Frame) form {
	if b, ok := f.Encoding(framing{}).(form); ok {
		return b
	}
	b := form(binaryFrame(false, payloadSize(f), func(b []byte) { putPayload(b, f) }))
	f.SetEncoding(framing{}, b)
	return b
}

func payloadSize(f *crosspeer.Frame) int {
	if f.Kind != crosspeer.FramePacket {
		return wire.WebSocketNoticeSize
	}
	return wire.WebSocketHeaderSize + len(f.Data)
}

// putPayload writes Godot's framing of a session's frame to b.
func putPayload(b []byte, f *crosspeer.Frame) {
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

// noticeFrame is a whole frame with a notice of a server.
func noticeFrame(kind wire.WebSocketKind, id crosspeer.PeerID) form {
	return binaryFrame(false, wire.WebSocketNoticeSize, func(b []byte) { wire.PutWebSocketNotice(b, kind, int32(id)) })
}

func binaryFrame(masked bool, size int, put func([]byte)) []byte {
	return makeFrame(ws.OpBinary, masked, size, put)
}

// makeFrame makes an unfragmented frame, whose payload put writes. A client's
// is masked, with a key that nobody can foresee.
func makeFrame(op ws.OpCode, masked bool, size int, put func([]byte)) []byte {
	h := ws.Header{Fin: true, OpCode: op, Masked: masked, Length: int64(size)}
	if masked {
		rand.Read(h.Mask[:])
	}
	buf := bytes.NewBuffer(make([]byte, 0, ws.HeaderSize(h)+size))
	ws.WriteHeader(buf, h) // a buffer takes everything
	head := buf.Len()
	b := buf.Bytes()[:head+size]
	put(b[head:])
	if masked {
		ws.Cipher(b[head:], h.Mask, 0)
	}
	return b
}

// frameOf makes an unfragmented frame of a payload.
func frameOf(op ws.OpCode, masked bool, payload []byte) []byte {
	return makeFrame(op, masked, len(payload), func(b []byte) { copy(b, payload) })
}

// closePayload is the payload of a close frame. A reason ends with a NUL, as
// the engine's does; the engine strips it, and so do we. 0 stands for no code.
func closePayload(code ws.StatusCode, text string) []byte {
	if code == 0 {
		return nil
	}
	text = strings.ToValidUTF8(text, "?")
	for most := ws.MaxControlFramePayloadSize - 3; len(text) > most; {
		_, size := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-size]
	}
	b := []byte{byte(code >> 8), byte(code)}
	if text != "" {
		b = append(append(b, text...), 0)
	}
	return b
}
