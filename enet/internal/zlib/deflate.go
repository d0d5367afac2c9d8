package zlib

import (
	"hash/adler32"
	"math/bits"
)

// MaxInput is the longest input of Compress in bytes, twice the largest datagram.
const MaxInput = 1 << 13

// Coder compresses and decompresses. The zero value is ready to use; calls do not
// depend on each other. It has about 69 kB.
type Coder struct {
	// For decompressing.
	literals, distances decoder

	// For compressing. Places are counted from 1, so that 0 is none.
	last   [1 << hashBits]uint16 // where three bytes with a hash stood last
	before [MaxInput + 1]uint16  // where those at a place stood before that
	steps  [MaxInput]step
	tree   tree
	dense  plan // the codes that fit a datagram's symbols
}

const hashBits = 12

// tries is how many earlier places are looked at for a match. The matches of a
// datagram are few.
const tries = 16

// enough is the length of a match from which on no longer one is looked for.
const enough = 32

// step is a literal, or a match.
type step struct {
	length   uint16 // 0 for a literal
	distance uint16 // the literal, if it is one
}

// header is deflate with a window of 32 kB at the usual effort. Godot's streams
// begin so.
const header = 0x789C

// Compress writes the compressed form of src to dst and returns its length. It is
// 0 if src is empty, longer than MaxInput, or the compressed form does not fit; dst
// then holds no useful bytes. dst and src must not overlap.
func (c *Coder) Compress(dst, src []byte) int {
	if len(src) == 0 || len(src) > MaxInput {
		return 0
	}
	steps := c.match(src)
	out := writer{dst: dst}
	out.bits(header>>8|header&0xFF<<8, 16)
	c.block(&out, steps)
	out.align()
	sum := bits.ReverseBytes32(adler32.Checksum(src))
	out.bits(int(sum&0xFFFF), 16)
	out.bits(int(sum>>16), 16)
	if out.full {
		return 0
	}
	return out.n
}

// match divides src into literals and matches. A match is passed over where a
// longer one begins one byte later.
func (c *Coder) match(src []byte) []step {
	clear(c.last[:])
	n := 0
	var found match
	for at := 0; at < len(src); {
		if found.length == 0 {
			found = c.longestAt(src, at)
		}
		m := found
		found = match{}
		if m.length >= shortest && m.length < enough {
			if found = c.longestAt(src, at+1); found.length > m.length {
				m.length = 0
			}
		}
		if m.length < shortest {
			c.steps[n] = step{distance: uint16(src[at])}
			n++
			at++
			continue
		}
		c.steps[n] = step{uint16(m.length), uint16(m.distance)}
		n++
		// The place itself is known already, and the next one if it was tried.
		tried := at + 1
		if m.length < enough {
			tried++
		}
		at += m.length
		for ; tried < at; tried++ {
			c.learn(src, tried)
		}
		found = match{}
	}
	return c.steps[:n]
}

type match struct{ length, distance int }

// longestAt looks for the longest earlier copy of what stands at a place, the
// nearest of several, and remembers the place.
func (c *Coder) longestAt(src []byte, at int) (best match) {
	room := min(longest, len(src)-at)
	place := c.learn(src, at)
	for range tries {
		if place == 0 || best.length == room {
			break
		}
		from := place - 1
		if n := best.length; src[from+n] == src[at+n] {
			n = 0
			for n < room && src[from+n] == src[at+n] {
				n++
			}
			if n >= shortest && n > best.length {
				best = match{n, at - from}
			}
		}
		place = int(c.before[place])
	}
	return best
}

// learn remembers a place and gives the earlier one with its hash, counted from 1.
func (c *Coder) learn(src []byte, at int) int {
	if at+shortest > len(src) {
		return 0
	}
	v := uint32(src[at])<<8 | uint32(src[at+1])<<16 | uint32(src[at+2])<<24
	last := &c.last[v*0x9E3779B1>>(32-hashBits)]
	place := *last
	c.before[at+1] = place
	*last = uint16(at + 1)
	return int(place)
}

// writer puts bits into dst, from the lowest of each byte on, until it is full.
type writer struct {
	dst  []byte
	n    int
	acc  uint64
	have uint
	full bool
}

// bits puts the lower width bits of v, at most 16.
func (w *writer) bits(v int, width uint) {
	w.acc |= uint64(v) << w.have
	w.have += width
	for ; w.have >= 8; w.have -= 8 {
		if w.n == len(w.dst) {
			w.full = true
			w.acc, w.have = 0, 0
			return
		}
		w.dst[w.n] = byte(w.acc)
		w.n++
		w.acc >>= 8
	}
}

// align fills the last byte up.
func (w *writer) align() { w.bits(0, -w.have&7) }
