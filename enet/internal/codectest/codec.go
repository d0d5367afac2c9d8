package codectest

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// Codec is a compressor of datagrams, as package enet has it.
type Codec interface {
	Compress(dst, src []byte) int
	Decompress(dst, src []byte) int
}

// Subject is what is tested.
type Subject struct {
	New func() Codec

	// Smallest is the size to which inputs are filled up with zeros, or 0.
	Smallest int

	// MaxInput is the longest input, or 0 if it is more than any datagram.
	MaxInput int
}

// room is more than the compressed form of n bytes has in any format.
func room(n int) int { return 9*n + 64 }

// guard follows the part of a buffer that a call may write.
const guard = 0xA5

// guarded returns a slice of length n whose spare capacity is filled with guard
// bytes, and a function that reports whether they are intact.
func guarded(n int) (dst []byte, intact func() bool) {
	const spare = 16
	buf := make([]byte, n+spare)
	want := bytes.Repeat([]byte{guard}, spare)
	copy(buf[n:], want)
	return buf[:n], func() bool { return bytes.Equal(buf[n:], want) }
}

// Compress runs a call with a given limit and fails the test if it writes past it.
func Compress(tb testing.TB, c Codec, src []byte, limit int) []byte {
	tb.Helper()
	dst, intact := guarded(limit)
	n := c.Compress(dst, src)
	if n < 0 || n > limit || !intact() {
		tb.Fatalf("Compress(%d bytes) with limit %d wrote past the limit, returned %d", len(src), limit, n)
	}
	return dst[:n]
}

// Decompress is Compress for the other way.
func Decompress(tb testing.TB, c Codec, src []byte, limit int) []byte {
	tb.Helper()
	dst, intact := guarded(limit)
	n := c.Decompress(dst, src)
	if n < 0 || n > limit || !intact() {
		tb.Fatalf("Decompress(%x) with limit %d wrote past the limit, returned %d", src, limit, n)
	}
	return dst[:n]
}

// filled is what comes back of an input.
func (s Subject) filled(raw []byte) []byte {
	if n := s.Smallest - len(raw); n > 0 && len(raw) > 0 {
		return append(bytes.Clone(raw), make([]byte, n)...)
	}
	return raw
}

// Test runs what every compressor must do.
func (s Subject) Test(t *testing.T) {
	t.Run("what is compressed comes back, within the size of each and not within less", s.roundTrip)
	t.Run("bytes that no encoder wrote are harmless", s.foreign)
	t.Run("nothing and nowhere give 0", s.empty)
}

func (s Subject) roundTrip(t *testing.T) {
	c := s.New() // one for all, so that a call that leaves state behind shows
	edges := []int{1, 2, 3, 4, 5, 15, 16, 17, 31, 32, 33, 255, 256, 257, 263, 264, 265, 1364, 1400, 4092, 4096, 7999, 8000}
	for k, shape := range Shapes {
		t.Run(shape.Name, func(t *testing.T) {
			for i := range uint64(60) {
				r := rand.New(rand.NewPCG(uint64(k), i))
				size := 1 + r.IntN(8000)
				if i < uint64(len(edges)) {
					size = edges[i]
				}
				raw := make([]byte, size)
				shape.Fill(r, raw)
				s.mustReturn(t, c, raw)
				if t.Failed() {
					t.Fatalf("seed %d, %d", k, i)
				}
			}
		})
	}
}

// mustReturn checks that bytes survive both ways and that limits are kept.
func (s Subject) mustReturn(t testing.TB, c Codec, raw []byte) {
	t.Helper()
	packed := Compress(t, c, raw, room(len(raw)))
	if len(packed) == 0 {
		t.Errorf("%d bytes did not compress", len(raw))
		return
	}
	want := s.filled(raw)
	for _, limit := range []int{len(want), len(want) + 1, len(want) + 4092} {
		if got := Decompress(t, c, packed, limit); !bytes.Equal(got, want) {
			t.Errorf("%d bytes, %.100x, with room for %d came back as %d, %.100x", len(want), want, limit, len(got), got)
		}
	}
	if len(Decompress(t, c, packed, len(want)-1)) != 0 {
		t.Errorf("%d bytes fit in one byte less", len(want))
	}
	if got := Compress(t, c, raw, len(packed)); !bytes.Equal(got, packed) {
		t.Errorf("%d compressed bytes do not fit in as many: %d", len(packed), len(got))
	}
	if len(Compress(t, c, raw, len(packed)-1)) != 0 {
		t.Errorf("%d compressed bytes fit in one byte less", len(packed))
	}
}

// foreign gives a decoder noise, damage and cut-off ends. The helpers check that
// it keeps to its limit.
func (s Subject) foreign(t *testing.T) {
	c := s.New()
	for i := range uint64(3000) {
		r := rand.New(rand.NewPCG(1, i))
		raw := make([]byte, 1+r.IntN(2000))
		Shapes[r.IntN(len(Shapes))].Fill(r, raw)
		stream := Compress(t, c, raw, room(len(raw)))
		switch r.IntN(3) {
		case 0:
			stream = stream[:r.IntN(len(stream)+1)]
		case 1:
			stream[r.IntN(len(stream))] ^= 1 << r.IntN(8)
		case 2:
			Shapes[0].Fill(r, stream[min(r.IntN(8), len(stream)):])
		}
		for _, limit := range []int{0, 1, r.IntN(256), 4092} {
			Decompress(t, c, stream, limit)
		}
		after := []byte("after the foreign bytes")
		if got := Decompress(t, c, Compress(t, c, after, 64), 64); !bytes.Equal(got, after) {
			t.Fatalf("seed %d: the next datagram decodes to %x", i, got)
		}
	}
}

func (s Subject) empty(t *testing.T) {
	c := s.New()
	var buf [64]byte
	packed := bytes.Clone(Compress(t, c, []byte{1}, 64))
	for name, n := range map[string]int{
		"Compress of nothing":     c.Compress(buf[:], nil),
		"Compress into nothing":   c.Compress(nil, []byte{1}),
		"Decompress of nothing":   c.Decompress(buf[:], nil),
		"Decompress into nothing": c.Decompress(nil, packed),
	} {
		if n != 0 {
			t.Errorf("%s returned %d", name, n)
		}
	}
}

// Allocations gives the most allocations per round trip over all shapes, once each
// shape has been seen.
func (s Subject) Allocations() (most float64) {
	c := s.New()
	for k, shape := range Shapes {
		raw := make([]byte, 1400)
		shape.Fill(rand.New(rand.NewPCG(7, uint64(k))), raw)
		packed, back := make([]byte, room(len(raw))), make([]byte, len(raw))
		n := testing.AllocsPerRun(20, func() {
			size := c.Compress(packed, raw)
			c.Decompress(back, packed[:size])
			c.Compress(packed[:10], raw) // does not fit
			c.Decompress(back[:10], packed[:size])
		})
		most = max(most, n)
	}
	return most
}
