package rangecoder

// The position of a byte in a context is the sum of the counts of all smaller
// bytes. It does not depend on the shape of the tree, and no order of nodes is on
// the wire. So the shape is free. New nodes go to the bottom, without rotation,
// which suits the short trees of real datagrams. Sorted input would make a list
// of 256 nodes; on a stream built for it, a receiver spends ten times as long as
// on noise. So a tree that gets deeper than maxDepth is rebuilt.

// maxDepth is the most nodes on a path. Bytes in random order stay below it, and
// a rebuilt tree of 256 has depth 9, so rebuilds are rare.
const maxDepth = 32

// touch adds step to value in ctx and returns its node. low and count are its
// interval before the update, without the escape weight. In a context other than
// the root (floor 0), count is 0 if value was new.
func (c *Coder) touch(ctx *node, value, step byte, floor uint32) (s uint16, low, count uint32) {
	low = uint32(value) * floor
	link := &ctx.tree
	depth := 0
	for ; *link != none; depth++ {
		n := c.at(*link)
		switch {
		case value < n.value:
			n.under += uint16(step)
			link = &n.left
		case value > n.value:
			low += uint32(n.under)
			link = &n.right
		default:
			low += uint32(n.under) - uint32(n.count)
			count = uint32(n.count) + floor
			n.under += uint16(step)
			n.count += step
			return *link, low, count
		}
	}
	return c.insert(ctx, link, depth, value, step), low, floor
}

// insert puts a new node at link, an empty place in the tree of ctx below depth
// nodes.
func (c *Coder) insert(ctx *node, link *uint16, depth int, value, count byte) uint16 {
	s := c.newNode(value, count)
	*link = s
	if depth >= maxDepth {
		var sorted [256]uint16 // a tree holds each byte at most once
		n := c.flatten(&sorted, 0, ctx.tree)
		ctx.tree, _ = c.build(sorted[:n])
	}
	return s
}

// flatten writes the nodes of a tree to sorted[n:] in order of value and returns
// the new n.
func (c *Coder) flatten(sorted *[256]uint16, n int, tree uint16) int {
	for i := tree; i != none; i = c.at(i).right {
		n = c.flatten(sorted, n, c.at(i).left)
		sorted[n] = i
		n++
	}
	return n
}

// build makes a balanced tree of sorted nodes and returns it with the sum of its
// counts.
func (c *Coder) build(sorted []uint16) (tree, sum uint16) {
	if len(sorted) == 0 {
		return none, 0
	}
	mid := len(sorted) / 2
	n := c.at(sorted[mid])
	var right uint16
	n.left, sum = c.build(sorted[:mid])
	n.under = sum + uint16(n.count)
	n.right, right = c.build(sorted[mid+1:])
	return sorted[mid], n.under + right
}

// halve halves the counts of a tree, rounding up, and returns their new sum. It
// recurses to the left only, at most maxDepth deep.
func (c *Coder) halve(tree uint16) (sum uint16) {
	for i := tree; i != none; {
		n := c.at(i)
		n.count -= n.count >> 1
		n.under = c.halve(n.left) + uint16(n.count)
		sum += n.under
		i = n.right
	}
	return sum
}
