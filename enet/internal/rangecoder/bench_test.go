package rangecoder

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

type benchInput struct {
	name string
	raw  []byte
}

func benchInputs(b *testing.B) []benchInput {
	b.Helper()
	area, err := hex.DecodeString(connect)
	if err != nil {
		b.Fatal(err)
	}
	words := strings.Fields(vocabulary)
	r := rand.New(rand.NewPCG(1, 1))
	var text []byte
	for len(text) < 1400 {
		text = append(append(text, words[r.IntN(len(words))]...), ' ')
	}
	noise := make([]byte, 1400)
	shapes[0].Fill(r, noise)
	return []benchInput{
		{"connect 48", area},
		{"text 100", text[:100]},
		{"text 1400", text[:1400]},
		{"random 100", noise[:100]},
		{"random 1400", noise},
	}
}

func BenchmarkCompress(b *testing.B) {
	for _, in := range benchInputs(b) {
		b.Run(in.name, func(b *testing.B) {
			var c Coder
			dst := make([]byte, roomy(len(in.raw)))
			b.SetBytes(int64(len(in.raw)))
			b.ReportAllocs()
			for b.Loop() {
				c.Compress(dst, in.raw)
			}
		})
	}
}

func BenchmarkDecompress(b *testing.B) {
	for _, in := range benchInputs(b) {
		b.Run(in.name, func(b *testing.B) {
			var c Coder
			packed := make([]byte, roomy(len(in.raw)))
			packed = packed[:c.Compress(packed, in.raw)]
			dst := make([]byte, len(in.raw))
			b.SetBytes(int64(len(in.raw)))
			b.ReportAllocs()
			for b.Loop() {
				if c.Decompress(dst, packed) != len(in.raw) {
					b.Fatal("wrong length")
				}
			}
		})
	}
}

// The two ways to make a receiver work: many bytes out of few, and long searches.
func BenchmarkDecompressForged(b *testing.B) {
	zeros := make([]byte, 4092)
	packed := make([]byte, 64)
	packed = packed[:new(Coder).Compress(packed, zeros)]
	searches, _ := worst(1300)
	for _, in := range []benchInput{
		{"zeros from 11 bytes to 4092", packed},
		{"long searches in one packet", searches},
	} {
		b.Run(in.name, func(b *testing.B) {
			var c Coder
			dst := make([]byte, len(zeros))
			b.SetBytes(int64(len(in.raw)))
			b.ReportAllocs()
			for b.Loop() {
				if c.Decompress(dst, in.raw) == 0 {
					b.Fatal("rejected")
				}
			}
		})
	}
}
