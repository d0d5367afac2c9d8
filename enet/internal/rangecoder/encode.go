package rangecoder

// encoder holds the registers of the range coder while it writes dst.
type encoder struct {
	low, width uint32 // the interval [low, low+width)
	dst        []byte
	n          int // bytes written
}

// Compress writes the compressed form of src to dst and returns its length. It
// writes at most len(dst) bytes. The result is 0 if src is empty or the
// compressed form does not fit; dst then holds no useful bytes. dst and src must
// not overlap.
func (c *Coder) Compress(dst, src []byte) int {
	if len(src) == 0 {
		return 0
	}
	c.reset()
	e := encoder{width: 1<<32 - 1, dst: dst}
	for _, v := range src {
		if !c.encodeByte(&e, v) {
			return 0
		}
	}
	if !e.flush() {
		return 0
	}
	return e.n
}

// encodeByte codes v in the longest context that knows it, with an escape in
// every longer one, and teaches v to all contexts visited. It reports whether
// the output fit.
func (c *Coder) encodeByte(e *encoder, v byte) bool {
	var first, prev uint16
	for i := c.cur; i != root; i = c.at(i).parent {
		ctx := c.at(i)
		s, low, count := c.touch(ctx, v, subStep, 0)
		if first == none {
			first = s
		}
		c.link(prev, s)
		prev = s
		esc, total := uint32(ctx.esc), uint32(ctx.total)
		if count > 0 {
			// s keeps its parent: the shorter contexts are not visited.
			c.bump(ctx, subStep, count, subLimit, 0)
			c.advance(first)
			return e.put(esc+low, count, total)
		}
		if esc != 0 && !e.put(0, esc, total) {
			return false
		}
		ctx.esc += subEscStep
		ctx.total += subEscStep
		c.bump(ctx, subStep, 0, subLimit, 0)
	}

	ctx := c.at(root)
	s, low, count := c.touch(ctx, v, rootStep, rootFloor)
	if first == none {
		first = s
	}
	c.link(prev, s)
	esc, total := uint32(ctx.esc), uint32(ctx.total)
	c.bump(ctx, rootStep, count, rootLimit, rootFloor)
	c.advance(first)
	return e.put(esc+low, count, total)
}

// put narrows the interval to [under, under+count) of total and writes the bytes
// that are settled. It reports whether they fit. total is below bottom and the
// width at least bottom, so the quotient is not 0.
func (e *encoder) put(under, count, total uint32) bool {
	width := e.width / total
	low := e.low + under*width
	width *= count
	for {
		if low^(low+width) >= top {
			if width >= bottom {
				e.low, e.width = low, width
				return true
			}
			// The interval is narrow but straddles a carry. Cut it at the
			// next multiple of bottom, so that the top byte is settled.
			width = -low & (bottom - 1)
		}
		if !e.emit(low) {
			return false
		}
		low <<= 8
		width <<= 8
	}
}

// flush writes low up to its last nonzero byte. The decoder supplies the zeros.
func (e *encoder) flush() bool {
	for low := e.low; low != 0; low <<= 8 {
		if !e.emit(low) {
			return false
		}
	}
	return true
}

// emit writes the top byte of low, or returns false if dst is full.
func (e *encoder) emit(low uint32) bool {
	if e.n >= len(e.dst) {
		return false
	}
	e.dst[e.n] = byte(low >> 24)
	e.n++
	return true
}
