package engine

import (
	"encoding/binary"
	"math/bits"
	"net/netip"
	"time"

	"crosspeer/enet/internal/protocol"
)

// halfOpen is all that is kept of a stranger who sent CONNECT, until he has
// shown that he receives at his address. He shows it by echoing the slot, the
// session, the sequence number and the sent time of our VERIFY_CONNECT, which
// are drawn at random for him.
type halfOpen struct {
	addr      netip.AddrPort
	connect   protocol.Connect // what he asked for
	codec     Codec
	since     time.Duration // last sign of life
	answered  time.Duration // last VERIFY_CONNECT
	begun     time.Duration
	slot      uint16
	seq       uint16
	sentTime  uint16 // of the first VERIFY_CONNECT; each later one counts on
	inSession uint8
	session   uint8 // that we put into headers to him
	answers   uint8 // VERIFY_CONNECTs sent
	used      bool
	bytesIn   uint16 // received from the address, saturating
	bytesOut  uint16
}

const (
	// halfOpenLife is how long a record outlives the last sign of life, and
	// halfOpenTotal how long it can live in all.
	halfOpenLife  = 5 * time.Second
	halfOpenTotal = 30 * time.Second

	// halfOpenWays is the number of records among which one must be given up
	// when the table is full.
	halfOpenWays = 8

	// halfOpenAnswers bounds the VERIFY_CONNECTs sent for one record, and
	// halfOpenPause is the least time before one is sent without a CONNECT, to
	// a client whose completing acknowledgement was lost.
	halfOpenAnswers = 32
	halfOpenPause   = 250 * time.Millisecond

	// halfOpenSweep is the least time between two searches for old records.
	halfOpenSweep = time.Second

	// prefixSlots counts records per address prefix, by hash.
	prefixSlots = 4096
)

// halfOpenTable holds the records in groups of halfOpenWays. A keyed hash of
// the address picks the group, so nobody can aim at somebody else's record. A
// full group gives up the record that was begun first: a client completes his
// handshake within a round trip, and under a flood of forged CONNECTs the older
// records are theirs. The table starts empty and doubles up to its limit.
type halfOpenTable struct {
	records  []halfOpen
	limit    int
	n        int // records in use, expired ones included until they are swept
	swept    time.Duration
	key      [2]uint64
	prefixes *[prefixSlots]uint32
}

func (t *halfOpenTable) init(limit int, k0, k1 uint64) {
	groups := 1
	for groups*halfOpenWays < limit {
		groups *= 2
	}
	t.limit = groups * halfOpenWays
	t.key = [2]uint64{k0 | 1, k1 | 1}
}

// hash is a keyed mix of an address; it need not be cryptographic, since its
// results are never shown.
func (t *halfOpenTable) hash(ip netip.Addr, port uint16) uint64 {
	b := ip.As16()
	mix := func(a, b uint64) uint64 {
		hi, lo := bits.Mul64(a, b)
		return hi ^ lo
	}
	x := mix(binary.LittleEndian.Uint64(b[:8])^t.key[0], t.key[1])
	x = mix(binary.LittleEndian.Uint64(b[8:])^x, t.key[0])
	return mix(uint64(port)^x, t.key[1]^x)
}

// group gives the records among which an address' own must be.
func (t *halfOpenTable) group(addr netip.AddrPort) []halfOpen {
	if len(t.records) == 0 {
		return nil
	}
	groups := uint64(len(t.records) / halfOpenWays)
	g := t.hash(addr.Addr(), addr.Port()) & (groups - 1) * halfOpenWays
	return t.records[g : g+halfOpenWays]
}

// bySlot finds the record that gave addr a slot.
func (t *halfOpenTable) bySlot(addr netip.AddrPort, slot uint16) *halfOpen {
	g := t.group(addr)
	for i := range g {
		if r := &g[i]; r.used && r.slot == slot && r.addr == addr {
			return r
		}
	}
	return nil
}

// byConnect finds the record of a CONNECT that was sent again.
func (t *halfOpenTable) byConnect(addr netip.AddrPort, id [4]byte) *halfOpen {
	g := t.group(addr)
	for i := range g {
		if r := &g[i]; r.used && r.connect.ConnectID == id && r.addr == addr {
			return r
		}
	}
	return nil
}

// expired says whether the record is too old to be continued.
func (r *halfOpen) expired(now time.Duration) bool {
	return now-r.since >= halfOpenLife || now-r.begun >= halfOpenTotal
}

// expire drops the records that are too old, looking at most once a second.
func (t *halfOpenTable) expire(now time.Duration) {
	if t.records == nil || now-t.swept < halfOpenSweep {
		return
	}
	t.swept = now
	for i := range t.records {
		if r := &t.records[i]; r.used && r.expired(now) {
			t.remove(r)
		}
	}
	if t.n == 0 {
		t.records = nil // a flood is over
	}
}

// deadline is when old records are looked for next.
func (t *halfOpenTable) deadline() time.Duration {
	if t.records == nil {
		return never
	}
	return t.swept + halfOpenSweep
}

// add makes room for a record of addr. It returns nil when the address'
// prefix already holds more than its share of a table under pressure.
func (t *halfOpenTable) add(now time.Duration, addr netip.AddrPort) *halfOpen {
	if t.prefixes == nil {
		t.prefixes = new([prefixSlots]uint32)
	}
	count := t.prefix(addr)
	if t.n >= t.limit/2 && int(*count) >= max(halfOpenWays, t.limit/512) {
		return nil
	}
	if t.n >= len(t.records)/2 && len(t.records) < t.limit {
		t.grow()
	}
	r := t.free(addr)
	for r == nil && len(t.records) < t.limit { // some groups are full long before others
		t.grow()
		r = t.free(addr)
	}
	if r == nil {
		r = t.oldest(addr)
		t.remove(r)
	}
	*count++
	t.n++
	*r = halfOpen{addr: addr, used: true, begun: now}
	return r
}

// free is a record of addr's group that is not in use, nil if there is none.
func (t *halfOpenTable) free(addr netip.AddrPort) *halfOpen {
	g := t.group(addr)
	for i := range g {
		if !g[i].used {
			return &g[i]
		}
	}
	return nil
}

// oldest is the record of addr's group that began first.
func (t *halfOpenTable) oldest(addr netip.AddrPort) *halfOpen {
	g := t.group(addr)
	r := &g[0]
	for i := range g {
		if g[i].begun < r.begun {
			r = &g[i]
		}
	}
	return r
}

func (t *halfOpenTable) remove(r *halfOpen) {
	*t.prefix(r.addr)--
	t.n--
	*r = halfOpen{}
}

// grow doubles the table. Groups split, so everything finds room.
func (t *halfOpenTable) grow() {
	old := t.records
	t.records = make([]halfOpen, max(2*len(old), 16*halfOpenWays))
	for _, r := range old {
		if !r.used {
			continue
		}
		g := t.group(r.addr)
		for i := range g {
			if !g[i].used {
				g[i] = r
				break
			}
		}
	}
}

// prefix is the counter for an address' prefix: an IPv4 address, or the /64
// of an IPv6 one.
func (t *halfOpenTable) prefix(addr netip.AddrPort) *uint32 { return &t.prefixes[t.place(addr)] }

func (t *halfOpenTable) place(addr netip.AddrPort) uint64 {
	ip := addr.Addr()
	if ip.Is6() {
		p, _ := ip.WithZone("").Prefix(64)
		ip = p.Addr()
	}
	return t.hash(ip, 0) % prefixSlots
}

// usesSlot and count serve the predictable policy, in which a handshake takes
// a slot at once.
func (t *halfOpenTable) usesSlot(id uint16) bool {
	for i := range t.records {
		if t.records[i].used && t.records[i].slot == id {
			return true
		}
	}
	return false
}

func (t *halfOpenTable) count(ip netip.Addr) (n int) {
	for i := range t.records {
		if r := &t.records[i]; r.used && r.addr.Addr() == ip {
			n++
		}
	}
	return n
}
