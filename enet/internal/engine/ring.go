package engine

// ring is a first-in first-out queue in one slice that grows by doubling.
type ring[T any] struct {
	buf  []T // length is a power of two, or zero
	head int
	n    int
}

func (r *ring[T]) len() int { return r.n }

// at gives the i-th element from the front.
func (r *ring[T]) at(i int) *T { return &r.buf[(r.head+i)&(len(r.buf)-1)] }

// push appends v and gives its place, which is valid until the next push.
func (r *ring[T]) push(v T) *T {
	if r.n == len(r.buf) {
		r.grow()
	}
	p := &r.buf[(r.head+r.n)&(len(r.buf)-1)]
	*p = v
	r.n++
	return p
}

// pop drops the front element and forgets what it points to.
func (r *ring[T]) pop() {
	var zero T
	r.buf[r.head] = zero
	r.head = (r.head + 1) & (len(r.buf) - 1)
	r.n--
}

// ringKeep is the capacity that an empty ring keeps; a larger one that was
// needed for a burst is given back.
const ringKeep = 64

// shrink gives a burst's memory back once the ring is empty.
func (r *ring[T]) shrink() {
	if r.n == 0 && len(r.buf) > ringKeep {
		r.buf, r.head = nil, 0
	}
}

func (r *ring[T]) grow() {
	size := 2 * len(r.buf)
	if size == 0 {
		size = 2
	}
	buf := make([]T, size)
	k := copy(buf, r.buf[r.head:])
	copy(buf[k:], r.buf[:r.head])
	r.buf, r.head = buf, 0
}
