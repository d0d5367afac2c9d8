package enet_test

import (
	"testing"
	"time"

	"crosspeer/enet"
	"crosspeer/internal/simnet"
)

// What one end has sent is what the other has received, and what the network
// saw.
func TestStatisticsAddUp(t *testing.T) {
	for _, tt := range []struct {
		name string
		cond simnet.Conditions
	}{
		{"nothing lost", simnet.Conditions{Delay: 5 * ms}},
		{"a tenth lost", simnet.Conditions{Delay: 5 * ms, Loss: 0.1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, tt.cond, func(t *testing.T, w *simnet.Wire) {
				var up, down, bytesUp, bytesDown uint64 // delivered
				w.Tap(func(e simnet.Event) {
					switch {
					case e.Kind != simnet.Delivered:
					case e.To == serverAddr:
						up++
						bytesUp += uint64(len(e.Datagram))
					default:
						down++
						bytesDown += uint64(len(e.Datagram))
					}
				})
				d := newDuo(t, w, nil, nil)
				flags := []enet.Flags{enet.Reliable, 0, enet.Unsequenced, enet.UnreliableFragment}
				const count = 200
				for i := range count {
					for _, p := range []*enet.Peer{d.c, d.s} {
						if err := p.Send(0, make([]byte, i*20), flags[i%len(flags)]); err != nil {
							t.Fatal(err)
						}
					}
				}
				elapse(10 * time.Second)

				s, c := d.server.Stats(), d.client.Stats()
				ps, pc := d.s.Stats(), d.c.Stats()
				if s.DatagramsReceived != up || s.BytesReceived != bytesUp || c.DatagramsReceived != down || c.BytesReceived != bytesDown {
					t.Errorf("received %d with %d bytes and %d with %d; the network says %d with %d and %d with %d",
						s.DatagramsReceived, s.BytesReceived, c.DatagramsReceived, c.BytesReceived, up, bytesUp, down, bytesDown)
				}
				if sent := w.Stats().Sent; s.DatagramsSent+c.DatagramsSent != sent {
					t.Errorf("sent %d and %d, the network says %d", s.DatagramsSent, c.DatagramsSent, sent)
				}
				if s.Peers != 1 || c.Peers != 1 || s.HalfOpen != 0 || s.Accepted != 1 || c.Accepted != 0 || s.Connects == 0 {
					t.Errorf("server %+v\nclient %+v", s, c)
				}
				for name, ends := range map[string][2]enet.PeerStats{"up": {pc, ps}, "down": {ps, pc}} {
					from, to := ends[0], ends[1]
					if from.PacketsSent+from.Throttled != count || from.QueuedPackets != 0 || from.QueuedBytes != 0 || from.InFlightBytes != 0 {
						t.Errorf("%s: %+v", name, from)
					}
					if tt.cond.Loss == 0 {
						if to.PacketsReceived != from.PacketsSent || from.Resent+from.TimedOut != 0 || to.WaitingPackets != int(to.PacketsReceived) {
							t.Errorf("%s: %d of %d packets received, %d wait, %d sent again",
								name, to.PacketsReceived, from.PacketsSent, to.WaitingPackets, from.Resent)
						}
					} else if to.PacketsReceived < count/4 || from.Resent == 0 || from.TimedOut < from.Resent {
						t.Errorf("%s: %d packets received, %d sent again, %d timed out", name, to.PacketsReceived, from.Resent, from.TimedOut)
					}
					if from.RTT < 9*ms || from.RTT > 60*ms || from.Window != 65536 || from.Throttle == 0 {
						t.Errorf("%s: round-trip time %v, window %d, throttle %d", name, from.RTT, from.Window, from.Throttle)
					}
				}
				for {
					if _, ok := d.server.TryNext(); !ok {
						break
					}
				}
				// Under loss, parts of a packet may wait for ever for the others.
				if after := d.s.Stats(); tt.cond.Loss == 0 && (after.WaitingPackets != 0 || after.WaitingBytes != 0) {
					t.Errorf("%d packets with %d bytes wait after all were taken", after.WaitingPackets, after.WaitingBytes)
				}
				last := d.c.Stats()
				d.c.Reset()
				if after := d.c.Stats(); after.PacketsSent != last.PacketsSent || after.RTT != last.RTT {
					t.Error("the counters are gone with the connection")
				}
			})
		})
	}
}
