package engine

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"math/rand/v2"
	"testing"
	"time"
)

// flow is what one side sends to the other in one mode on one channel, with
// the law that the mode must obey.
type flow struct {
	t        testing.TB
	from, to *node
	channel  uint8
	mode     mode
	sizes    []int

	sent []uint64 // hash of each packet
	next int      // lowest number that may arrive next
	seen map[uint64]bool
	got  int
	last time.Duration // of the last arrival
	kept []*Packet     // what was sent, a reference of our own to each
}

// mode is what Send was asked for; unreliable covers packets in one piece and
// in fragments, which have one order.
type mode uint8

const (
	modeReliable mode = iota
	modeUnreliable
	modeUnsequenced
)

func (m mode) flags() Flags {
	return [...]Flags{Reliable, UnreliableFragment, Unsequenced}[m]
}

func (m mode) String() string { return [...]string{"reliable", "unreliable", "unsequenced"}[m] }

// modeOf is the mode of a received packet.
func modeOf(f Flags) mode {
	switch f {
	case Reliable:
		return modeReliable
	case Unsequenced:
		return modeUnsequenced
	}
	return modeUnreliable
}

var contentSeed = maphash.MakeSeed()

// content makes packet number i of a flow. Packets that may be lost begin with
// their number.
func (f *flow) content(i, size int, rnd *rand.Rand) *Packet {
	p := NewPacket(size)
	b := p.Bytes()
	for len(b) >= 8 {
		binary.LittleEndian.PutUint64(b, rnd.Uint64())
		b = b[8:]
	}
	for k := range b {
		b[k] = byte(rnd.Uint32())
	}
	if f.mode != modeReliable {
		binary.LittleEndian.PutUint64(p.Bytes(), uint64(i))
	}
	return p
}

// send sends the flow's next packet. It may be called from within the
// network's steps only if woken afterwards; see pair.push.
func (f *flow) send(rnd *rand.Rand) {
	size := f.sizes[rnd.IntN(len(f.sizes))]
	if size > 16 {
		size -= rnd.IntN(size / 8)
	}
	if f.mode != modeReliable {
		size = max(size, 8)
	}
	p := f.content(len(f.sent), size, rnd)
	if f.from.peer == nil {
		return
	}
	f.kept = append(f.kept, p)
	if err := f.from.peer.Send(f.channel, p, f.mode.flags()); err != nil {
		f.t.Fatalf("%v: sending %d bytes: %v", f, size, err)
	}
	f.sent = append(f.sent, maphash.Bytes(contentSeed, p.Bytes()))
}

// receive checks an arrival against the law.
func (f *flow) receive(now time.Duration, b []byte) {
	f.got++
	f.last = now
	n := f.next
	if f.mode != modeReliable {
		if len(b) < 8 {
			f.t.Fatalf("%v: %d bytes arrived, no packet is that short", f, len(b))
		}
		n = int(binary.LittleEndian.Uint64(b))
	}
	if n < 0 || n >= len(f.sent) || maphash.Bytes(contentSeed, b) != f.sent[n] {
		f.t.Fatalf("%v: what arrived was not sent: %d bytes, as number %d of %d", f, len(b), n, len(f.sent))
	}
	switch f.mode {
	case modeUnsequenced:
		if f.seen[uint64(n)] {
			f.t.Fatalf("%v: number %d arrived twice", f, n)
		}
		f.seen[uint64(n)] = true
	default:
		if n < f.next {
			f.t.Fatalf("%v: number %d arrived after %d", f, n, f.next-1)
		}
		f.next = n + 1
	}
}

// done says whether all reliable packets have arrived.
func (f *flow) done() bool { return f.mode != modeReliable || f.got == len(f.sent) }

func (f *flow) String() string {
	return fmt.Sprintf("%v to %v, channel %d, %v", f.from.addr.Port(), f.to.addr.Port(), f.channel, f.mode)
}

// traffic is a pair with flows in both directions.
type traffic struct {
	*pair
	rnd   *rand.Rand
	flows []*flow
	ended []Event // Disconnect events, at either side
}

func newTraffic(p *pair, seed uint64) *traffic {
	tr := &traffic{pair: p, rnd: rand.New(rand.NewPCG(seed, 99))}
	for _, n := range []*node{p.client, p.server} {
		n.on = func(ev Event) { tr.event(n, ev) }
	}
	return tr
}

// join connects the pair. On a bad network a first attempt may fail, with a
// Disconnect event.
func (tr *traffic) join() {
	tr.t.Helper()
	tr.connect()
	tr.ended = nil
}

func (tr *traffic) event(n *node, ev Event) {
	switch ev.Kind {
	case EventDisconnect:
		tr.ended = append(tr.ended, ev)
	case EventReceive:
		f := tr.flow(n, ev.Channel, modeOf(ev.Flags))
		if f == nil && ev.Flags == Reliable {
			f = tr.flow(n, ev.Channel, modeUnreliable)
		}
		if f == nil {
			tr.t.Fatalf("%v receives flags %d on channel %d, where nothing is sent", n.addr, ev.Flags, ev.Channel)
		}
		f.receive(tr.net.Now(), ev.Packet.Bytes())
		ev.Packet.Release()
	}
}

func (tr *traffic) flow(to *node, channel uint8, m mode) *flow {
	for _, f := range tr.flows {
		if f.to == to && f.channel == channel && f.mode == m {
			return f
		}
	}
	return nil
}

// both adds a flow in each direction.
func (tr *traffic) both(channel uint8, m mode, sizes ...int) {
	for _, d := range [][2]*node{{tr.client, tr.server}, {tr.server, tr.client}} {
		tr.flows = append(tr.flows, &flow{t: tr.t, from: d[0], to: d[1], channel: channel, mode: m, sizes: sizes,
			seen: map[uint64]bool{}})
	}
}

// usual adds flows of all modes on several channels; two modes share one.
func (tr *traffic) usual() {
	tr.both(0, modeReliable, 0, 1, 5, 60, 300, 1300)
	tr.both(1, modeReliable, 5, 1500, 10_000, 65_536)
	tr.both(2, modeUnreliable, 10, 100, 1000)
	tr.both(2, modeReliable, 10, 100)
	tr.both(3, modeUnsequenced, 10, 100, 500)
	tr.both(4, modeUnreliable, 100, 2000, 9000)
}

// push sends count packets of random flows, gap apart on average, while the
// network runs.
func (tr *traffic) push(count int, gap time.Duration) {
	for range count {
		f := tr.flows[tr.rnd.IntN(len(tr.flows))]
		f.from.do(func() { f.send(tr.rnd) })
		if gap > 0 {
			tr.net.RunFor(time.Duration(tr.rnd.Int64N(int64(2 * gap))))
		}
		if len(tr.ended) > 0 {
			return
		}
	}
}

// finish runs until everything reliable has arrived and is acknowledged, and
// checks that the accounts are square then.
func (tr *traffic) finish(limit time.Duration) {
	tr.t.Helper()
	begin := tr.net.Now()
	quiet := tr.net.RunWhile(limit, func() bool { return len(tr.ended) == 0 && !tr.square() })
	if len(tr.ended) > 0 {
		tr.t.Fatalf("after %v a side is gone: %+v", tr.net.Now(), tr.ended[0])
	}
	if !quiet {
		for _, f := range tr.flows {
			if !f.done() {
				tr.t.Errorf("%v: %d of %d arrived, %v after the last sending", f, f.got, len(f.sent), limit)
			}
		}
		tr.t.Fatalf("not settled %v after %v: client %+v, server %+v", limit, begin, tr.client.peer.Snapshot(), tr.server.peer.Snapshot())
	}
}

// part ends the connection in order, after which nothing may be left of it.
func (tr *traffic) part() {
	tr.t.Helper()
	tr.client.do(func() { tr.client.peer.DisconnectLater(0) })
	tr.net.RunFor(time.Minute)
	for _, n := range []*node{tr.client, tr.server} {
		if err := errors.Join(clean(n.h), invariants(n.h)); err != nil {
			tr.t.Errorf("%v: %v", n.addr, err)
		}
	}
	for _, ev := range tr.ended {
		if p := ev.Peer; p.waiting != 0 || p.waitingNo != 0 || p.early != 0 || p.queued != 0 || p.queuedNo != 0 || p.inFlight != 0 || p.live != 0 {
			tr.t.Errorf("%v keeps accounts: %+v", p.addr, p.Snapshot())
		}
	}
	for _, f := range tr.flows {
		for i, p := range f.kept {
			if n := p.refs.Load(); n != 1 {
				tr.t.Fatalf("%v: packet %d has %d references", f, i, n)
			}
			p.Release()
		}
	}
	if len(tr.ended) != 2 {
		tr.t.Errorf("%d ends are reported, want 2", len(tr.ended))
	}
}

// square says whether everything has arrived and nothing is left over on either
// side.
func (tr *traffic) square() bool {
	for _, f := range tr.flows {
		if !f.done() {
			return false
		}
	}
	for _, n := range []*node{tr.client, tr.server} {
		p := n.peer
		if p.live != 0 || p.queued != 0 || p.queuedNo != 0 || p.inFlight != 0 || p.flying != 0 {
			return false
		}
	}
	return true
}

// shares gives how many of the packets that may be lost have arrived.
func (tr *traffic) shares() (got, sent int) {
	for _, f := range tr.flows {
		if f.mode != modeReliable {
			got, sent = got+f.got, sent+len(f.sent)
		}
	}
	return got, sent
}
