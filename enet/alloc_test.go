package enet_test

import (
	"runtime"
	"testing"
)

// What is allocated is shared by many packets: nothing per packet. The clients
// are measured with the server.
func TestARelayAllocatesNothingPerPacket(t *testing.T) {
	if raceEnabled {
		t.Skip("pools drop packets at random under the race detector")
	}
	for _, mode := range modes {
		t.Run(mode.name, func(t *testing.T) {
			const receivers, packets = 4, 8000
			r := newRelay(t, receivers, mode.flags)
			r.run(t, packets)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			r.run(t, packets)
			runtime.ReadMemStats(&after)
			each := float64(after.Mallocs-before.Mallocs) / (packets * (1 + receivers))
			if each > 0.01 {
				t.Errorf("%.3f allocations per packet", each)
			}
		})
	}
}
