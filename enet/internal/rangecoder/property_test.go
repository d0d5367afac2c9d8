package rangecoder

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"crosspeer/enet/internal/codectest"
)

// shapes are inputs that differ in what they do to the model.
var shapes = codectest.Shapes

func TestRoundTrip(t *testing.T) {
	var c Coder
	edges := []int{1, 2, 3, 4, 5, 255, 256, 257, 1363, 1364, 1365, 1366, 1400, 4092, 4096, 7999, 8000}
	for k, shape := range shapes {
		t.Run(shape.Name, func(t *testing.T) {
			for i := range uint64(40) {
				seed := [2]uint64{uint64(k), i}
				r := rand.New(rand.NewPCG(seed[0], seed[1]))
				size := 1 + r.IntN(8000)
				if i < uint64(len(edges)) {
					size = edges[i]
				}
				raw := make([]byte, size)
				shape.Fill(r, raw)
				packed := compress(t, &c, raw, roomy(size))
				if len(packed) == 0 {
					t.Fatalf("seed %v: %d bytes did not compress", seed, size)
				}
				if got := decompress(t, &c, packed, size); !bytes.Equal(got, raw) {
					t.Fatalf("seed %v: %d bytes came back as %d different ones", seed, size, len(got))
				}
				if got := decompress(t, &c, packed, size-1); len(got) != 0 {
					t.Fatalf("seed %v: %d bytes fit in one byte less", seed, size)
				}
				if got := compress(t, &c, raw, len(packed)-1); len(got) != 0 {
					t.Fatalf("seed %v: %d compressed bytes fit in one byte less", seed, len(packed))
				}
			}
		})
	}
}

// Bytes that no encoder wrote must not panic, hang or write past the limit, and
// must leave the Coder fit for the next call. The helpers check the limit.
func TestDecompressSurvivesForeignBytes(t *testing.T) {
	var c Coder
	check := func(t *testing.T, seed [2]uint64, r *rand.Rand, stream []byte) {
		t.Helper()
		for _, limit := range []int{0, 1, r.IntN(256), 4092} {
			decompress(t, &c, stream, limit)
		}
		raw := []byte("after the foreign bytes")
		if got := decompress(t, &c, compress(t, &c, raw, 64), 64); !bytes.Equal(got, raw) {
			t.Fatalf("seed %v: the next datagram decodes to %x", seed, got)
		}
	}
	t.Run("random streams are harmless", func(t *testing.T) {
		for i := range uint64(1500) {
			seed := [2]uint64{1 << 32, i}
			r := rand.New(rand.NewPCG(seed[0], seed[1]))
			stream := make([]byte, r.IntN(200))
			shapes[0].Fill(r, stream)
			check(t, seed, r, stream)
		}
	})
	t.Run("truncated and damaged streams are harmless", func(t *testing.T) {
		for i := range uint64(1500) {
			seed := [2]uint64{2 << 32, i}
			r := rand.New(rand.NewPCG(seed[0], seed[1]))
			raw := make([]byte, 1+r.IntN(2000))
			shapes[r.IntN(len(shapes))].Fill(r, raw)
			stream := compress(t, &c, raw, roomy(len(raw)))
			if r.IntN(2) == 0 {
				stream = stream[:r.IntN(len(stream)+1)]
			} else {
				stream[r.IntN(len(stream))] ^= 1 << r.IntN(8)
			}
			check(t, seed, r, stream)
		}
	})
}

func TestCodec(t *testing.T) {
	codectest.Subject{New: func() codectest.Codec { return new(Coder) }}.Test(t)
}

func TestEmptyInput(t *testing.T) {
	var c Coder
	var buf [8]byte
	if n := c.Compress(buf[:], nil); n != 0 {
		t.Errorf("Compress of nothing returned %d", n)
	}
	if n := c.Decompress(buf[:], nil); n != 0 {
		t.Errorf("Decompress of nothing returned %d", n)
	}
	if n := c.Compress(nil, []byte{1}); n != 0 {
		t.Errorf("Compress into nothing returned %d", n)
	}
	if n := c.Decompress(nil, []byte{0, 255, 0, 255}); n != 0 {
		t.Errorf("Decompress into nothing returned %d", n)
	}
}

func TestCallsDoNotAllocate(t *testing.T) {
	var c Coder
	raw := make([]byte, 8000)
	packed, back := make([]byte, roomy(len(raw))), make([]byte, len(raw))
	for _, shape := range shapes {
		shape.Fill(rand.New(rand.NewPCG(7, 7)), raw)
		if n := testing.AllocsPerRun(10, func() {
			size := c.Compress(packed, raw)
			c.Decompress(back, packed[:size])
			c.Compress(packed[:10], raw)
			c.Decompress(back[:10], packed[:size])
		}); n != 0 {
			t.Errorf("shape of %q: %v allocations per run", shape.Name, n)
		}
	}
}
