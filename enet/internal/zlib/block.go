package zlib

// code is a symbol's: its bits as they are sent, and their number.
type code struct {
	bits  uint16
	width uint8
}

// plan is how the symbols of a block are written.
type plan struct {
	literals  [288]code
	distances [32]code

	// For dynamic blocks, what goes in front.
	lengths [literalN + distanceN]uint8 // code lengths of literals and distances
	runs    [literalN + distanceN]run   // the same with repetitions
	widths  [lengthN]code               // the code in which runs are written

	// How many there are of each, up to the last one that occurs.
	literalUsed, distanceUsed, runUsed, widthUsed int
}

// run is a symbol of the code for code lengths, with its extra bits.
type run struct {
	symbol, extra uint8
	width         uint8
}

// usual is the plan of fixed blocks.
var usual = func() *plan {
	p := new(plan)
	assign(p.literals[:], fixedLengths[:])
	assign(p.distances[:], fixedDistances[:])
	return p
}()

// assign gives each symbol the code that follows from the lengths. RFC 1951 §3.2.2.
func assign(codes []code, lengths []uint8) {
	var count [maxBits + 2]uint16
	for _, n := range lengths {
		if n > 0 {
			count[n+1]++
		}
	}
	next := uint16(0)
	var first [maxBits + 1]uint16
	for n := 1; n <= maxBits; n++ {
		next = (next + count[n]) << 1
		first[n] = next
	}
	for i, n := range lengths {
		codes[i] = code{}
		if n > 0 {
			codes[i] = code{reversed(first[n], n), n}
			first[n]++
		}
	}
}

// worthPlanning is the number of steps from which on a dynamic block is tried. For
// fewer, telling the codes takes more than they save.
const worthPlanning = 24

// block writes the one block of a stream in the shorter of two ways.
func (c *Coder) block(w *writer, steps []step) {
	p, kind := usual, fixed
	if len(steps) >= worthPlanning {
		literals, distances := frequencies(steps)
		c.plan(&literals, &distances)
		if c.dense.size(&literals, &distances)+c.dense.head() < usual.size(&literals, &distances) {
			p, kind = &c.dense, dynamic
		}
	}
	w.bits(1|kind<<1, 3) // the last one
	if kind == dynamic {
		p.writeHead(w)
	}
	for _, s := range steps {
		if w.full {
			return
		}
		if s.length == 0 {
			l := p.literals[s.distance]
			w.bits(int(l.bits), uint(l.width))
			continue
		}
		symbol, extra, width := lengthSymbol(int(s.length))
		l := p.literals[symbol]
		w.bits(int(l.bits), uint(l.width))
		w.bits(extra, width)
		symbol, extra, width = distanceSymbol(int(s.distance))
		l = p.distances[symbol]
		w.bits(int(l.bits), uint(l.width))
		w.bits(extra, width)
	}
	l := p.literals[endOfBlock]
	w.bits(int(l.bits), uint(l.width))
}

// frequencies counts the symbols of a block.
func frequencies(steps []step) (literals [literalN]uint16, distances [distanceN]uint16) {
	literals[endOfBlock] = 1
	for _, s := range steps {
		if s.length == 0 {
			literals[s.distance]++
			continue
		}
		symbol, _, _ := lengthSymbol(int(s.length))
		literals[symbol]++
		symbol, _, _ = distanceSymbol(int(s.distance))
		distances[symbol]++
	}
	return literals, distances
}

// size gives the bits that the symbols take. Extra bits are the same in every plan.
func (p *plan) size(literals *[literalN]uint16, distances *[distanceN]uint16) (n int) {
	for i, times := range literals {
		n += int(times) * int(p.literals[i].width)
	}
	for i, times := range distances {
		n += int(times) * int(p.distances[i].width)
	}
	return n
}

// plan makes the codes for a block's symbols, and what a receiver must be told of
// them.
func (c *Coder) plan(literals *[literalN]uint16, distances *[distanceN]uint16) {
	p := &c.dense
	c.tree.lengths(p.lengths[:literalN], literals[:], maxBits)
	c.tree.lengths(p.lengths[literalN:], distances[:], maxBits)
	assign(p.literals[:literalN], p.lengths[:literalN])
	assign(p.distances[:distanceN], p.lengths[literalN:])
	p.literalUsed, p.distanceUsed = literalN, distanceN
	for p.lengths[p.literalUsed-1] == 0 {
		p.literalUsed-- // the end of the block has a code
	}
	for p.distanceUsed > 1 && p.lengths[literalN+p.distanceUsed-1] == 0 {
		p.distanceUsed--
	}
	copy(p.lengths[p.literalUsed:], p.lengths[literalN:literalN+p.distanceUsed])

	p.repeat(p.lengths[:p.literalUsed+p.distanceUsed])
	var times [lengthN]uint16
	for _, r := range p.runs[:p.runUsed] {
		times[r.symbol]++
	}
	var widths [lengthN]uint8
	c.tree.lengths(widths[:], times[:], 7)
	assign(p.widths[:], widths[:])
	p.widthUsed = lengthN
	for p.widthUsed > 4 && widths[lengthOrder[p.widthUsed-1]] == 0 {
		p.widthUsed--
	}
}

// repeat writes code lengths with symbols for repetitions. RFC 1951 §3.2.7.
func (p *plan) repeat(lengths []uint8) {
	p.runUsed = 0
	put := func(symbol, extra, width uint8) {
		p.runs[p.runUsed] = run{symbol, extra, width}
		p.runUsed++
	}
	for len(lengths) > 0 {
		v, n := lengths[0], 1
		for n < len(lengths) && lengths[n] == v {
			n++
		}
		lengths = lengths[n:]
		if v != 0 {
			put(v, 0, 0)
			n--
		}
		for n > 0 {
			var times int
			switch {
			case n < 3:
				times = 1
				put(v, 0, 0)
			case v != 0:
				times = min(n, 6)
				put(repeatLast, uint8(times-3), 2)
			case n <= 10:
				times = n
				put(repeatZero, uint8(times-3), 3)
			default:
				times = min(n, 138)
				put(repeatZeros, uint8(times-11), 7)
			}
			n -= times
		}
	}
}

// head gives the bits in front of a dynamic block.
func (p *plan) head() int {
	n := 5 + 5 + 4 + 3*p.widthUsed
	for _, r := range p.runs[:p.runUsed] {
		n += int(p.widths[r.symbol].width) + int(r.width)
	}
	return n
}

// writeHead writes them.
func (p *plan) writeHead(w *writer) {
	w.bits(p.literalUsed-257, 5)
	w.bits(p.distanceUsed-1, 5)
	w.bits(p.widthUsed-4, 4)
	for _, symbol := range lengthOrder[:p.widthUsed] {
		w.bits(int(p.widths[symbol].width), 3)
	}
	for _, r := range p.runs[:p.runUsed] {
		l := p.widths[r.symbol]
		w.bits(int(l.bits), uint(l.width))
		w.bits(int(r.extra), uint(r.width))
	}
}
