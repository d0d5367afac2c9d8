package enetlink_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"crosspeer"
	"crosspeer/enet"
	"crosspeer/enet/zstd"
	"crosspeer/link/enetlink"
)

func TestSession(t *testing.T) {
	virtually(t, "63 without relay clients know and reach the server only", func(t *testing.T, w *world) {
		r := relaying(w, crosspeer.Config{Relay: crosspeer.RelayOff}, enetlink.Config{})
		for _, target := range []int32{0, -1, 20, -20, 1000, 77} {
			r.c[0].put(1, enet.Reliable, framed(1000, target, "x"))
		}
		r.c[0].put(1, enet.Reliable, framed(1000, 1, "to the server"))
		w.settle()
		r.server.expect(`"to the server" from 1000 to 1, reliable, channel 1`)
		if n := r.server.Stats().NotRelayed; n != 6 {
			t.Errorf("%d were counted, want 6", n)
		}
		for _, target := range []int32{0, 20, -1000} {
			r.server.send(crosspeer.PeerID(target), crosspeer.Reliable, "from the server")
			w.settle()
			r.c[1].expect(received(1, enet.Reliable, framed(1, target, "from the server")))
		}
		r.c[0].DisconnectNow(0)
		w.settle()
		r.server.expect("peer_disconnected 1000")
		r.c[1].expect()
	})
	virtually(t, "63 a client that knows the server only cannot send to others", func(t *testing.T, w *world) {
		server := w.serve(crosspeer.Config{Relay: crosspeer.RelayOff}, enetlink.Config{})
		other, m := w.rawIn(5), w.join(enetlink.Config{})
		server.saw()
		other.expect()
		mustNotSend(t, m, 5, -5)
		for _, target := range []crosspeer.PeerID{0, -1} {
			m.send(target, crosspeer.Reliable, "x")
		}
		m.send(1, crosspeer.Reliable, "y")
		w.settle()
		server.expect(fmt.Sprintf(`"y" from %d to 1, reliable, channel 1`, m.UniqueID()))
		other.expect()
	})
	virtually(t, "64 sender and channel are those of the next packet, and of the last one got", func(t *testing.T, w *world) {
		r := relaying(w, crosspeer.Config{}, enetlink.Config{})
		if p, c, l := r.server.PacketPeer(), r.server.PacketChannel(), r.server.LastPacketChannel(); p != 0 || c != -1 || l != -1 {
			t.Errorf("before all: peer %d, channel %d, last channel %d", p, c, l)
		}
		r.c[0].put(1, enet.Reliable, framed(1000, 1, "one"))
		w.settle()
		r.c[1].put(2, 0, framed(20, 1, "two"))
		w.settle()
		if err := r.server.Poll(); err != nil {
			t.Fatal(err)
		}
		steps := []struct {
			peer       crosspeer.PeerID
			next, last int
			data       string
		}{{1000, 1, -1, "one"}, {20, 2, 1, "two"}}
		for _, s := range steps {
			if p, c, l := r.server.PacketPeer(), r.server.PacketChannel(), r.server.LastPacketChannel(); p != s.peer || c != s.next || l != s.last {
				t.Errorf("before %q: peer %d, channel %d, last channel %d", s.data, p, c, l)
			}
			if data, err := r.server.GetPacket(); string(data) != s.data || err != nil {
				t.Errorf("got %q, %v, want %q", data, err, s.data)
			}
		}
		if c, l := r.server.PacketChannel(), r.server.LastPacketChannel(); c != -1 || l != 2 {
			t.Errorf("at the end: channel %d, last channel %d", c, l)
		}
		r.server.PollContext(done())
		if l := r.server.LastPacketChannel(); l != -1 {
			t.Errorf("after the next poll: last channel %d", l)
		}
	})
	virtually(t, "65 packets are queued as they arrive, whoever sent them", func(t *testing.T, w *world) {
		r := relaying(w, crosspeer.Config{}, enetlink.Config{})
		var want []string
		for i := range 12 {
			c, channel := i%3, uint8(1+i%2)
			data := fmt.Sprint(i)
			r.c[c].put(channel, enet.Reliable, framed(ids[c], 1, data))
			w.settle()
			want = append(want, fmt.Sprintf("%q from %d to 1, reliable, channel %d", data, ids[c], channel))
		}
		r.server.expect(want...)
	})
	virtually(t, "66 a server knows each client's address, a client the server's", func(t *testing.T, w *world) {
		server := w.serve(crosspeer.Config{}, enetlink.Config{})
		raw, m := w.rawIn(5), w.join(enetlink.Config{})
		for id, want := range map[crosspeer.PeerID]string{5: "10.0.0.2:5000", m.UniqueID(): m.addr.String()} {
			if info, err := server.PeerInfo(id); err != nil || info.RemoteAddr.String() != want || info.Transport != "enet" {
				t.Errorf("the server knows %d at %v by %q, %v, want %s", id, info.RemoteAddr, info.Transport, err, want)
			}
		}
		if info, err := m.PeerInfo(1); err != nil || info.RemoteAddr != serverAddr {
			t.Errorf("the client knows the server at %v, %v", info.RemoteAddr, err)
		}
		for _, id := range []crosspeer.PeerID{5, 77, m.UniqueID()} {
			if _, err := m.PeerInfo(id); !errors.Is(err, crosspeer.ErrUnknownPeer) {
				t.Errorf("the client asks for %d: %v", id, err)
			}
		}
		if _, err := server.PeerInfo(77); !errors.Is(err, crosspeer.ErrUnknownPeer) {
			t.Errorf("the server asks for a stranger: %v", err)
		}
		raw.DisconnectNow(0)
		w.settle()
		if _, err := server.PeerInfo(5); !errors.Is(err, crosspeer.ErrUnknownPeer) {
			t.Errorf("the server asks for a client that has left: %v", err)
		}
	})
	virtually(t, "67 bandwidths make the window smaller", func(t *testing.T, w *world) {
		w.serve(crosspeer.Config{}, enetlink.Config{IncomingBandwidth: 30000, OutgoingBandwidth: 400000})
		raw := w.raw(5, enet.Config{IncomingBandwidth: 10000, OutgoingBandwidth: 2000000}, 3)
		w.settle()
		raw.expect("connect")
		if n := raw.Stats().Window; n != 4096 {
			t.Errorf("the window is %d bytes", n)
		}
	})
	virtually(t, "68 nothing is compressed unless asked for", func(t *testing.T, w *world) {
		server := w.serve(crosspeer.Config{}, enetlink.Config{})
		m := w.join(enetlink.Config{})
		for _, tt := range []struct {
			at *member
			id crosspeer.PeerID
		}{{m, 1}, {server, m.UniqueID()}} {
			if info, err := tt.at.PeerInfo(tt.id); err != nil || info.Compression != "none" {
				t.Errorf("the connection to %d is compressed by %q, %v", tt.id, info.Compression, err)
			}
		}
	})
	for client, want := range map[enetlink.Compression]string{
		enetlink.CompressionNone: "none", enetlink.CompressionRangeCoder: "range-coder", enetlink.CompressionFastLZ: "fastlz",
		enetlink.CompressionZlib: "zlib", enetlink.CompressionZstd: "zstd",
	} {
		virtually(t, fmt.Sprintf("69 a server recognises that a client compresses by %v", client), func(t *testing.T, w *world) {
			server := w.serve(crosspeer.Config{}, enetlink.Config{Zstd: zstd.Compression})
			m := w.join(enetlink.Config{Compression: client, Zstd: zstd.Compression})
			server.saw()
			for _, size := range []int{1, 3, 16, 100, 1364, 1365, 5000} {
				data := fmt.Sprintf("%*d", size, 7)
				m.send(1, crosspeer.Reliable, data)
				server.send(m.UniqueID(), crosspeer.Reliable, data)
				w.settle()
				server.expect(fmt.Sprintf("%q from %d to 1, reliable, channel 1", data, m.UniqueID()))
				m.expect(fmt.Sprintf("%q from 1 to %d, reliable, channel 1", data, m.UniqueID()))
			}
			if info, err := server.PeerInfo(m.UniqueID()); err != nil || info.Compression != want {
				t.Errorf("it calls it %q, %v, want %q", info.Compression, err, want)
			}
		})
	}
	virtually(t, "74 a server that does not know Zstandard loses its client with the first packet that shrinks", func(t *testing.T, w *world) {
		server := w.serve(crosspeer.Config{}, enetlink.Config{})
		m := w.join(enetlink.Config{Compression: enetlink.CompressionZstd, Zstd: zstd.Compression})
		id := m.UniqueID()
		server.saw()
		m.send(1, crosspeer.Reliable, "abc")
		w.settle()
		server.expect(fmt.Sprintf("%q from %d to 1, reliable, channel 1", "abc", id))
		m.send(1, crosspeer.Reliable, strings.Repeat("a", 1000))
		w.wait(time.Second)
		server.expect()
		if got, want := server.next(), fmt.Sprintf("peer_disconnected %d", id); got != want {
			t.Errorf("the server is told %q, want %q", got, want)
		}
	})
	for _, tt := range []struct {
		server, client enetlink.Compression
	}{
		{enetlink.CompressionNone, enetlink.CompressionRangeCoder},
		{enetlink.CompressionRangeCoder, enetlink.CompressionNone},
		{enetlink.CompressionZlib, enetlink.CompressionFastLZ},
	} {
		virtually(t, fmt.Sprintf("74 a server for %v is deaf to a client for %v", tt.server, tt.client), func(t *testing.T, w *world) {
			server := w.serve(crosspeer.Config{}, enetlink.Config{Compression: tt.server})
			mustGiveUp(t, w, enetlink.Config{Compression: tt.client}, 31500*time.Millisecond)
			server.expect()
		})
	}
}
