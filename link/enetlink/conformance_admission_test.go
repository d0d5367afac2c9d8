package enetlink_test

import (
	"errors"
	"testing"
	"time"

	"crosspeer"
	"crosspeer/enet"
	"crosspeer/link/enetlink"
)

func TestAdmission(t *testing.T) {
	virtually(t, "23 an attempt that nobody answers ends after half a minute", func(t *testing.T, w *world) {
		mustGiveUp(t, w, enetlink.Config{}, 31500*time.Millisecond)
	})
	virtually(t, "23 an attempt that nobody answers ends when the time-outs say so", func(t *testing.T, w *world) {
		mustGiveUp(t, w, enetlink.Config{TimeoutMinimum: time.Second, TimeoutMaximum: 2 * time.Second}, 3500*time.Millisecond)
	})
	virtually(t, "24 a client that finds the server full gets no answer", func(t *testing.T, w *world) {
		server := w.serve(crosspeer.Config{}, enetlink.Config{MaxClients: 1})
		w.rawIn(5)
		server.saw()
		mustGiveUp(t, w, enetlink.Config{}, 31500*time.Millisecond)
		server.expect()
	})
	virtually(t, "24 a client that finds the session full gets no answer", func(t *testing.T, w *world) {
		server := w.serve(crosspeer.Config{MaxPeers: 1}, enetlink.Config{})
		w.rawIn(5)
		server.saw()
		mustGiveUp(t, w, enetlink.Config{}, 31500*time.Millisecond)
		server.expect()
	})
	for _, full := range []struct {
		name    string
		session crosspeer.Config
		link    enetlink.Config
	}{
		{"24 a full server that answers refuses at once", crosspeer.Config{}, enetlink.Config{MaxClients: 1, AnswerWhenFull: true}},
		{"24 a full session that answers refuses at once", crosspeer.Config{MaxPeers: 1}, enetlink.Config{AnswerWhenFull: true}},
	} {
		virtually(t, full.name, func(t *testing.T, w *world) {
			server := w.serve(full.session, full.link)
			first := w.rawIn(5)
			server.saw()
			mustBeRefused(t, w)
			first.DisconnectNow(0)
			w.settle()
			server.expect("peer_disconnected 5")
			w.join(enetlink.Config{})
		})
	}
	virtually(t, "25 a client that is refused fails at once", func(t *testing.T, w *world) {
		server := w.serve(crosspeer.Config{}, enetlink.Config{})
		server.SetRefuseNewConnections(true)
		mustBeRefused(t, w)
		server.expect()
		if server.Stats().Refused == 0 {
			t.Error("the refusal was not counted")
		}
		server.SetRefuseNewConnections(false)
		w.join(enetlink.Config{})
	})
	for _, tt := range []struct {
		name string
		data uint32
	}{
		{"26 id 0 is refused", 0},
		{"26 id 1 is refused", 1},
		{"26 id -1 is refused", 0xFFFFFFFF},
		{"26 id -2 is refused", 0xFFFFFFFE},
		{"26 id -2147483648 is refused", 0x80000000},
		{"26 an id in use is refused", 5},
	} {
		virtually(t, tt.name, func(t *testing.T, w *world) {
			server := w.serve(crosspeer.Config{}, enetlink.Config{})
			present := w.rawIn(5)
			server.saw()
			raw := w.raw(tt.data, enet.Config{}, 3)
			w.settle()
			raw.expect("disconnect, refused by the remote, data 0")
			server.expect()
			server.send(0, crosspeer.Reliable, "still here")
			w.settle()
			present.expect(received(1, enet.Reliable, framed(1, 0, "still here")))
		})
	}
	virtually(t, "26 of two clients that ask for one id at one time, one gets in", func(t *testing.T, w *world) {
		server := w.serve(crosspeer.Config{}, enetlink.Config{})
		a, b := w.raw(5, enet.Config{}, 3), w.raw(5, enet.Config{}, 3)
		w.settle()
		server.expect("peer_connected 5")
		in, out := a.saw(), b.saw()
		if len(in) > len(out) {
			a, in, out = b, out, in
		}
		expect(t, in, []string{"connect"})
		expect(t, out, []string{"connect", "disconnect, disconnected by the remote, data 0"})
		a.put(1, enet.Reliable, framed(5, 1, "x"))
		w.settle()
		server.expect(`"x" from 5 to 1, reliable, channel 1`)
	})
	virtually(t, "27 the lowest and the highest id are accepted", func(t *testing.T, w *world) {
		server := w.serve(crosspeer.Config{}, enetlink.Config{})
		w.rawIn(2)
		w.rawIn(1<<31 - 1)
		server.expect("peer_connected 2", "peer_connected 2147483647")
	})
}

// mustGiveUp lets a client dial where nobody answers.
func mustGiveUp(t *testing.T, w *world, cfg enetlink.Config, after time.Duration) {
	t.Helper()
	begun := time.Now()
	p := w.member(crosspeer.Config{})
	err := w.dial(t.Context(), p, cfg)
	var lost *crosspeer.DisconnectError
	if !errors.As(err, &lost) || lost.Reason.Code != crosspeer.ReasonNoReply {
		t.Errorf("Dial: %v", err)
	}
	if d := time.Since(begun); d < after-time.Second || d > after+time.Second {
		t.Errorf("Dial took %v, want about %v", d, after)
	}
	p.expect("connection_failed")
}

// mustBeRefused lets a client dial a server that says no.
func mustBeRefused(t *testing.T, w *world) {
	t.Helper()
	begun := time.Now()
	p := w.member(crosspeer.Config{})
	err := w.dial(t.Context(), p, enetlink.Config{})
	var lost *crosspeer.DisconnectError
	if !errors.As(err, &lost) || lost.Reason.Code != crosspeer.ReasonRefused {
		t.Errorf("Dial: %v", err)
	}
	if d := time.Since(begun); d > 4*lag {
		t.Errorf("Dial took %v", d)
	}
	p.expect("connection_failed")
}
