package wire

import (
	"bytes"
	"encoding/hex"
	"testing"

	"crosspeer/internal/hostile"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The packets were captured between Godot 3.2.3 peers: ids 266322731 and
// 1130711158 are clients.
func TestENetPacketsOfTheEngine(t *testing.T) {
	for _, tt := range []struct {
		name, hex string
		want      ENetHeader
		payload   string
	}{
		{"client to all", "2bc3df0f00000000aa0200", ENetHeader{266322731, 0}, "aa0200"},
		{"client to the server", "2bc3df0f01000000aa0201", ENetHeader{266322731, 1}, "aa0201"},
		{"client to another client", "2bc3df0f76486543aa0253", ENetHeader{266322731, 1130711158}, "aa0253"},
		{"client to all but another client", "2bc3df0f8ab79abcaa0253", ENetHeader{266322731, -1130711158}, "aa0253"},
		{"client to all but the server", "2bc3df0fffffffffaa0201", ENetHeader{266322731, -1}, "aa0201"},
		{"server to all", "0100000000000000aa0200", ENetHeader{1, 0}, "aa0200"},
		{"nothing behind the header", "0100000000000000", ENetHeader{1, 0}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := unhex(t, tt.hex)
			h, payload, ok := ParseENet(b)
			if !ok || h != tt.want || hex.EncodeToString(payload) != tt.payload {
				t.Fatalf("ParseENet gives %+v, %x, %v", h, payload, ok)
			}
			out := make([]byte, ENetHeaderSize)
			h.Put(out)
			if !bytes.Equal(append(out, payload...), b) {
				t.Fatalf("Put gives %x", out)
			}
		})
	}
	if _, _, ok := ParseENet(make([]byte, 7)); ok {
		t.Error("a packet of 7 bytes has no header")
	}
}

func TestENetNoticesOfTheEngine(t *testing.T) {
	for _, tt := range []struct {
		name, hex string
		notice    Notice
		id        int32
		ok        bool
	}{
		{"add", "0000000076486543", NoticeAdd, 1130711158, true},
		{"remove", "0100000076486543", NoticeRemove, 1130711158, true},
		{"with more behind it", "00000000764865430102030405060708", NoticeAdd, 1130711158, true},
		{"of an unknown type", "0200000001000000", 2, 1, true},
		{"too short", "00000000764865", 0, 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := unhex(t, tt.hex)
			n, id, ok := ParseENetNotice(b)
			if n != tt.notice || id != tt.id || ok != tt.ok {
				t.Fatalf("got %v, %d, %v", n, id, ok)
			}
			if ok && len(b) == ENetNoticeSize {
				out := make([]byte, ENetNoticeSize)
				PutENetNotice(out, n, id)
				if !bytes.Equal(out, b) {
					t.Fatalf("PutENetNotice gives %x", out)
				}
			}
		})
	}
}

func FuzzENet(f *testing.F) {
	var seeds [][]byte
	for _, s := range []string{"2bc3df0f00000000aa0200", "0000000076486543", "01", ""} {
		seeds = append(seeds, unhex(f, s))
	}
	parse := func(b []byte) {
		ParseENet(b)
		ParseENetNotice(b)
	}
	hostile.Fuzz(f, seeds, parse, func(t testing.TB, b []byte) {
		if h, payload, ok := ParseENet(b); ok {
			out := make([]byte, ENetHeaderSize)
			h.Put(out)
			if !bytes.Equal(append(out, payload...), b) {
				t.Fatalf("%x becomes %x", b, append(out, payload...))
			}
		}
		if n, id, ok := ParseENetNotice(b); ok {
			out := make([]byte, ENetNoticeSize)
			PutENetNotice(out, n, id)
			if !bytes.Equal(out, b[:ENetNoticeSize]) {
				t.Fatalf("%x becomes %x", b, out)
			}
		}
	})
}
