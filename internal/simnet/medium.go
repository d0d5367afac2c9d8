package simnet

import (
	"bytes"
	"fmt"
	"net/netip"
	"time"
)

// medium is what Net and Wire share: paths, datagrams under way, the trace.
// It has no clock; its owner tells the time with every call.
type medium struct {
	seed  uint64
	cond  Conditions
	paths map[pair]*path
	tasks timeline
	spare []*task

	ids   uint64
	hash  uint64
	stats Stats
	taps  []func(Event)
}

type pair struct{ from, to netip.AddrPort }

// flight is a datagram on its way.
type flight struct {
	from, to netip.AddrPort
	key      uint64 // of from and to
	sum      uint32 // of data
	forged   bool
	id       uint64
	sentAt   time.Duration
	data     []byte
}

func (m *medium) init(seed uint64, cond Conditions) {
	m.seed, m.cond, m.paths = seed, cond.checked(), map[pair]*path{}
}

// path returns the path between two addresses.
func (m *medium) path(from, to netip.AddrPort) *path {
	k := pair{canonical(from), canonical(to)}
	p := m.paths[k]
	if p == nil {
		p = &path{from: k.from, to: k.to, key: pathKey(k.from, k.to), cond: &m.cond}
		s := finish(fold(fold(0, m.seed), p.key))
		p.rng.Seed(s, finish(s+0x9E3779B97F4A7C15))
		m.paths[k] = p
	}
	return p
}

// send passes a datagram into a path.
func (m *medium) send(now time.Duration, p *path, data []byte) {
	m.ids++
	f := flight{from: p.from, to: p.to, key: p.key, sum: checksum(data), id: m.ids, sentAt: now, data: data}
	m.record(now, Sent, CauseNone, &f)
	v := p.judge(now, len(data))
	if v.cause != CauseNone {
		m.record(now, Lost, v.cause, &f)
		return
	}
	m.launch(v.at, &f)
	if v.copied {
		m.record(now, Duplicated, CauseNone, &f)
		m.launch(v.copyAt, &f)
	}
}

// inject puts a datagram under way beside the paths.
func (m *medium) inject(now time.Duration, from, to netip.AddrPort, data []byte, after time.Duration) {
	if after < 0 {
		panic(fmt.Sprintf("simnet: Inject after %v, which is in the past", after))
	}
	from, to = canonical(from), canonical(to)
	m.ids++
	f := flight{from: from, to: to, key: pathKey(from, to), sum: checksum(data), forged: true, id: m.ids, sentAt: now, data: data}
	m.record(now, Injected, CauseNone, &f)
	m.launch(now+after, &f)
}

// launch puts a copy of the flight on the timeline.
func (m *medium) launch(at time.Duration, f *flight) {
	var t *task
	if n := len(m.spare); n > 0 {
		t, m.spare = m.spare[n-1], m.spare[:n-1]
	} else {
		t = new(task)
	}
	buffer := t.data
	t.flight = *f
	t.data = append(buffer[:0], f.data...)
	m.stats.InFlight++
	m.tasks.put(at, t)
}

// arrive ends a flight that was taken off the timeline.
func (m *medium) arrive(now time.Duration, k Kind, c Cause, t *task) {
	m.stats.InFlight--
	m.record(now, k, c, &t.flight)
}

var poison = bytes.Repeat([]byte{0xDB}, 2048)

// recycle takes back the task and buffer of a datagram.
func (m *medium) recycle(t *task) {
	// A receiver that keeps the slice must not get away with it.
	for b := t.data; len(b) > 0; {
		b = b[copy(b, poison):]
	}
	m.spare = append(m.spare, t)
}

// record takes an event into totals, hash and taps.
func (m *medium) record(now time.Duration, k Kind, c Cause, f *flight) {
	m.stats.count(k, c, len(f.data))
	h := fold(m.hash, uint64(now))
	h = fold(h, f.key)
	h = fold(h, uint64(k)|uint64(c)<<8|uint64(len(f.data))<<16)
	m.hash = fold(h, uint64(f.sum))
	if len(m.taps) == 0 {
		return
	}
	e := Event{
		Time: now, Kind: k, Cause: c, From: f.from, To: f.to,
		ID: f.id, SentAt: f.sentAt, Forged: f.forged, Datagram: f.data,
	}
	for _, tap := range m.taps {
		tap(e)
	}
}

func (m *medium) setPath(from, to netip.AddrPort, cond Conditions) {
	own := cond.checked()
	m.path(from, to).cond = &own
}

func (m *medium) clearPath(from, to netip.AddrPort) {
	m.path(from, to).cond = &m.cond
}
