package zlib

import "slices"

// tree finds the lengths of the best prefix code, by Huffman's method: the two
// rarest nodes become one, until one is left.
type tree struct {
	leaves [literalN]uint32     // frequency<<16 | symbol
	parent [2 * literalN]uint16 // of leaves in their order, then of nodes
	weight [2 * literalN]uint32
	depth  [2 * literalN]uint8
}

// lengths sets the code length of each symbol, at most most, 0 for those that do
// not occur. A symbol alone gets 1.
func (t *tree) lengths(lengths []uint8, times []uint16, most uint8) {
	n := 0
	for symbol, f := range times {
		lengths[symbol] = 0
		if f > 0 {
			t.leaves[n] = uint32(f)<<16 | uint32(symbol)
			n++
		}
	}
	leaves := t.leaves[:n]
	if n == 0 {
		return
	}
	if n == 1 {
		lengths[leaves[0]&0xFFFF] = 1
		return
	}
	slices.Sort(leaves)
	for t.grow(leaves) > most {
		// Frequencies that are nearer to each other make a flatter tree. They
		// keep their order.
		for i, l := range leaves {
			leaves[i] = l&0xFFFF | (l>>17+1)<<16
		}
	}
	for i, l := range leaves {
		lengths[l&0xFFFF] = t.depth[i]
	}
}

// grow makes a tree of leaves in ascending order, and gives its depth. The nodes
// come into being in ascending order too.
func (t *tree) grow(leaves []uint32) (deepest uint8) {
	for i, l := range leaves {
		t.weight[i] = l >> 16
	}
	n := len(leaves)
	total := 2*n - 1
	leaf, node := 0, n // the lightest of each that has no parent
	for next := n; next < total; next++ {
		t.weight[next] = 0
		for range 2 {
			lightest := leaf
			if leaf == n || node < next && t.weight[node] < t.weight[leaf] {
				lightest = node
				node++
			} else {
				leaf++
			}
			t.weight[next] += t.weight[lightest]
			t.parent[lightest] = uint16(next)
		}
	}
	t.depth[total-1] = 0
	for i := total - 2; i >= 0; i-- {
		t.depth[i] = t.depth[t.parent[i]] + 1
		deepest = max(deepest, t.depth[i])
	}
	return deepest
}
