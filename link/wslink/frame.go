package wslink

import (
	"bytes"
	"crypto/rand"
	"strings"
	"unicode/utf8"

	"github.com/gobwas/ws"

	"crosspeer"
	"crosspeer/internal/framing"
)

// shared names the form that packets have on all connections of a server.
type shared struct{}

// formOf gives the form of a session's frame for a server's remotes.
func formOf(f *crosspeer.Frame) form {
	return framing.Once(f, shared{}, func() []byte { return frameFor(f, false) })
}

// frameFor makes a frame of a session's.
func frameFor(f *crosspeer.Frame, masked bool) form {
	return makeFrame(ws.OpBinary, masked, framing.Size(f), func(b []byte) { framing.Put(b, f) })
}

// form is an encoded frame.
type form = framing.Form

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
