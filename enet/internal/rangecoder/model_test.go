package rangecoder

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// checkContext verifies the sums and the order of one frequency tree and returns
// the number of its nodes.
func checkContext(t *testing.T, c *Coder, i uint16, floor int) (members int) {
	t.Helper()
	var walk func(i uint16, low, high, depth int) int
	walk = func(i uint16, low, high, depth int) int {
		if i == none {
			return 0
		}
		if depth > maxDepth {
			t.Fatalf("node %d is at depth %d", i, depth)
		}
		n := c.at(i)
		members++
		if i >= c.used || n.count == 0 || int(n.value) < low || int(n.value) > high {
			t.Fatalf("node %d of %d: value %d outside %d..%d, count %d", i, c.used, n.value, low, high, n.count)
		}
		left := walk(n.left, low, int(n.value)-1, depth+1)
		if int(n.under) != left+int(n.count) {
			t.Fatalf("node %d: under %d, left subtree %d, count %d", i, n.under, left, n.count)
		}
		return int(n.under) + walk(n.right, int(n.value)+1, high, depth+1)
	}
	ctx := c.at(i)
	sum := walk(ctx.tree, 0, 255, 1)
	if want := sum + int(ctx.esc) + 256*floor; int(ctx.total) != want || want > totalLimit {
		t.Fatalf("context %d: total %d, parts add up to %d", i, ctx.total, want)
	}
	if (ctx.esc == 0) != (ctx.tree == none) && i != root {
		t.Fatalf("context %d: escape weight %d, tree %d", i, ctx.esc, ctx.tree)
	}
	return members
}

// checkModel verifies every context. Each node but the root is in one tree.
func checkModel(t *testing.T, c *Coder) {
	t.Helper()
	members := checkContext(t, c, root, rootFloor)
	for i := uint16(1); i < c.used; i++ {
		members += checkContext(t, c, i, 0)
	}
	if members != int(c.used)-1 {
		t.Fatalf("trees hold %d nodes, %d are in use", members, c.used)
	}
	depth := 0
	for i := c.cur; i != root; i = c.at(i).parent {
		depth++
	}
	if depth != int(c.order) || depth > maxOrder {
		t.Fatalf("context of %d bytes at order %d", depth, c.order)
	}
}

func TestModelStaysConsistent(t *testing.T) {
	var c Coder
	t.Run("while encoding", func(t *testing.T) {
		for k, shape := range shapes {
			r := rand.New(rand.NewPCG(3, uint64(k)))
			raw := make([]byte, 8000)
			shape.Fill(r, raw)
			c.reset()
			e := encoder{width: 1<<32 - 1, dst: make([]byte, roomy(len(raw)))}
			for i, v := range raw {
				if !c.encodeByte(&e, v) {
					t.Fatalf("shape %d: output full at byte %d", k, i)
				}
				if e.width < bottom || uint64(e.low)+uint64(e.width) > 1<<32 {
					t.Fatalf("shape %d, byte %d: low %#x, width %#x", k, i, e.low, e.width)
				}
				if i%199 == 0 || i > 7980 {
					checkModel(t, &c)
				}
			}
		}
	})
	t.Run("while decoding foreign bytes", func(t *testing.T) {
		for k := range uint64(200) {
			r := rand.New(rand.NewPCG(4, k))
			stream := make([]byte, 1+r.IntN(400))
			shapes[r.IntN(len(shapes))].Fill(r, stream)
			c.reset()
			d := decoder{width: 1<<32 - 1, src: stream}
			for i := 0; i < 8000; i++ {
				if _, st := c.decodeByte(&d); st != decoded {
					break
				}
				if d.width < bottom || uint64(d.low)+uint64(d.width) > 1<<32 {
					t.Fatalf("seed %d, byte %d: low %#x, width %#x", k, i, d.low, d.width)
				}
				if i%199 == 0 || i < 20 {
					checkModel(t, &c)
				}
			}
		}
	})
}

// One zero byte has the interval [1, 2) of 257 in the empty root. 0xFFFFFFFF/257
// is 0x00FF00FF, which is both low and the width. It takes no normalisation, and
// the flush writes all four bytes.
func TestOneZeroByteWorkedByHand(t *testing.T) {
	var c Coder
	want := []byte{0x00, 0xFF, 0x00, 0xFF}
	if got := compress(t, &c, []byte{0}, 4); !bytes.Equal(got, want) {
		t.Errorf("got %x, want %x", got, want)
	}
	if got := compress(t, &c, []byte{0}, 1); len(got) != 0 {
		t.Errorf("fits in one byte as %x", got)
	}
	if got := decompress(t, &c, want, 1); !bytes.Equal(got, []byte{0}) {
		t.Errorf("decompresses to %x", got)
	}
}

// worst returns a stream that decodes to raw and escapes from every longer
// context, known byte or not. No encoder does that. raw fills the root and the
// context of 255 in ascending order, then repeats 255: every byte makes the
// receiver search the two fullest trees for the last byte added.
func worst(size int) (stream, raw []byte) {
	for i := 0; len(raw) < size; i++ {
		switch {
		case i < 256:
			raw = append(raw, byte(i))
		case i < 512:
			raw = append(raw, 255, byte(i))
		default:
			raw = append(raw, 255)
		}
	}
	raw = raw[:size]

	var c Coder
	c.reset()
	e := encoder{width: 1<<32 - 1, dst: make([]byte, roomy(size))}
	for _, v := range raw {
		for i := c.cur; i != root; i = c.at(i).parent {
			if esc := uint32(c.at(i).esc); esc != 0 {
				e.put(0, esc, uint32(c.at(i).total))
			}
		}
		ctx := c.at(root)
		esc, total := uint32(ctx.esc), uint32(ctx.total)
		s, low, count := c.touch(ctx, v, rootStep, rootFloor)
		e.put(esc+low, count, total)
		c.bump(ctx, rootStep, count, rootLimit, rootFloor)
		c.advance(c.teach(v, root, s))
	}
	e.flush()
	return e.dst[:e.n], raw
}

func TestEscapeFromKnownBytes(t *testing.T) {
	var c Coder
	stream, raw := worst(4092)
	if got := decompress(t, &c, stream, len(raw)); !bytes.Equal(got, raw) {
		t.Errorf("%d bytes came back as %d different ones", len(raw), len(got))
	}
	checkModel(t, &c)
}

// The bounds stated at the constants keep the narrow fields and the table from
// overflowing.
func TestLimitsFitTheFields(t *testing.T) {
	if total := totalLimit + subEscStep + subStep; total >= bottom {
		t.Errorf("a total reaches %d, which does not fit in 16 bits", total)
	}
	if count := subLimit + subStep + subStep; count > 255 {
		t.Errorf("a count reaches %d in a longer context", count)
	}
	if count := rootLimit - rootFloor + rootStep + rootStep; count > 255 {
		t.Errorf("a count reaches %d in the root", count)
	}
	if used := resetAt - 1 + maxOrder + 1; used > nodeCount {
		t.Errorf("a byte can take the table to %d nodes of %d", used, nodeCount)
	}
}
