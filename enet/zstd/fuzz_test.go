package zstd

import (
	"testing"

	"crosspeer/enet/internal/codectest"
)

func seeds(f *testing.F) (streams, raw [][]byte) {
	sent, direct := codectest.Godot(f, "zstd", "zstd")
	for _, d := range sent {
		streams, raw = append(streams, d.Wire()), append(raw, d.Body)
	}
	for _, d := range direct {
		streams, raw = append(streams, d.Output), append(raw, d.Input)
	}
	return streams, raw
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

// BenchmarkBomb measures what a forged datagram costs.
func BenchmarkBomb(b *testing.B) {
	for name, stream := range bombs(b) {
		b.Run(name, func(b *testing.B) {
			b.ReportMetric(float64(len(stream)), "bytes")
			codectest.BenchmarkDecompress(b, new(coder), stream)
		})
	}
}
