package fastlz

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"crosspeer/enet/internal/codectest"
)

func rng() *rand.Rand { return rand.New(rand.NewPCG(1, 1)) }

func seeds(f *testing.F) (streams, raw [][]byte) {
	sent, direct := codectest.Godot(f, "fastlz", "fastlz")
	for _, d := range sent {
		streams, raw = append(streams, d.Wire()), append(raw, d.Body)
	}
	for _, d := range direct {
		streams, raw = append(streams, d.Output), append(raw, d.Input)
	}
	return append(streams, []byte{0x20, 0, 0xE0, 0xFF, 0xFF, 2, 0}), raw
}

func FuzzDecompress(f *testing.F) {
	streams, _ := seeds(f)
	subject.FuzzDecompress(f, streams...)
}

func FuzzRoundTrip(f *testing.F) {
	_, raw := seeds(f)
	subject.FuzzRoundTrip(f, raw...)
}

func Benchmark(b *testing.B) { subject.Benchmark(b) }

// BenchmarkBomb is the worst that a datagram can do: all room filled by the
// shortest matches, and by the longest.
func BenchmarkBomb(b *testing.B) {
	for name, token := range map[string][]byte{"short matches": {0x20, 0}, "long matches": {0xE0, 0xFF, 0}} {
		b.Run(name, func(b *testing.B) {
			stream := append([]byte{0, 0}, bytes.Repeat(token, 4000/len(token))...)
			codectest.BenchmarkDecompress(b, new(Coder), stream[:min(len(stream), 4092)])
		})
	}
}
