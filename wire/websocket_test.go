package wire

import (
	"bytes"
	"testing"

	"crosspeer/internal/hostile"
)

// The messages were captured between Godot 3.2.3 peers, but for those that
// say otherwise.
func TestWebSocketMessagesOfTheEngine(t *testing.T) {
	for _, tt := range []struct {
		name, hex string
		want      WebSocketHeader
		id        int32
		isNotice  bool
	}{
		{"your id", "030100000000000000ba14842d", WebSocketHeader{WebSocketID, 1, 0}, 763630778, true},
		{"the server is there", "01010000000000000001000000", WebSocketHeader{WebSocketAdd, 1, 0}, 1, true},
		{"a client is there", "010100000000000000c3a23c7c", WebSocketHeader{WebSocketAdd, 1, 0}, 2084348611, true},
		{"a client has gone (by hand)", "020100000000000000c3a23c7c", WebSocketHeader{WebSocketRemove, 1, 0}, 2084348611, true},
		{"data (by hand)", "002bc3df0fffffffffaa02", WebSocketHeader{WebSocketData, 266322731, -1}, 0, false},
		{"data, nothing behind the header (by hand)", "002bc3df0f01000000", WebSocketHeader{WebSocketData, 266322731, 1}, 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := unhex(t, tt.hex)
			h, payload, ok := ParseWebSocket(b)
			if !ok || h != tt.want {
				t.Fatalf("ParseWebSocket gives %+v, %v, want %+v", h, ok, tt.want)
			}
			out := make([]byte, WebSocketHeaderSize)
			h.Put(out)
			if !bytes.Equal(append(out, payload...), b) {
				t.Fatalf("Put gives %x", out)
			}
			if !tt.isNotice {
				return
			}
			if id, ok := ParseWebSocketNotice(payload); !ok || id != tt.id {
				t.Fatalf("ParseWebSocketNotice gives %d, %v, want %d", id, ok, tt.id)
			}
			notice := make([]byte, WebSocketNoticeSize)
			PutWebSocketNotice(notice, h.Kind, tt.id)
			if !bytes.Equal(notice, b) {
				t.Fatalf("PutWebSocketNotice gives %x", notice)
			}
		})
	}
	if _, _, ok := ParseWebSocket(make([]byte, 8)); ok {
		t.Error("a message of 8 bytes has no header")
	}
	if _, ok := ParseWebSocketNotice(make([]byte, 3)); ok {
		t.Error("3 bytes hold no id")
	}
}

func FuzzWebSocket(f *testing.F) {
	var seeds [][]byte
	for _, s := range []string{"030100000000000000ba14842d", "002bc3df0fffffffffaa02", "00", ""} {
		seeds = append(seeds, unhex(f, s))
	}
	parse := func(b []byte) {
		ParseWebSocket(b)
		ParseWebSocketNotice(b)
	}
	hostile.Fuzz(f, seeds, parse, func(t testing.TB, b []byte) {
		h, payload, ok := ParseWebSocket(b)
		if !ok {
			return
		}
		out := make([]byte, WebSocketHeaderSize)
		h.Put(out)
		if !bytes.Equal(append(out, payload...), b) {
			t.Fatalf("%x becomes %x", b, append(out, payload...))
		}
		if id, ok := ParseWebSocketNotice(payload); ok {
			notice := make([]byte, WebSocketNoticeSize)
			PutWebSocketNotice(notice, h.Kind, id)
			if !bytes.Equal(notice[WebSocketHeaderSize:], payload[:4]) || notice[0] != b[0] {
				t.Fatalf("%x becomes %x", b, notice)
			}
		}
	})
}
