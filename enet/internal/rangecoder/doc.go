// Package rangecoder is ENet's built-in datagram compressor: an adaptive range
// coder driven by an order-2 context model with escapes (the PPM family). Its
// output is bit-exact with libenet 1.3.13 and later.
//
// A context is the run of at most two bytes before the current one. A byte is
// coded in the longest context that has seen it. Every longer context codes an
// escape first. The root, the empty context, knows all 256 bytes, so the search
// always ends there. The escape of the root means end of stream.
//
// Every datagram starts from an empty model, and nothing carries over to the
// next one. There is no length field and no end marker. The encoder drops
// trailing zero bytes, the decoder reads zeros past the end, and those zeros
// select the escape in every context down to the root.
//
// A host keeps one Coder and compresses the command area of a datagram (without
// header and checksum) with the length of that area as limit:
//
//	var c rangecoder.Coder
//	n := c.Compress(buf[:len(area)], area)
//	if n > 0 && n < len(area) {
//		// send buf[:n] and set the compressed flag
//	}
//
// On receipt the length of dst is the only bound on the work. A 13-byte datagram
// can decode to 4092 bytes, so pass a short dst where a short answer is expected:
//
//	n := c.Decompress(buf[:limit], compressed)
//	if n == 0 {
//		// drop the datagram
//	}
package rangecoder

// Coder registers. All are 32 bits wide and wrap.
const (
	top    = 1 << 24 // below this, the top byte of low is settled
	bottom = 1 << 16 // the range is at least this before each symbol
)

// Counts of the context model.
const (
	rootStep  = 3 // added to a byte in the root
	rootFloor = 1 // what each of the 256 bytes counts in the root when unseen
	rootEsc   = 1 // escape weight of the root, constant in effect: 1 halves to 1
	rootLimit = 250

	subStep    = 2 // added to a byte in a longer context
	subEscStep = 5 // added to the escape weight for a byte new to the context
	subLimit   = 251

	// A context is halved when the count of a byte was above its limit before
	// the step was added, or when the total is above totalLimit after it.
	// So a stored count ends at 255 at most, and a total never passes
	// totalLimit + subEscStep + subStep, which is less than bottom.
	totalLimit = 1<<16 - 256
)

// Size of the model.
const (
	maxOrder = 2 // bytes of the longest context

	// A byte adds at most one node in each of maxOrder+1 contexts. It starts
	// with at most resetAt-1 nodes in use, so it ends with at most
	// resetAt-1+maxOrder+1 = nodeCount.
	nodeCount = 4096
	nodeMask  = nodeCount - 1
	resetAt   = nodeCount - maxOrder
)
