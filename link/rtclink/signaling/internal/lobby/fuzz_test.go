package lobby_test

import (
	"encoding/json"
	"fmt"
	"os"
	"testing"
	"time"

	"crosspeer/internal/hostile"
	. "crosspeer/link/rtclink/signaling/internal/lobby"
)

// FuzzHall lets four connections say anything. The input is a row of messages,
// each behind a byte for the connection and two for its length. Whatever is said,
// nothing is kept when all have gone, and what the Hall sends is bounded by what
// it received.
func FuzzHall(f *testing.F) {
	hostile.Fuzz(f, conversations(f), func(b []byte) { converse(b) }, func(t testing.TB, b []byte) {
		h, sent := converse(b)
		// Everybody can hear everything, and joining tells all of all.
		if most := 4*len(b) + 1<<12; sent > most {
			t.Fatalf("%d bytes are sent for %d", sent, len(b))
		}
		s := h.Stats()
		if s.Lobbies > 2 || s.Conns > 4 || s.Members > s.Conns {
			t.Fatalf("%+v", s)
		}
		for id := range ConnID(4) {
			h.Gone(id)
		}
		if s := h.Stats(); h.IDs() != 0 || s.Conns+s.Lobbies+s.Members != 0 {
			t.Fatalf("%d ids are kept when all have gone, %+v", h.IDs(), s)
		}
	})
}

// converse plays a conversation and counts the bytes sent.
func converse(b []byte) (h *Hall, sent int) {
	n := int32(0)
	h = New(Config{
		MaxPeers: 4, MaxLobbies: 2, MaxMembers: 3, JoinTime: time.Second, SealTime: time.Second, Rate: 1000, Burst: 1000,
		NewID:   func() int32 { n++; return n + 1 },
		NewName: func() string { n++; return fmt.Sprintf("room%d", n) },
	})
	for id := range ConnID(4) {
		h.Open(0, id, nil)
	}
	for len(b) >= 3 {
		id, size := ConnID(b[0]&3), min(len(b)-3, int(b[1])<<8|int(b[2]))
		h.Receive(0, id, b[3:3+size])
		b = b[3+size:]
		for _, o := range h.Outputs() {
			sent += len(o.Data) + len(o.Reason)
		}
	}
	return h, sent
}

// conversations are the recorded ones, as the server heard them.
func conversations(f *testing.F) (seeds [][]byte) {
	text, err := os.ReadFile("../../testdata/webrtc-signaling-sessions.json")
	if err != nil {
		f.Fatal(err)
	}
	var file struct {
		Servers []struct {
			Steps []struct {
				Messages []struct{ Text *string }
			}
		}
	}
	if err := json.Unmarshal(text, &file); err != nil {
		f.Fatal(err)
	}
	for _, s := range file.Servers {
		var b []byte
		for i, step := range s.Steps {
			for _, m := range step.Messages {
				if m.Text != nil && len(b) < 3000 {
					b = append(b, byte(i), byte(len(*m.Text)>>8), byte(len(*m.Text)))
					b = append(b, *m.Text...)
				}
			}
		}
		seeds = append(seeds, b)
	}
	for _, s := range [][]string{
		{"J: \n", "J: room1\n", "J: room1\n", "O: 1\nsdp", "S: \n"},
		{`{"type":0,"id":0,"data":""}`, `{"type":0,"id":0,"data":"room1"}`, `{"type":4,"id":1,"data":"sdp"}`, `{"type":7,"id":0,"data":""}`},
	} {
		var b []byte
		for i, m := range s {
			b = append(append(b, byte(i), 0, byte(len(m))), m...)
		}
		seeds = append(seeds, b)
	}
	return seeds
}
