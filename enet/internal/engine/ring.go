package engine

// ring is a first-in first-out queue in one slice that grows by doubling.
type ring[T any] struct {
	buf  []T // length is a power of two, or zero
	head int
	n    int
	peak int // most elements since shrink last found it empty
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
	r.peak = max(r.peak, r.n)
	return p
}

// pop drops the front element and forgets what it points to.
func (r *ring[T]) pop() {
	var zero T
	r.buf[r.head] = zero
	r.head = (r.head + 1) & (len(r.buf) - 1)
	r.n--
}

// An empty ring keeps a capacity of ringKeep elements in any case, and up to
// hostRing or peerRing as long as more than a quarter of it is used each time:
// growing anew would cost several allocations.
const (
	ringKeep = 64
	peerRing = 512
	hostRing = 8192
)

// shrink gives a burst's memory back once the ring is empty. steady is what
// may be kept for the next one.
func (r *ring[T]) shrink(steady int) {
	size := len(r.buf)
	if r.n > 0 || r.peak == 0 || size <= ringKeep {
		return
	}
	if size > steady || r.peak <= size/4 {
		r.buf, r.head = nil, 0
	}
	r.peak = 0
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
