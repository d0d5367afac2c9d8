package zlib

import "math/bits"

// lookupBits are those by which most symbols are found in one step.
const lookupBits = 9

// decoder finds the symbols of a prefix code. Its codes are consecutive numbers:
// shorter ones first, and those of one length in the order of their symbols. RFC
// 1951 §3.2.2.
type decoder struct {
	lookup  [1 << lookupBits]uint16 // by the next bits: symbol<<4 | code length; 0 for a longer code
	limit   [maxBits + 1]uint32     // the first 15-bit number beyond the codes of a length, 0 if there are none
	offset  [maxBits + 1]int        // what to add to a code to have the place of its symbol
	symbols [288]uint16             // in the order of their codes
}

// build takes the lengths of all symbols' codes, 0 for those without. The code must
// be complete, except that one symbol alone has a code of one bit, and that there
// may be no symbol at all.
func (d *decoder) build(lengths []uint8) bool {
	var count [maxBits + 1]int
	for _, n := range lengths {
		count[n]++
	}
	used := len(lengths) - count[0]
	count[0] = 0
	clear(d.lookup[:])
	var next, place [maxBits + 1]int // the next code of a length, and where its symbol goes
	code, at := 0, 0
	for n := 1; n <= maxBits; n++ {
		code <<= 1
		next[n], place[n] = code, at
		d.offset[n] = at - code
		code += count[n]
		at += count[n]
		d.limit[n] = 0
		if count[n] > 0 {
			d.limit[n] = uint32(code) << (maxBits - n)
		}
	}
	if code != 1<<maxBits && !(used == 0 || used == 1 && count[1] == 1) {
		return false
	}
	for symbol, n := range lengths {
		if n == 0 {
			continue
		}
		d.symbols[place[n]] = uint16(symbol)
		if n <= lookupBits {
			entry := uint16(symbol)<<4 | uint16(n)
			for i := int(reversed(uint16(next[n]), n)); i < len(d.lookup); i += 1 << n {
				d.lookup[i] = entry
			}
		}
		place[n]++
		next[n]++
	}
	return true
}

// find reads a symbol from the next 15 bits, the first one in the lowest bit. The
// length is 0 if they begin no code.
func (d *decoder) find(next uint64) (symbol int, length uint) {
	if e := d.lookup[next&(1<<lookupBits-1)]; e != 0 {
		return int(e >> 4), uint(e & 15)
	}
	v := uint32(reversed(uint16(next&(1<<maxBits-1)), maxBits))
	for n := lookupBits + 1; n <= maxBits; n++ {
		if v < d.limit[n] {
			return int(d.symbols[int(v>>(maxBits-n))+d.offset[n]]), uint(n)
		}
	}
	return 0, 0
}

// reversed turns around the lower n bits of a code, which is sent from its highest
// bit on.
func reversed(code uint16, n uint8) uint16 { return bits.Reverse16(code) >> (16 - n) }
