package enetlink_test

import (
	"fmt"
	"testing"

	"crosspeer"
	"crosspeer/enet"
	"crosspeer/link/enetlink"
)

func TestSignals(t *testing.T) {
	virtually(t, "18 a client hears of the server, of its success, and of the others", func(t *testing.T, w *world) {
		w.serve(crosspeer.Config{}, enetlink.Config{})
		w.rawIn(700)
		w.rawIn(50)
		p := w.member(crosspeer.Config{})
		if err := w.dial(t.Context(), p, enetlink.Config{}); err != nil {
			t.Fatal(err)
		}
		w.settle()
		p.expect("peer_connected 1", "connection_succeeded", "peer_connected 50", "peer_connected 700")
	})
	virtually(t, "19 the others are announced in ascending order", func(t *testing.T, w *world) {
		w.serve(crosspeer.Config{}, enetlink.Config{})
		for _, id := range []uint32{9000, 50, 700, 7000} {
			w.rawIn(id)
		}
		raw := w.raw(800, enet.Config{}, 3)
		w.settle()
		raw.expect("connect", added(50), added(700), added(7000), added(9000))
	})
	virtually(t, "20 a server hears of each client once, and of nothing else", func(t *testing.T, w *world) {
		server := w.serve(crosspeer.Config{}, enetlink.Config{})
		w.rawIn(5)
		w.rawIn(3)
		server.expect("peer_connected 5", "peer_connected 3")
	})
	virtually(t, "21 what a handler sends to a newcomer comes after the announcements", func(t *testing.T, w *world) {
		server := w.serve(crosspeer.Config{}, enetlink.Config{})
		server.OnPeerConnected(func(id crosspeer.PeerID) {
			server.send(id, crosspeer.Reliable, fmt.Sprintf("hello %d", id))
		})
		first := w.raw(5, enet.Config{}, 3)
		w.settle()
		first.expect("connect")
		if err := server.Poll(); err != nil {
			t.Fatal(err)
		}
		w.settle()
		first.expect(received(1, enet.Reliable, framed(1, 5, "hello 5")))
		second := w.raw(7, enet.Config{}, 3)
		w.settle()
		if err := server.Poll(); err != nil {
			t.Fatal(err)
		}
		w.settle()
		first.expect(added(7))
		second.expect("connect", added(5), received(1, enet.Reliable, framed(1, 7, "hello 7")))
	})
}
