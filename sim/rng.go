package sim

import (
	"math/bits"
	"math/rand/v2"
	"time"
)

// rng is a source whose numbers are the same for a seed on every machine and
// with every version of Go: only the generator is the standard library's, and
// its stream is documented.
type rng struct{ rand.PCG }

func newRNG(seed, use uint64) *rng {
	r := new(rng)
	r.Seed(seed, use)
	return r
}

// below is 0 to n-1.
func (r *rng) below(n int) int {
	hi, _ := bits.Mul64(r.Uint64(), uint64(n))
	return int(hi)
}

// between is lo up to hi.
func (r *rng) between(lo, hi time.Duration) time.Duration {
	off, _ := bits.Mul64(r.Uint64(), uint64(hi-lo)+1)
	return lo + time.Duration(off)
}

// fold takes one word into a running hash.
func fold(h, word uint64) uint64 {
	h = (h ^ word) * 0x9E3779B97F4A7C15
	return h ^ h>>32
}
