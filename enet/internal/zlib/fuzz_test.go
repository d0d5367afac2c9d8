package zlib

import (
	"bytes"
	"testing"

	"crosspeer/enet/internal/codectest"
	"crosspeer/internal/hostile"
)

func seeds(f *testing.F) (streams, raw [][]byte) {
	sent, direct := codectest.Godot(f, "zlib", "deflate(zlib)")
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

// FuzzAgainstTheStandardLibrary decompresses with both. Ours refuses more.
func FuzzAgainstTheStandardLibrary(f *testing.F) {
	streams, _ := seeds(f)
	c := new(Coder)
	hostile.Fuzz(f, streams, nil, func(t testing.TB, stream []byte) {
		got := codectest.Decompress(t, c, stream, 4092)
		if want, rest := standard(stream); len(got) > 0 && (!bytes.Equal(got, want) || rest != 0) {
			t.Errorf("ours gives %x, the standard library %x and leaves %d bytes", got, want, rest)
		}
	})
}

func Benchmark(b *testing.B) { subject.Benchmark(b) }

// BenchmarkBomb measures what a forged datagram costs.
func BenchmarkBomb(b *testing.B) {
	for name, stream := range bombs(b) {
		b.Run(name, func(b *testing.B) { codectest.BenchmarkDecompress(b, new(Coder), stream) })
	}
	b.Run("eight dynamic blocks", func(b *testing.B) {
		codectest.BenchmarkDecompress(b, new(Coder), dynamicBlocks(maxBlocks))
	})
}

// dynamicBlocks is a stream of blocks that are codes for all symbols and nothing
// else: the most work for their size.
func dynamicBlocks(n int) []byte {
	var lengths [literalN + distanceN]uint8
	for i := range lengths[:literalN] {
		lengths[i] = 8
		if i >= 226 { // 226/256 + 60/512 is one
			lengths[i] = 9
		}
	}
	for i := range distanceN {
		lengths[literalN+i] = 5
		if i >= 28 { // 28/32 + 2/16 is one
			lengths[literalN+i] = 4
		}
	}
	p := &plan{literalUsed: literalN, distanceUsed: distanceN, widthUsed: lengthN}
	assign(p.literals[:literalN], lengths[:literalN])
	p.repeat(lengths[:])
	for i := range p.widths {
		p.widths[i].width = 5
		if i < 13 { // 13/16 + 6/32 is one
			p.widths[i].width = 4
		}
	}
	var widths [lengthN]uint8
	for i := range widths {
		widths[i] = p.widths[i].width
	}
	assign(p.widths[:], widths[:])
	w := writer{dst: make([]byte, 4096)}
	w.bits(0x0178, 16)
	for range n {
		w.bits(dynamic<<1, 3)
		p.writeHead(&w)
		end := p.literals[endOfBlock]
		w.bits(int(end.bits), uint(end.width))
	}
	w.align()
	return w.dst[:w.n]
}
