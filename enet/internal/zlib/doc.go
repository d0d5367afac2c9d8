// Package zlib is the zlib format (RFC 1950, RFC 1951) for datagrams: each is one
// complete stream.
//
// The standard library has the format too. It is not used for three reasons. Its
// encoder ends a stream with an empty block of its own, 5 bytes, by which the 48
// bytes of ENet's CONNECT become 49 instead of 41; and an answer that is not
// compressed would be longer than the CONNECT that it answers. It clears 640 kB
// of tables before each datagram. Its decoder builds tables for as many blocks as
// a datagram can hold, and allocates for some of them.
//
// So two bounds hold here that the format does not have: a stream has at most
// maxBlocks blocks, which keeps the time for one datagram in bounds, and nothing
// follows it.
package zlib

// The format.
const (
	shortest   = 3   // bytes of the shortest match
	longest    = 258 // and of the longest
	endOfBlock = 256
	literalN   = 286 // literals, the end and lengths that can be used
	distanceN  = 30  // distances that can be used
	lengthN    = 19  // symbols of the code in which code lengths are written
	maxBits    = 15  // of a code
	trailer    = 4   // bytes of the check sum
)

// Kinds of blocks.
const (
	stored = iota
	fixed
	dynamic
)

// lengthOrder is the order in which the code for code lengths is sent. RFC 1951
// §3.2.7.
var lengthOrder = [lengthN]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// Symbols of that code which stand for repetitions.
const (
	repeatLast  = 16 // 3 to 6 times, 2 bits
	repeatZero  = 17 // 3 to 10 times, 3 bits
	repeatZeros = 18 // 11 to 138 times, 7 bits
)

// fixedLengths are the code lengths of fixed blocks. RFC 1951 §3.2.6. Two literals
// and two distances have codes and are never used.
var fixedLengths, fixedDistances = func() (l [288]uint8, d [32]uint8) {
	for i := range l {
		switch {
		case i < 144:
			l[i] = 8
		case i < 256:
			l[i] = 9
		case i < 280:
			l[i] = 7
		default:
			l[i] = 8
		}
	}
	for i := range d {
		d[i] = 5
	}
	return l, d
}()
