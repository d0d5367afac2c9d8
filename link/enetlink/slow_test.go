package enetlink_test

import (
	"errors"
	"testing"

	"crosspeer"
	"crosspeer/enet"
	"crosspeer/link/enetlink"
)

func TestClientsThatDoNotDrain(t *testing.T) {
	cfg := enetlink.Config{MaxQueuedBytes: 10_000}
	packet := func(to crosspeer.PeerID, mode crosspeer.TransferMode) crosspeer.Packet {
		return crosspeer.Packet{To: to, Mode: mode, Data: make([]byte, 1000)}
	}
	virtually(t, "a packet to one of them is refused", func(t *testing.T, w *world) {
		server := w.serve(crosspeer.Config{}, cfg)
		raw := w.rawIn(5)
		w.cut(raw.h.LocalAddr())
		var err error
		n := 0
		for ; err == nil && n < 100; n++ {
			err = server.Send(packet(5, crosspeer.Reliable))
		}
		if !errors.Is(err, crosspeer.ErrQueueFull) || n != 11 {
			t.Errorf("packet %d: %v", n, err)
		}
	})
	virtually(t, "a packet to many disconnects them if it is reliable, and not the others", func(t *testing.T, w *world) {
		server := w.serve(crosspeer.Config{}, cfg)
		raw, other := w.rawIn(5), w.rawIn(6)
		w.cut(raw.h.LocalAddr())
		server.saw()
		for range 20 {
			if err := server.Send(packet(0, crosspeer.Reliable)); err != nil {
				t.Fatal(err)
			}
			w.wait(2 * lag)
		}
		w.settle()
		ev, err := server.Next(done())
		left, ok := ev.(crosspeer.PeerDisconnected)
		if err != nil || !ok || left.ID != 5 || left.Reason.Code != crosspeer.ReasonSlow {
			t.Errorf("the server is told %+v, %v", ev, err)
		}
		server.expect()
		other.saw()
		server.send(6, crosspeer.Reliable, "still here")
		w.settle()
		other.expect(received(1, enet.Reliable, framed(1, 6, "still here")))
	})
	virtually(t, "a packet to many is dropped for them if it is unreliable", func(t *testing.T, w *world) {
		server := w.serve(crosspeer.Config{}, cfg)
		raw := w.rawIn(5)
		w.cut(raw.h.LocalAddr())
		server.saw()
		for range 10 {
			if err := server.Send(packet(5, crosspeer.Reliable)); err != nil {
				t.Fatal(err)
			}
		}
		for _, mode := range []crosspeer.TransferMode{crosspeer.Unreliable, crosspeer.UnreliableOrdered} {
			for _, to := range []crosspeer.PeerID{0, 5} {
				if err := server.Send(packet(to, mode)); err != nil {
					t.Errorf("%v, to %d: %v", mode, to, err)
				}
			}
		}
		if n := server.Stats().LinkDropped; n != 4 {
			t.Errorf("%d were counted, want 4", n)
		}
		server.expect()
	})
}
