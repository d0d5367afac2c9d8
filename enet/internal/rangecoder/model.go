package rangecoder

// Coder compresses and decompresses datagrams. The zero value is ready for use.
// A Coder holds 64 KiB of working memory and no state between calls. It is not
// safe for concurrent use. Calls do not allocate.
type Coder struct {
	nodes [nodeCount]node // nodes[root] is the empty context
	used  uint16          // nodes in use, root included
	cur   uint16          // context in which the next byte starts
	order uint8           // bytes of context behind cur
}

// node is a byte in the frequency tree of one context, and at the same time the
// context that ends in that byte. Links are indices into Coder.nodes.
//
// The tree is a binary search tree on value, see tree.go.
type node struct {
	value byte
	count uint8  // of value in the owner context, without rootFloor
	under uint16 // count plus the counts of the left subtree
	left  uint16
	right uint16

	tree   uint16 // bytes seen in this context
	esc    uint16 // escape weight; 0 only while tree is empty
	total  uint16 // esc plus all counts of tree, plus 256*rootFloor in the root
	parent uint16 // context one byte shorter
}

// root is index 0. No link to a child ever points at the root, so 0 in left,
// right and tree means none. In parent it means the root itself, which is what
// a new node starts with.
const (
	root = 0
	none = 0
)

// at masks the index to spare the bounds check. See nodeCount for why the mask
// never changes an index.
func (c *Coder) at(i uint16) *node { return &c.nodes[i&nodeMask] }

// reset empties the model. Nodes are written when they are taken, so the table
// need not be cleared.
func (c *Coder) reset() {
	c.nodes[root] = node{esc: rootEsc, total: rootEsc + 256*rootFloor}
	c.used = 1
	c.cur = root
	c.order = 0
}

func (c *Coder) newNode(value byte, count uint8) uint16 {
	i := c.used
	c.used++
	*c.at(i) = node{value: value, count: count, under: uint16(count)}
	return i
}

// advance makes the node of the byte just coded, as found in the longest
// context, the context of the next byte. It drops the oldest byte of a full
// context.
func (c *Coder) advance(first uint16) {
	c.cur = first
	if c.order >= maxOrder {
		c.cur = c.at(first).parent
	} else {
		c.order++
	}
	if c.used >= resetAt {
		c.reset()
	}
}

// link records s as the shorter-context twin of prev, the node of the same byte
// one context up. prev is none for the first context visited.
func (c *Coder) link(prev, s uint16) {
	if prev != none {
		c.at(prev).parent = s
	}
}

// bump accounts for step in the total of ctx. count is the count of the byte
// before the step, floor included.
func (c *Coder) bump(ctx *node, step uint16, count, limit, floor uint32) {
	ctx.total += step
	if count > limit || ctx.total > totalLimit {
		c.rescale(ctx, floor)
	}
}

// rescale halves all weights of ctx, rounding up so that none becomes 0.
func (c *Coder) rescale(ctx *node, floor uint32) {
	sum := c.halve(ctx.tree)
	ctx.esc -= ctx.esc >> 1
	ctx.total = sum + ctx.esc + uint16(256*floor)
}
