package engine

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
	"time"

	"crosspeer/enet/internal/protocol"
	"crosspeer/enet/internal/rangecoder"
)

// garbage are floods of datagrams that come to nothing, by what they cost.
var garbage = []struct {
	name string
	make func(d *hand, rnd *rand.Rand, b []byte) []byte
}{
	{"random bytes", func(_ *hand, rnd *rand.Rand, b []byte) []byte { return b[:1+rnd.IntN(len(b))] }},
	{"an unknown peer", func(_ *hand, rnd *rand.Rand, b []byte) []byte {
		binary.BigEndian.PutUint16(b, 0x8000|uint16(rnd.IntN(protocol.NoPeer)))
		return b
	}},
	{"a peer's slot from elsewhere", func(d *hand, rnd *rand.Rand, b []byte) []byte {
		binary.BigEndian.PutUint16(b, 0x8000|d.slot|uint16(d.session)<<12)
		return b
	}},
	{"a stranger who does not connect", func(_ *hand, _ *rand.Rand, b []byte) []byte {
		binary.BigEndian.PutUint16(b, 0x8000|protocol.NoPeer)
		return b
	}},
	{"a stranger's compressed junk", func(_ *hand, rnd *rand.Rand, b []byte) []byte {
		binary.BigEndian.PutUint16(b, 0xC000|protocol.NoPeer)
		return b[:8+rnd.IntN(48)]
	}},
	{"a stranger's long compressed junk", func(_ *hand, _ *rand.Rand, b []byte) []byte {
		binary.BigEndian.PutUint16(b, 0xC000|protocol.NoPeer)
		return b
	}},
	{"a stranger's zeros, compressed", func(_ *hand, _ *rand.Rand, b []byte) []byte {
		binary.BigEndian.PutUint16(b, 0xC000|protocol.NoPeer)
		clear(b[4:])
		return b[:14]
	}},
	{"a stranger's compressed bytes that begin as CONNECT does", func(_ *hand, rnd *rand.Rand, b []byte) []byte {
		binary.BigEndian.PutUint16(b, 0xC000|protocol.NoPeer)
		copy(b[4:], []byte{0x82, protocol.ControlChannel})
		return squeeze(new(rangecoder.Coder), b[:4+20+rnd.IntN(30)], 4)
	}},
}

// flood makes datagrams of a kind, and a host with one peer for them.
func flood(tb testing.TB, kind int) (d *hand, datagrams [][]byte) {
	d = joined(tb, Config{Accept: everyCodec()})
	d.settle()
	rnd := rand.New(rand.NewPCG(3, uint64(kind)))
	for range 512 {
		b := make([]byte, 100)
		for i := range b {
			b[i] = byte(rnd.Uint32())
		}
		datagrams = append(datagrams, garbage[kind].make(d, rnd, b))
	}
	return d, datagrams
}

// What a stranger sends allocates nothing and makes the host say nothing.
func TestGarbageAllocatesNothing(t *testing.T) {
	for kind, tt := range garbage {
		t.Run(tt.name, func(t *testing.T) {
			d, datagrams := flood(t, kind)
			i := 0
			if n := testing.AllocsPerRun(len(datagrams), func() {
				d.h.Receive(d.now, forgedAddress(uint32(i)), datagrams[i%len(datagrams)])
				i++
			}); n != 0 {
				t.Errorf("%.2f allocations a datagram", n)
			}
			equal(t, d.service())
			if d.h.HalfOpen() != 0 || d.h.PeerCount() != 1 {
				t.Errorf("%d handshakes, %d peers", d.h.HalfOpen(), d.h.PeerCount())
			}
		})
	}
}

// BenchmarkGarbage is what a datagram that comes to nothing costs the engine;
// the system's part comes on top.
func BenchmarkGarbage(b *testing.B) {
	for kind, tt := range garbage {
		b.Run(tt.name, func(b *testing.B) {
			d, datagrams := flood(b, kind)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				d.h.Receive(d.now, forgedAddress(uint32(i)), datagrams[i%len(datagrams)])
			}
		})
	}
}

// BenchmarkHandshakeTable is what a full table of handshakes costs: a forged
// CONNECT that takes the place of another, the search for old records once a
// second, and the last growth, which keep everybody waiting.
func BenchmarkHandshakeTable(b *testing.B) {
	full := func() *forger {
		f := forgerOf(b, Config{})
		c := f.wrap(protocol.Header{PeerID: protocol.NoPeer, HasTime: true}, connect(f.request()))
		for i := range uint32(150_000) {
			f.now += 20 * time.Microsecond
			f.h.Receive(f.now, forgedAddress(i), c)
			if i%256 == 0 {
				f.drain()
			}
		}
		f.drain()
		return f
	}
	b.Run("CONNECT", func(b *testing.B) {
		f := full()
		c := f.wrap(protocol.Header{PeerID: protocol.NoPeer, HasTime: true}, connect(f.request()))
		b.ReportAllocs()
		for i := uint32(0); b.Loop(); i++ {
			f.h.Receive(f.now, forgedAddress(1_000_000+i), c)
			if i%256 == 0 {
				f.drain()
			}
		}
	})
	b.Run("search", func(b *testing.B) {
		f := full()
		for b.Loop() {
			f.h.halfOpen.swept = 0
			f.h.halfOpen.expire(f.now)
		}
		b.ReportMetric(float64(f.h.HalfOpen()), "records")
	})
	b.Run("last doubling", func(b *testing.B) {
		f := full()
		records := f.h.halfOpen.records
		for b.Loop() {
			f.h.halfOpen.records = records[:len(records)/2]
			f.h.halfOpen.grow()
		}
	})
}
