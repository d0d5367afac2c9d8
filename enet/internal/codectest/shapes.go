package codectest

import "math/rand/v2"

// Shape fills a buffer with bytes of one sort.
type Shape struct {
	Name string
	Fill func(r *rand.Rand, p []byte)
}

// Shapes are inputs that differ in what a compressor finds in them.
var Shapes = []Shape{
	{"uniform bytes", func(r *rand.Rand, p []byte) {
		for i := range p {
			p[i] = byte(r.Uint32())
		}
	}},
	{"one byte again and again", func(r *rand.Rand, p []byte) {
		v := byte(r.Uint32())
		for i := range p {
			p[i] = v
		}
	}},
	{"two byte values", func(r *rand.Rand, p []byte) {
		a, b := byte(r.Uint32()), byte(r.Uint32())
		for i := range p {
			p[i] = a
			if r.IntN(5) == 0 {
				p[i] = b
			}
		}
	}},
	{"bytes that fall off geometrically", func(r *rand.Rand, p []byte) {
		for i := range p {
			p[i] = byte(r.ExpFloat64() * 6)
		}
	}},
	{"ascending bytes", func(r *rand.Rand, p []byte) {
		v := byte(r.Uint32())
		for i := range p {
			p[i] = v
			v++
		}
	}},
	{"descending bytes", func(r *rand.Rand, p []byte) {
		v := byte(r.Uint32())
		for i := range p {
			p[i] = v
			v--
		}
	}},
	{"mostly zero records", func(r *rand.Rand, p []byte) {
		for i := range p {
			p[i] = 0
			if i%12 == 0 || r.IntN(16) == 0 {
				p[i] = byte(r.Uint32())
			}
		}
	}},
	{"repeated words", func(r *rand.Rand, p []byte) {
		words := []string{"position ", "velocity ", "player_", "0.5, ", "rpc(", "\n"}
		for len(p) > 0 {
			p = p[copy(p, words[r.IntN(len(words))]):]
		}
	}},
	{"noise between long runs", func(r *rand.Rand, p []byte) {
		for len(p) > 0 {
			n := min(len(p), 1+r.IntN(900))
			v, noisy := byte(r.Uint32()), r.IntN(2) == 0
			for i := range p[:n] {
				p[i] = v
				if noisy {
					p[i] = byte(r.Uint32())
				}
			}
			p = p[n:]
		}
	}},
	{"bytes with a few common values", func(r *rand.Rand, p []byte) { // long and short codes
		for i := range p {
			p[i] = byte(1<<min(r.Uint32N(9), r.Uint32N(9)) - 1)
			if r.IntN(40) == 0 {
				p[i] = byte(r.Uint32())
			}
		}
	}},
}
