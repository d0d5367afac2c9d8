package enetlink_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"crosspeer"
	"crosspeer/enet"
	"crosspeer/link/enetlink"
)

func TestLeaving(t *testing.T) {
	virtually(t, "28 a client that closes hears nothing, and says its id", func(t *testing.T, w *world) {
		m, raw := w.rawJoin(enetlink.Config{})
		id := m.UniqueID()
		m.Close()
		w.settle()
		raw.expect(fmt.Sprintf("disconnect, disconnected by the remote, data %d", id))
		m.expect()
	})
	virtually(t, "28 the server and the other clients hear of a client that leaves", func(t *testing.T, w *world) {
		server := w.serve(crosspeer.Config{}, enetlink.Config{})
		other := w.rawIn(5)
		m := w.join(enetlink.Config{})
		id := m.UniqueID()
		other.expect(added(int32(id)))
		server.saw()
		m.Close()
		w.settle()
		server.expect(fmt.Sprintf("peer_disconnected %d", id))
		other.expect(removed(int32(id)))
	})
	virtually(t, "29 a server that closes hears nothing, and its clients hear of it alone", func(t *testing.T, w *world) {
		server := w.serve(crosspeer.Config{}, enetlink.Config{})
		raw, m := w.rawIn(5), w.join(enetlink.Config{})
		raw.saw()
		server.saw()
		server.Close()
		w.settle()
		server.expect()
		raw.expect("disconnect, disconnected by the remote, data 1")
		m.expect("server_disconnected")
	})
	virtually(t, "30 a client is disconnected after what was sent to it has arrived", func(t *testing.T, w *world) {
		server := w.serve(crosspeer.Config{}, enetlink.Config{})
		raw, other := w.rawIn(5), w.rawIn(7)
		raw.saw()
		server.saw()
		var want []string
		for i := range 200 { // more than fits the window
			data := fmt.Sprintf("%1000d", i)
			server.send(5, crosspeer.Reliable, data)
			want = append(want, received(1, enet.Reliable, framed(1, 5, data)))
		}
		if err := server.Disconnect(5, "enough"); err != nil {
			t.Fatal(err)
		}
		server.expect() // not within the call
		w.wait(time.Second)
		raw.expect(append(want, "disconnect, disconnected by the remote, data 0")...)
		server.expect("peer_disconnected 5")
		other.expect(removed(5))
	})
	virtually(t, "31 a client is disconnected at once", func(t *testing.T, w *world) {
		server := w.serve(crosspeer.Config{}, enetlink.Config{})
		raw, other := w.rawIn(5), w.rawIn(7)
		raw.saw()
		server.saw()
		if err := server.DisconnectNow(5, "enough"); err != nil {
			t.Fatal(err)
		}
		// The goodbye is under way; the server is told without waiting for it.
		if got := server.next(); got != "peer_disconnected 5" {
			t.Errorf("the server is told %q", got)
		}
		raw.expect()
		w.settle()
		raw.expect("disconnect, disconnected by the remote, data 0")
		other.expect(removed(5))
	})
	virtually(t, "32 packets that were not read survive the loss of the server", func(t *testing.T, w *world) {
		m, raw := w.rawJoin(enetlink.Config{})
		raw.put(1, enet.Reliable, framed(1, 0, "one"))
		raw.put(1, enet.Reliable, framed(1, 0, "two"))
		w.settle()
		raw.DisconnectNow(1)
		w.settle()
		if m.ConnectionStatus() != crosspeer.Disconnected {
			t.Errorf("the client is %v", m.ConnectionStatus())
		}
		m.expect(`"one" from 1 to 0, reliable, channel 1`, `"two" from 1 to 0, reliable, channel 1`, "server_disconnected")
	})
	virtually(t, "33 nobody but a server disconnects, and only who is there", func(t *testing.T, w *world) {
		server := w.serve(crosspeer.Config{}, enetlink.Config{})
		raw, m := w.rawIn(5), w.join(enetlink.Config{})
		raw.saw()
		server.saw()
		if err := m.Disconnect(5, ""); !errors.Is(err, crosspeer.ErrServerOnly) {
			t.Errorf("on a client: %v", err)
		}
		for _, id := range []crosspeer.PeerID{0, 1, 6, -5} {
			if err := server.DisconnectNow(id, ""); !errors.Is(err, crosspeer.ErrUnknownPeer) {
				t.Errorf("of %d: %v", id, err)
			}
		}
		w.settle()
		raw.expect()
		m.expect()
		server.expect()
	})
	for _, tt := range []struct {
		name        string
		cfg         enetlink.Config
		least, most time.Duration
	}{
		{"34 a client that falls silent is lost after 5 to 32 seconds, and the others hear of it", enetlink.Config{}, 5 * time.Second, 32 * time.Second},
		{"34 a client that falls silent is lost when the time-outs say so", enetlink.Config{TimeoutMinimum: time.Second, TimeoutMaximum: 2 * time.Second}, time.Second, 3 * time.Second},
	} {
		virtually(t, tt.name, func(t *testing.T, w *world) {
			server := w.serve(crosspeer.Config{}, tt.cfg)
			m, other := w.join(enetlink.Config{}), w.rawIn(5)
			other.saw()
			server.saw()
			w.cut(m.addr)
			begun := time.Now()
			if got := server.next(); got != fmt.Sprintf("peer_disconnected %d", m.UniqueID()) {
				t.Fatalf("the server is told %q", got)
			}
			if d := time.Since(begun); d < tt.least || d > tt.most {
				t.Errorf("it was lost after %v, want %v to %v", d, tt.least, tt.most)
			}
			w.settle()
			other.expect(removed(int32(m.UniqueID())))
		})
	}
	for _, tt := range []struct {
		name        string
		cfg         enetlink.Config
		least, most time.Duration
	}{
		{"35 a server that falls silent is lost after 5 to 32 seconds", enetlink.Config{}, 5 * time.Second, 32 * time.Second},
		{"35 a server that falls silent is lost when the time-outs say so", enetlink.Config{TimeoutMinimum: time.Second, TimeoutMaximum: 2 * time.Second}, time.Second, 3 * time.Second},
	} {
		virtually(t, tt.name, func(t *testing.T, w *world) {
			w.serve(crosspeer.Config{}, enetlink.Config{})
			m := w.join(tt.cfg)
			w.cut(m.addr)
			begun := time.Now()
			if got := m.next(); got != "server_disconnected" {
				t.Fatalf("the client is told %q", got)
			}
			if d := time.Since(begun); d < tt.least || d > tt.most {
				t.Errorf("it was lost after %v, want %v to %v", d, tt.least, tt.most)
			}
			m.expect()
		})
	}
	virtually(t, "36 a peer is used again after it closed and after it lost its server", func(t *testing.T, w *world) {
		server := w.serve(crosspeer.Config{}, enetlink.Config{})
		m := w.join(enetlink.Config{})
		first := m.UniqueID()
		m.Close()
		w.settle()
		rejoin(t, w, m)
		if m.UniqueID() == first {
			t.Error("the new connection has the old id")
		}
		server.Close()
		w.settle()
		m.expect("server_disconnected")
		if err := server.Listen(t.Context(), enetlink.ListenOn(w.socket(true))); err != nil {
			t.Fatal(err)
		}
		rejoin(t, w, m)
		server.expect(fmt.Sprintf("peer_connected %d", m.UniqueID()))
	})
}

func rejoin(t *testing.T, w *world, m *member) {
	t.Helper()
	if err := w.dial(t.Context(), m, enetlink.Config{}); err != nil {
		t.Fatal(err)
	}
	w.settle()
	m.expect("peer_connected 1", "connection_succeeded")
}
