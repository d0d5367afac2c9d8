package enetlink_test

import (
	"testing"
	"time"

	"crosspeer"
	"crosspeer/enet"
	"crosspeer/link/enetlink"
)

func TestPeerInfoHasFiguresOfTheConnection(t *testing.T) {
	virtually(t, "round-trip time and counters", func(t *testing.T, w *world) {
		server := w.serve(crosspeer.Config{}, enetlink.Config{})
		raw := w.rawIn(5)
		for range 50 {
			server.send(5, crosspeer.Reliable, "x")
			raw.put(1, enet.Reliable, framed(5, 1, "x"))
			w.settle()
		}
		info, err := server.PeerInfo(5)
		if err != nil {
			t.Fatal(err)
		}
		if info.RTT < 2*lag || info.RTT > 3*lag || info.Loss != 0 || info.Resent != 0 {
			t.Errorf("round-trip time %v, loss %v, %d sent again", info.RTT, info.Loss, info.Resent)
		}
		if info.DatagramsSent < 50 || info.DatagramsReceived < 50 || info.BytesSent < 50*15 || info.BytesReceived < 50*15 {
			t.Errorf("sent %d datagrams, %d bytes; received %d, %d", info.DatagramsSent, info.BytesSent, info.DatagramsReceived, info.BytesReceived)
		}
		if info.QueuedBytes != 0 || info.QueuedPackets != 0 {
			t.Errorf("%d bytes in %d packets are queued", info.QueuedBytes, info.QueuedPackets)
		}
		w.cut(raw.h.LocalAddr())
		server.send(5, crosspeer.Reliable, "12345")
		w.wait(time.Second)
		info, err = server.PeerInfo(5)
		if err != nil || info.QueuedPackets != 1 || info.QueuedBytes != 8+5 || info.Resent == 0 {
			t.Errorf("on a dead line %d bytes in %d packets are queued, %d sent again, %v",
				info.QueuedBytes, info.QueuedPackets, info.Resent, err)
		}
	})
}

func TestIdleConnectionsAreProbed(t *testing.T) {
	for name, tt := range map[string]struct {
		cfg         enetlink.Config
		least, most uint64
	}{
		"every half second": {enetlink.Config{}, 18, 24},
		"as configured":     {enetlink.Config{PingInterval: 100 * time.Millisecond}, 75, 105},
	} {
		virtually(t, name, func(t *testing.T, w *world) {
			// The bare end answers each probe, and probes at its own pace of an hour.
			m, raw := w.rawJoin(tt.cfg)
			raw.SetPingInterval(time.Hour)
			w.settle()
			before, err := m.PeerInfo(1)
			if err != nil {
				t.Fatal(err)
			}
			w.wait(10 * time.Second)
			after, err := m.PeerInfo(1)
			if err != nil {
				t.Fatal(err)
			}
			if n := after.DatagramsSent - before.DatagramsSent; n < tt.least || n > tt.most {
				t.Errorf("%d datagrams in 10 s, want %d to %d", n, tt.least, tt.most)
			}
		})
	}
}
