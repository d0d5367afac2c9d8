package dtls

import (
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"
)

// TestNothingForgedPassesTheFilter sends what anybody can make from the
// address of a completed association, ten million times: nothing reaches ENet
// as it stands, and the library sees only what it must decrypt first.
func TestNothingForgedPassesTheFilter(t *testing.T) {
	tries := 10_000_000
	if testing.Short() {
		tries = 200_000
	}
	addr := netip.MustParseAddrPort("192.0.2.1:1234")
	for _, allow := range []bool{false, true} {
		g := newGuard(nil, serverRole{}, time.Second)
		g.server, g.plain = true, allow
		a := &association{g: g, addr: addr, phase: established, pipe: newPipe(addr, nil), place: -1}
		a.completed = time.Now().Add(-2 * lateLife)
		g.slots[addr] = &slot{live: a}
		rng := rand.New(rand.NewPCG(5, 6))
		buf := make([]byte, 80)
		for range tries / 2 {
			b := forgery(rng, buf)
			if g.Receive(addr, b) {
				t.Fatalf("reaches ENet: % x", b)
			}
			select {
			case shown := <-a.pipe.in:
				if !protected(shown) {
					t.Fatalf("the library is shown % x of % x", shown, b)
				}
			default:
			}
			if s := g.slots[addr]; s.live != a || s.next != nil {
				t.Fatalf("the association changes with % x", b)
			}
		}
		// The same bytes from an address without one.
		other := netip.MustParseAddrPort("192.0.2.2:1234")
		passed := 0
		for range 10_000 {
			if g.Receive(other, forgery(rng, buf)) {
				passed++
			}
		}
		if (passed > 0) != allow {
			t.Errorf("allow %v: %d of another address pass", allow, passed)
		}
	}
}

// forgery is a datagram of ENet, a record, or noise. ClientHellos are left out:
// they begin an association of their own.
func forgery(rng *rand.Rand, buf []byte) []byte {
	b := buf[:rng.IntN(len(buf))]
	for i := 0; i < len(b); i += 8 {
		var word [8]byte
		binary.LittleEndian.PutUint64(word[:], rng.Uint64())
		copy(b[i:], word[:])
	}
	if len(b) < recordHeader+1 {
		return b
	}
	switch rng.IntN(4) {
	case 0: // DISCONNECT to some slot
		b[0] &= 0x3f
		b[2], b[3] = 5, 0xff
	case 1, 2: // records
		b[0], b[1], b[2] = byte(19+rng.IntN(8)), 0xfe, byte(0xfb+rng.IntN(5))
		b[3], b[4] = 0, byte(rng.IntN(3))
		binary.BigEndian.PutUint16(b[11:], uint16(rng.IntN(len(b)-recordHeader+1)))
		if b[recordHeader] == clientHello {
			b[recordHeader]++
		}
	}
	return b
}

// protected says whether all of a datagram is records of epoch 1.
func protected(b []byte) bool {
	for len(b) > 0 {
		if len(b) < recordHeader || b[3] != 0 || b[4] != 1 || b[0] != 21 && b[0] != 23 {
			return false
		}
		end := recordHeader + int(binary.BigEndian.Uint16(b[11:]))
		if end > len(b) {
			return false
		}
		b = b[end:]
	}
	return true
}

func TestAnAddressWithoutProofIsNotAnsweredWithMoreThanItSent(t *testing.T) {
	a := &association{fed: 100}
	for _, step := range []struct {
		bytes int
		may   bool
	}{{60, true}, {41, false}, {40, true}, {1, false}} {
		if got := a.affords(step.bytes); got != step.may {
			t.Errorf("%d bytes after %d of %d: %v", step.bytes, a.answered, a.fed, got)
		}
	}
}

func BenchmarkFilter(b *testing.B) {
	addr := netip.MustParseAddrPort("192.0.2.1:1234")
	g := newGuard(nil, serverRole{}, time.Second)
	g.server, g.plain = true, true
	a := &association{g: g, addr: addr, phase: established, pipe: newPipe(addr, nil), place: -1}
	g.slots[addr] = &slot{live: a}
	plain := make([]byte, 100)
	for b.Loop() {
		g.Receive(addr, plain)
	}
}
