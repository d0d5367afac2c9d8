package rangecoder

// decoder holds the registers of the range coder while it reads src.
type decoder struct {
	low, width uint32 // the interval [low, low+width)
	code       uint32 // the four input bytes at the place of low
	src        []byte
	n          int // bytes of src taken into code
}

// Decompress writes the bytes that src was compressed from to dst and returns
// their number. It writes at most len(dst) bytes. The result is 0 if src is empty
// or corrupt, if it decodes to nothing, or if the output would exceed dst; dst
// then holds no useful bytes. The format has no check sum: damage can also decode
// to other bytes. dst and src must not overlap.
func (c *Coder) Decompress(dst, src []byte) int {
	if len(src) == 0 {
		return 0
	}
	d := c.begin(src)
	for n := 0; ; n++ {
		v, st := c.decodeByte(&d)
		switch {
		case st == atEnd:
			return n
		case st == corrupt || n >= len(dst):
			return 0
		}
		dst[n] = v
	}
}

// Prefix writes only the first len(dst) bytes that src was compressed from. It
// is a look that costs little, before Decompress does all the work. False means
// that there are not as many bytes.
func (c *Coder) Prefix(dst, src []byte) bool {
	d := c.begin(src)
	for n := range dst {
		v, st := c.decodeByte(&d)
		if st != decoded {
			return false
		}
		dst[n] = v
	}
	return true
}

// begin starts to read src with an empty model.
func (c *Coder) begin(src []byte) decoder {
	c.reset()
	d := decoder{width: 1<<32 - 1, src: src}
	for range 4 {
		d.shift()
	}
	return d
}

// status is the outcome of decodeByte.
type status uint8

const (
	decoded status = iota
	atEnd
	corrupt
)

// decodeByte decodes one byte and updates the model as the encoder did.
func (c *Coder) decodeByte(d *decoder) (v byte, st status) {
	var found uint16
	i := c.cur
	for ; i != root; i = c.at(i).parent {
		ctx := c.at(i)
		esc, total := uint32(ctx.esc), uint32(ctx.total)
		if esc == 0 {
			continue // the encoder writes no escape in an empty context
		}
		q := d.quotient(total)
		if q < esc {
			d.take(0, esc)
			continue
		}
		if q >= total {
			return 0, corrupt
		}
		s, low, count := c.find(ctx, q-esc, subStep, 0)
		if s == none {
			return 0, corrupt
		}
		d.take(esc+low, count)
		c.bump(ctx, subStep, count, subLimit, 0)
		found = s
		break
	}
	if found == none {
		ctx := c.at(root)
		esc, total := uint32(ctx.esc), uint32(ctx.total)
		q := d.quotient(total)
		if q < esc {
			return 0, atEnd
		}
		if q >= total {
			return 0, corrupt
		}
		s, low, count := c.find(ctx, q-esc, rootStep, rootFloor)
		d.take(esc+low, count)
		c.bump(ctx, rootStep, count, rootLimit, rootFloor)
		found = s
	}
	v = c.at(found).value
	if i != c.cur {
		found = c.teach(v, i, found)
	}
	c.advance(found)
	return v, decoded
}

// teach adds v to the contexts that escaped, from cur up to but not including
// end, the context that coded v as the node found. It returns the node of v in
// the longest context.
func (c *Coder) teach(v byte, end, found uint16) (first uint16) {
	var prev uint16
	for i := c.cur; i != end; i = c.at(i).parent {
		ctx := c.at(i)
		s, _, count := c.touch(ctx, v, subStep, 0)
		if first == none {
			first = s
		}
		c.link(prev, s)
		prev = s
		if count == 0 { // always so, unless a corrupt stream escaped a known byte
			ctx.esc += subEscStep
			ctx.total += subEscStep
		}
		c.bump(ctx, subStep, count, subLimit, 0)
	}
	c.link(prev, found)
	if first == none {
		first = found
	}
	return first
}

// find is touch for a decoder: it picks the byte by position instead of by
// value. q is the position in ctx without the escape weight and is less than the
// sum of all counts. s is none if no byte is there, which in a consistent model
// does not happen.
func (c *Coder) find(ctx *node, q uint32, step byte, floor uint32) (s uint16, low, count uint32) {
	// In the root, q lies either in the interval of a node or in a gap of unseen
	// bytes, each of width rootFloor = 1. value is the byte at q on the
	// assumption that the last node passed is the edge of that gap.
	value := q
	link := &ctx.tree
	depth := 0
	for ; *link != none; depth++ {
		n := c.at(*link)
		// The interval of n is [start, after).
		after := low + uint32(n.under) + (uint32(n.value)+1)*floor
		start := after - uint32(n.count) - floor
		switch {
		case q >= after:
			low += uint32(n.under)
			value = uint32(n.value) + 1 + (q - after)
			link = &n.right
		case q < start:
			n.under += uint16(step)
			value = uint32(n.value) - (start - q)
			link = &n.left
		default:
			count = uint32(n.count) + floor
			n.under += uint16(step)
			n.count += step
			return *link, start, count
		}
	}
	if floor == 0 {
		return none, 0, 0
	}
	return c.insert(ctx, link, depth, byte(value), step), q, floor
}

// quotient divides the width by total and returns the position of code in units
// of the new width. It is less than total in every valid stream.
func (d *decoder) quotient(total uint32) uint32 {
	d.width /= total
	return (d.code - d.low) / d.width
}

// take narrows the interval to [under, under+count) of the last total and reads
// one input byte for each byte the encoder wrote at this point.
func (d *decoder) take(under, count uint32) {
	low := d.low + under*d.width
	width := d.width * count
	for {
		if low^(low+width) >= top {
			if width >= bottom {
				d.low, d.width = low, width
				return
			}
			width = -low & (bottom - 1) // as in the encoder
		}
		d.shift()
		low <<= 8
		width <<= 8
	}
}

// shift moves the next input byte into code, or 0 after the end.
func (d *decoder) shift() {
	d.code <<= 8
	if d.n < len(d.src) {
		d.code |= uint32(d.src[d.n])
		d.n++
	}
}
