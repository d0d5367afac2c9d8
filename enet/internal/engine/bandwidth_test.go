package engine

import (
	"math/rand/v2"
	"net/netip"
	"testing"
)

func TestBandwidthPassOfLibenet(t *testing.T) {
	var file struct {
		Cases []struct {
			Name                  string
			HostOutgoingBandwidth uint32 `json:"host_outgoing_bandwidth"`
			ElapsedMS             uint64 `json:"elapsed_ms"`
			Peers                 []struct {
				IncomingBandwidth uint32 `json:"incoming_bandwidth"`
				OutgoingDataTotal uint32 `json:"outgoing_data_total"`
				Before            uint32 `json:"packet_throttle_before"`
				LimitAfter        uint32 `json:"packet_throttle_limit_after"`
				After             uint32 `json:"packet_throttle_after"`
			}
			Differs bool        `json:"differs_from_64bit_arithmetic"`
			With64  [][2]uint32 `json:"with_64bit_arithmetic"`
		}
	}
	readJSON(t, "testdata/enet-bandwidth-throttle.json", &file)
	if len(file.Cases) != 33 {
		t.Fatalf("%d cases, want 33", len(file.Cases))
	}
	for _, c := range file.Cases {
		t.Run(c.Name, func(t *testing.T) {
			h := New(Config{OutgoingBandwidth: c.HostOutgoingBandwidth, Rand: rand.NewPCG(1, 1), Libenet: true})
			var peers []*Peer
			for i, in := range c.Peers {
				p := h.newPeer(netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(i+1)), uint16(i))
				p.setRemoteIn(in.IncomingBandwidth)
				p.outData, p.throttle.value = in.OutgoingDataTotal, in.Before
				peers = append(peers, p)
			}
			h.throttleOutgoing(peers, c.ElapsedMS)
			for i, p := range peers {
				limit, value := c.Peers[i].LimitAfter, c.Peers[i].After
				if c.Differs { // the recorded figures come from 32-bit overflow
					limit, value = c.With64[i][0], c.With64[i][1]
				}
				if p.throttle.limit != limit || p.throttle.value != value {
					t.Errorf("peer %d: limit %d, throttle %d; want %d, %d", i, p.throttle.limit, p.throttle.value, limit, value)
				}
			}
		})
	}
}
