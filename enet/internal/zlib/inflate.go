package zlib

import (
	"encoding/binary"
	"hash/adler32"
)

// maxBlocks bounds the blocks of a stream. Encoders make one for a datagram; some
// end with an empty one.
const maxBlocks = 8

// Decompress writes what src was compressed from to dst and returns its length. It
// is 0 if src is damaged, has more than 8 blocks, or its content is longer than
// dst; dst then holds no useful bytes. dst and src must not overlap.
func (c *Coder) Decompress(dst, src []byte) int {
	if len(src) < 2+trailer || !rightHeader(binary.BigEndian.Uint16(src)) {
		return 0
	}
	in := reader{src: src[2:]}
	n := 0
	for block := 0; ; block++ {
		if block == maxBlocks {
			return 0
		}
		last := in.bits(1)
		var ok bool
		switch in.bits(2) {
		case stored:
			n, ok = in.stored(dst, n)
		case fixed:
			n, ok = in.matches(dst, n, fixedCode, fixedDistanceCode)
		case dynamic:
			if ok = c.readCodes(&in); ok {
				n, ok = in.matches(dst, n, &c.literals, &c.distances)
			}
		}
		if !ok || in.short {
			return 0
		}
		if last == 1 {
			break
		}
	}
	if !in.ends(adler32.Checksum(dst[:n])) {
		return 0
	}
	return n
}

// rightHeader says whether a stream begins so: method 8, a window that there is, no
// dictionary, and a multiple of 31. RFC 1950 §2.2.
func rightHeader(h uint16) bool {
	return h>>8&15 == 8 && h>>12 <= 7 && h&0x20 == 0 && h%31 == 0
}

// reader takes bits from src, the lowest of each byte first.
type reader struct {
	src   []byte
	acc   uint64
	have  uint // bits in acc
	short bool // more was asked for than there is
}

// fill sees to it that there are at least 48 bits, or all that are left.
func (r *reader) fill() {
	for r.have < 56 && len(r.src) > 0 {
		r.acc |= uint64(r.src[0]) << r.have
		r.src = r.src[1:]
		r.have += 8
	}
}

// drop takes n bits away.
func (r *reader) drop(n uint) {
	if n > r.have {
		r.short = true
		n = r.have
	}
	r.acc >>= n
	r.have -= n
}

// bits takes up to 15 bits as a number.
func (r *reader) bits(n uint) int {
	r.fill()
	v := int(r.acc & (1<<n - 1))
	r.drop(n)
	return v
}

// ends says whether the four bytes of a check sum follow, and nothing else.
func (r *reader) ends(sum uint32) bool {
	r.align()
	got := uint32(0)
	for range trailer {
		got = got<<8 | uint32(r.bits(8))
	}
	return got == sum && !r.short && r.have == 0 && len(r.src) == 0
}

// align goes on to the next whole byte.
func (r *reader) align() { r.drop(r.have & 7) }

// stored copies a block that is not compressed.
func (r *reader) stored(dst []byte, n int) (int, bool) {
	r.align()
	size, inverse := r.bits(8)|r.bits(8)<<8, r.bits(8)|r.bits(8)<<8
	if r.short || size^inverse != 0xFFFF || size > len(dst)-n {
		return n, false
	}
	for ; size > 0 && r.have > 0; size-- {
		dst[n] = byte(r.acc)
		r.drop(8)
		n++
	}
	if size > len(r.src) {
		return n, false
	}
	n += copy(dst[n:], r.src[:size])
	r.src = r.src[size:]
	return n, true
}

// matches decodes a block that is compressed.
func (r *reader) matches(dst []byte, n int, literals, distances *decoder) (int, bool) {
	for !r.short {
		r.fill()
		symbol, width := literals.find(r.acc)
		r.drop(width)
		switch {
		case width == 0:
			return n, false
		case symbol < endOfBlock:
			if n == len(dst) {
				return n, false
			}
			dst[n] = byte(symbol)
			n++
			continue
		case symbol == endOfBlock:
			return n, true
		case symbol >= literalN:
			return n, false
		}
		// A length and its bits are at most 20 bits, a distance and its bits 28:
		// together not more than fill has seen to.
		s := lengthSpans[symbol-endOfBlock-1]
		length := int(s.first) + int(r.acc&(1<<s.width-1))
		r.drop(uint(s.width))
		symbol, width = distances.find(r.acc)
		r.drop(width)
		if width == 0 || symbol >= distanceN {
			return n, false
		}
		s = distanceSpans[symbol]
		distance := int(s.first) + int(r.acc&(1<<s.width-1))
		r.drop(uint(s.width))
		if distance > n || length > len(dst)-n {
			return n, false
		}
		from := n - distance
		for end := n + length; n < end; {
			n += copy(dst[n:end], dst[from:n])
		}
	}
	return n, false
}

// readCodes reads the two codes in front of a dynamic block. RFC 1951 §3.2.7.
func (c *Coder) readCodes(r *reader) bool {
	literals, distances, widths := 257+r.bits(5), 1+r.bits(5), 4+r.bits(4)
	if literals > literalN || distances > distanceN {
		return false
	}
	var lengths [lengthN]uint8
	for _, symbol := range lengthOrder[:widths] {
		lengths[symbol] = uint8(r.bits(3))
	}
	if !c.literals.build(lengths[:]) {
		return false
	}
	var all [literalN + distanceN]uint8
	for at := 0; at < literals+distances; {
		r.fill()
		symbol, width := c.literals.find(r.acc)
		r.drop(width)
		if width == 0 || r.short {
			return false
		}
		if symbol < repeatLast {
			all[at] = uint8(symbol)
			at++
			continue
		}
		var value uint8
		var times int
		switch symbol {
		case repeatLast:
			if at == 0 {
				return false
			}
			value, times = all[at-1], 3+r.bits(2)
		case repeatZero:
			times = 3 + r.bits(3)
		case repeatZeros:
			times = 11 + r.bits(7)
		}
		if times > literals+distances-at {
			return false
		}
		for range times {
			all[at] = value
			at++
		}
	}
	return all[endOfBlock] != 0 && c.literals.build(all[:literals]) && c.distances.build(all[literals:literals+distances])
}

var fixedCode, fixedDistanceCode = func() (l, d *decoder) {
	l, d = new(decoder), new(decoder)
	l.build(fixedLengths[:])
	d.build(fixedDistances[:])
	return l, d
}()
