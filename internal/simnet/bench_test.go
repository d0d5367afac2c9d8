package simnet

import (
	"fmt"
	"net/netip"
	"testing"
	"time"
)

// talker sends one datagram per peer and tick.
type talker struct {
	peers []netip.AddrPort
	data  []byte
	next  time.Duration
}

func (s *talker) Receive(time.Duration, netip.AddrPort, []byte) {}

func (s *talker) Flush(now time.Duration, send func(netip.AddrPort, []byte)) {
	if now < s.next {
		return
	}
	s.next = now + 16*ms
	for _, p := range s.peers {
		send(p, s.data)
	}
}

func (s *talker) Deadline() (time.Duration, bool) { return s.next, true }

// BenchmarkNet runs a server with clients at 60 ticks a second. An event is one
// step: an arrival or a flush.
func BenchmarkNet(b *testing.B) {
	for _, clients := range []int{1, 32} {
		for _, size := range []int{100, 1200} {
			for _, p := range []Preset{{"Perfect", Conditions{}}, {"LossyWiFi", LossyWiFi()}, {"Hostile", Hostile()}} {
				b.Run(fmt.Sprintf("clients=%d/size=%d/%s", clients, size, p.Name), func(b *testing.B) {
					n := New(1, p.Conditions)
					server := &talker{data: make([]byte, size)}
					for i := range clients {
						addr := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 1, byte(i)}), 7000)
						server.peers = append(server.peers, addr)
						n.Attach(addr, &talker{peers: []netip.AddrPort{alice}, data: make([]byte, size)})
					}
					n.Attach(alice, server)
					n.RunFor(time.Second)
					b.ReportAllocs()
					b.ResetTimer()
					for range b.N {
						n.Step()
					}
					b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
				})
			}
		}
	}
}

// BenchmarkScenario makes a network, runs three busy nodes for about 900
// datagrams and drops it: the shape of most seeded tests.
func BenchmarkScenario(b *testing.B) {
	b.ReportAllocs()
	for i := range b.N {
		party(uint64(i), LossyWiFi(), nil)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "scenarios/s")
}
