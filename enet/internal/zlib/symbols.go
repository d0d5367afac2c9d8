package zlib

import "math/bits"

// A symbol for a length or a distance stands for a range of values: the first one,
// and a number of extra bits to add. RFC 1951 §3.2.5.

// lengthSymbol gives the symbol for a match's length, and its extra bits.
func lengthSymbol(length int) (symbol, extra int, width uint) {
	v := length - shortest
	switch {
	case length == longest:
		return literalN - 1, 0, 0
	case v < 8:
		return endOfBlock + 1 + v, 0, 0
	}
	width = uint(bits.Len(uint(v))) - 3
	return endOfBlock + 1 + int(width)*4 + v>>width, v & (1<<width - 1), width
}

// distanceSymbol is the same for a distance.
func distanceSymbol(distance int) (symbol, extra int, width uint) {
	v := distance - 1
	if v < 4 {
		return v, 0, 0
	}
	width = uint(bits.Len(uint(v))) - 2
	return int(width)*2 + v>>width, v & (1<<width - 1), width
}

// span is what a symbol stands for.
type span struct {
	first uint16
	width uint8 // extra bits
}

// lengthSpans are those from the symbol 257 on.
var lengthSpans = func() (s [literalN - endOfBlock - 1]span) {
	for length := longest; length >= shortest; length-- {
		symbol, _, width := lengthSymbol(length)
		s[symbol-endOfBlock-1] = span{uint16(length), uint8(width)}
	}
	return s
}()

var distanceSpans = func() (s [distanceN]span) {
	for distance := 1 << 15; distance > 0; distance-- {
		symbol, _, width := distanceSymbol(distance)
		s[symbol] = span{uint16(distance), uint8(width)}
	}
	return s
}()
