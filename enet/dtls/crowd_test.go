package dtls_test

import (
	"net/netip"
	"testing"
	"time"

	"crosspeer/enet"
	"crosspeer/enet/dtls"
	"crosspeer/internal/simnet"
	"crosspeer/internal/testcert"
)

// TestACrowdFromOneNetworkComesIn has more clients than may wait, all of one
// network, within a fifth of a second.
func TestACrowdFromOneNetworkComesIn(t *testing.T) {
	cert := testcert.Make(t, timeless)
	virtually(t, simnet.Conditions{Delay: 30 * time.Millisecond}, dtls.Server(serving(cert)), func(t *testing.T, w *world) {
		const crowd = 200
		var clients []*enet.Host
		for i := range crowd {
			addr := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 2, byte(i)}), 5)
			h := w.host(w.socket(addr), dtls.Client(trusting))
			if _, err := h.Connect(serverAddr, 2, 0); err != nil {
				t.Fatal(err)
			}
			clients = append(clients, h)
			elapse(time.Millisecond)
		}
		begun := time.Now()
		for range clients {
			expect(t, w.server, enet.EventConnect)
		}
		if d := time.Since(begun); d > 10*time.Second {
			t.Errorf("the last one was in after %v", d)
		}
		for _, h := range clients {
			expect(t, h, enet.EventConnect)
		}
	})
}
