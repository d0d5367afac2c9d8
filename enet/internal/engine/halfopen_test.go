package engine

import (
	"net/netip"
	"testing"
	"time"
)

// TestHandshakesThatBeginAtOnceAllFindRoom holds that nobody's handshake is
// forgotten while the table may still grow: the client would believe to be
// connected, and find out by its time-out.
func TestHandshakesThatBeginAtOnceAllFindRoom(t *testing.T) {
	const crowd = 4000
	for seed := range uint64(20) {
		var table halfOpenTable
		table.init(32768, 3*seed, 5*seed)
		addr := func(i int) netip.AddrPort {
			return netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), 5000)
		}
		for i := range crowd {
			r := table.add(time.Duration(i), addr(i))
			if r == nil {
				t.Fatalf("seed %d: number %d is turned away", seed, i)
			}
			r.slot = uint16(i)
		}
		lost := 0
		for i := range crowd {
			if table.bySlot(addr(i), uint16(i)) == nil {
				lost++
			}
		}
		if lost > 0 || table.n != crowd {
			t.Errorf("seed %d: %d of %d are forgotten, %d are counted", seed, lost, crowd, table.n)
		}
		if len(table.records) > table.limit {
			t.Errorf("seed %d: %d records, want %d at most", seed, len(table.records), table.limit)
		}
	}
}
