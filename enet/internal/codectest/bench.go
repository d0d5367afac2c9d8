package codectest

import (
	"encoding/hex"
	"math/rand/v2"
	"strings"
	"testing"
)

// connect is the command area of a CONNECT datagram of Godot 3: 48 bytes.
const connect = "82ff00010000ffff0000057800010000000000030000000000000000" +
	"00001388000000020000000210c341c56dfb9f9b"

// vocabulary makes text with the repetition of prose, not of one sentence.
const vocabulary = "the server owns world and sends each peer part it can see a " +
	"player who joins late asks for spawned objects first then their state in order " +
	"of distance because nearby things matter most when bandwidth runs short"

// Input is one of a benchmark.
type Input struct {
	Name string
	Raw  []byte
}

// Inputs are datagrams that games send, and the one that does not shrink.
func Inputs() []Input {
	area, _ := hex.DecodeString(connect)
	words := strings.Fields(vocabulary)
	r := rand.New(rand.NewPCG(1, 1))
	var text []byte
	for len(text) < 1400 {
		text = append(append(text, words[r.IntN(len(words))]...), ' ')
	}
	noise := make([]byte, 1400)
	Shapes[0].Fill(r, noise)
	records := make([]byte, 1400)
	Shapes[5].Fill(r, records)
	return []Input{
		{"connect 48", area}, {"text 100", text[:100]}, {"text 1400", text[:1400]},
		{"records 1400", records}, {"random 1400", noise},
	}
}

// Benchmark measures both ways and says how much of the size is left.
func (s Subject) Benchmark(b *testing.B) {
	for _, in := range Inputs() {
		b.Run("compress/"+in.Name, func(b *testing.B) {
			c := s.New()
			dst := make([]byte, room(len(in.Raw)))
			b.SetBytes(int64(len(in.Raw)))
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				n = c.Compress(dst, in.Raw)
			}
			b.ReportMetric(100*float64(n)/float64(len(in.Raw)), "%size")
		})
		b.Run("decompress/"+in.Name, func(b *testing.B) {
			c := s.New()
			packed := make([]byte, room(len(in.Raw)))
			packed = packed[:c.Compress(packed, in.Raw)]
			b.ReportAllocs()
			BenchmarkDecompress(b, c, packed)
		})
	}
}

// BenchmarkDecompress measures how long a datagram occupies its receiver, whether
// it can be decompressed or not.
func BenchmarkDecompress(b *testing.B, c Codec, stream []byte) {
	dst := make([]byte, 4092)
	b.ReportAllocs()
	for b.Loop() {
		c.Decompress(dst, stream)
	}
}
