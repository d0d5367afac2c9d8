package fastlz

import "encoding/binary"

// Coder compresses and decompresses. The zero value is ready to use; calls do
// not depend on each other.
type Coder struct {
	last [1 << hashBits]uint16 // where three bytes with this hash stood last, plus one
}

const hashBits = 12

// hash mixes three bytes, the lower ones of v.
func hash(v uint32) uint32 { return (v << 8) * 0x9E3779B1 >> (32 - hashBits) }

// Compress writes the compressed form of src to dst and returns its length. It is
// 0 if src is empty, longer than MaxInput, or the compressed form does not fit; dst
// then holds no useful bytes. dst and src must not overlap.
func (c *Coder) Compress(dst, src []byte) int {
	if len(src) == 0 || len(src) > MaxInput {
		return 0
	}
	var filled [smallest]byte
	if len(src) < smallest {
		copy(filled[:], src)
		src = filled[:]
	}
	clear(c.last[:])
	e := encoder{dst: dst, ok: true}
	begin := 0 // of the bytes that no match covers
	for at := 0; at+shortest <= len(src) && e.ok; {
		m := c.longestAt(src, at)
		if m.length < shortest {
			at++
			continue
		}
		e.literals(src[begin:at])
		e.match(m)
		// What is in a match can begin another one.
		for end := at + m.length; at < end; at++ {
			c.learn(src, at)
		}
		begin = at
	}
	e.literals(src[begin:])
	if !e.ok {
		return 0
	}
	return e.n
}

// longestAt looks for an earlier copy of what stands at a place, which has at least
// three bytes, and remembers the place.
func (c *Coder) longestAt(src []byte, at int) (m match) {
	before := c.learn(src, at)
	if before < 0 || at-before > window {
		return m
	}
	for m.length < min(longest, len(src)-at) && src[before+m.length] == src[at+m.length] {
		m.length++
	}
	m.distance = at - before
	return m
}

// learn remembers a place and gives the one that had its hash before, or -1.
func (c *Coder) learn(src []byte, at int) int {
	if at+shortest > len(src) {
		return -1
	}
	last := &c.last[hash(uint32(src[at])|uint32(src[at+1])<<8|uint32(src[at+2])<<16)]
	before := int(*last) - 1
	*last = uint16(at + 1)
	return before
}

// encoder writes tokens to dst until they do not fit.
type encoder struct {
	dst []byte
	n   int
	ok  bool
}

// room says whether n more bytes fit.
func (e *encoder) room(n int) bool {
	e.ok = e.ok && n <= len(e.dst)-e.n
	return e.ok
}

func (e *encoder) literals(b []byte) {
	for len(b) > 0 {
		n := min(len(b), literals)
		if !e.room(1 + n) {
			return
		}
		e.dst[e.n] = byte(n - 1)
		copy(e.dst[e.n+1:], b[:n])
		e.n += 1 + n
		b = b[n:]
	}
}

func (e *encoder) match(m match) {
	length, distance := m.length-(shortest-1), m.distance-1
	if length < extended {
		if e.room(2) {
			binary.BigEndian.PutUint16(e.dst[e.n:], uint16(length<<13|distance))
			e.n += 2
		}
		return
	}
	if e.room(3) {
		e.dst[e.n] = byte(extended<<5 | distance>>8)
		e.dst[e.n+1] = byte(length - extended)
		e.dst[e.n+2] = byte(distance)
		e.n += 3
	}
}
