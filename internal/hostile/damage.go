package hostile

import (
	"encoding/binary"
	"math/rand/v2"
)

// Damager makes damaged copies of valid messages. The same seed and messages
// give the same copies.
type Damager struct {
	rnd   *rand.Rand
	valid [][]byte
	most  int
	buf   []byte
}

// NewDamager makes a Damager of messages, of which there must be at least one.
// No copy is longer than most bytes.
func NewDamager(seed uint64, most int, valid [][]byte) *Damager {
	return &Damager{rnd: rand.New(rand.NewPCG(seed, 0xDA11A6E)), valid: valid, most: most}
}

// Next gives a copy of any of the messages, damaged in one to four ways. It is
// valid until the next call.
func (d *Damager) Next() []byte { return d.Damage(d.valid[d.rnd.IntN(len(d.valid))]) }

// Damage gives a damaged copy of a message, valid until the next call.
func (d *Damager) Damage(b []byte) []byte {
	d.buf = append(d.buf[:0], b...)
	for range 1 + d.rnd.IntN(4) {
		d.hurt()
	}
	d.buf = d.buf[:min(len(d.buf), d.most)]
	return d.buf
}

// edges are numbers at which lengths, counts and sequence numbers turn over.
var edges = [...]uint64{0, 1, 2, 0x7F, 0x80, 0xFE, 0xFF, 0x100, 0x0FFF, 0x1000, 0x7FFF, 0x8000, 0xFFFF, 0x10000,
	0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF, 0x7FFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF}

// hurt changes the copy in one way.
func (d *Damager) hurt() {
	n := len(d.buf)
	if n == 0 {
		d.insert(0, d.rnd.IntN(9))
		return
	}
	i := d.rnd.IntN(n)
	switch d.rnd.IntN(10) {
	case 0, 1: // flip
		d.buf[i] ^= 1 << d.rnd.IntN(8)
	case 2:
		d.buf[i] = byte(d.rnd.Uint32())
	case 3: // a number at its edge, of any width in either order
		var b [8]byte
		v := edges[d.rnd.IntN(len(edges))]
		width := 1 << d.rnd.IntN(4)
		if d.rnd.IntN(2) == 0 {
			binary.LittleEndian.PutUint64(b[:], v)
		} else {
			binary.BigEndian.PutUint64(b[:], v<<(64-8*width))
		}
		copy(d.buf[i:], b[:width])
	case 4: // a number a little off
		d.buf[i] += byte(d.rnd.IntN(9) - 4)
	case 5: // cut off
		d.buf = d.buf[:i]
	case 6: // cut out
		j := min(n, i+1+d.rnd.IntN(16))
		d.buf = append(d.buf[:i], d.buf[j:]...)
	case 7: // put in
		d.insert(i, 1+d.rnd.IntN(8))
	case 8: // twice
		j := min(n, i+1+d.rnd.IntN(64))
		d.buf = append(d.buf, d.buf[i:j]...)
	case 9: // splice: the end of another message behind the start of this one
		other := d.valid[d.rnd.IntN(len(d.valid))]
		if len(other) > 0 {
			d.buf = append(d.buf[:i], other[d.rnd.IntN(len(other)):]...)
		}
	}
}

// insert puts any bytes in at a place.
func (d *Damager) insert(at, n int) {
	var any [8]byte
	binary.LittleEndian.PutUint64(any[:], d.rnd.Uint64())
	n = min(n, len(any))
	d.buf = append(d.buf, any[:n]...)
	copy(d.buf[at+n:], d.buf[at:])
	copy(d.buf[at:], any[:n])
}
