package enet

import (
	"time"

	"crosspeer/internal/udpbatch"
)

// Waking for a datagram costs several times what reading it does. Where many
// come in and nothing goes out for them at once, the loop naps between its
// reads, and finds a batch at each: inputs that a game collects for its next
// tick or, with Config.FlushDelay, anything until the next flush. With 200
// players, 30 inputs a second from each and 20 snapshots to each that takes 0.55
// of the processor time, and with 32 players who send 30 messages a second to
// all others and a delay of 5 ms, 0.63 (bench, suites tick and mesh).
// The acknowledgements are late by the nap.
//
// Naps need a quiet socket, and that a thread, so a socket is made quiet only
// when such a load has lasted, and no more when it has gone.

const (
	// longestNap is what may be added to the time until an acknowledgement.
	longestNap = time.Millisecond

	// fewest is how many datagrams must be expected in a nap for it to pay,
	// and most how many may be: they have to find room in the socket, also when
	// they come all at once.
	fewest, most = 2, 64

	// smallDatagram is in bytes. Larger ones may be a transfer, whose window
	// would wait for its acknowledgements.
	smallDatagram = 256

	// paceWindow is how long the load is looked at, and toQuiet and toLoud how
	// many such times in a row must say the same.
	paceWindow = 20 * time.Millisecond
	toQuiet    = 25
	toLoud     = 50

	// mostAsked is how often in such a time the program may send something:
	// ticks, but not answers.
	mostAsked = 4
)

// pace is what the loop knows of its load.
type pace struct {
	conn udpbatch.Quieter // nil if there can be no naps

	since     time.Duration // begin of the window
	datagrams int           // that came in during it
	asked     int           // wakes after which something was sent, or that brought something large
	relayed   bool          // what came in went out

	now   time.Duration // of the last read
	got   bool          // it brought something
	large bool          // and that was large

	nap    time.Duration // that pays after the last window, 0 for none
	streak int           // windows in a row in which one would have paid, or negative: would not
	quiet  bool
}

// sent notes that a packet is to go out, for moderate. The lock is held.
func (h *Host) sent(pkt Packet) {
	h.asked = true
	h.relayed = h.relayed || pkt.p == h.current
}

// read notes what a read has brought.
func (p *pace) read(origin time.Time, in []udpbatch.Message) {
	if p.conn == nil {
		return
	}
	p.now, p.got, p.large = time.Since(origin), len(in) > 0, false
	p.datagrams += len(in)
	for _, m := range in {
		p.large = p.large || len(m.Data) > smallDatagram
	}
}

// moderate says how long the loop naps before it reads again.
func (l *loop) moderate() time.Duration {
	p := &l.pace
	if p.conn == nil {
		return 0
	}
	l.mu.Lock()
	asked, relayed, sentAt := l.asked, l.relayed, l.sentAt
	l.asked, l.relayed, l.current = false, false, nil
	l.mu.Unlock()

	longest := longestNap
	if l.flushDelay > 0 {
		// What is sent waits for the next flush, and so may all that would be
		// sent until then.
		longest, asked, relayed = l.flushDelay, false, false
	}
	if asked || p.large {
		p.asked++
	}
	p.relayed = p.relayed || relayed
	if span := p.now - p.since; span >= paceWindow {
		p.judge(span, longest)
	}
	if !p.quiet || !p.got || p.large || asked || p.relayed {
		return 0
	}
	if l.flushDelay > 0 {
		return min(p.nap, sentAt+l.flushDelay-p.now)
	}
	return p.nap
}

// judge ends a window.
func (p *pace) judge(span, longest time.Duration) {
	p.nap = 0
	windows := int(span / paceWindow)
	if p.datagrams > 0 && !p.relayed && p.asked <= mostAsked*windows {
		n := time.Duration(p.datagrams)
		if nap := min(longest, most*span/n); n*nap >= fewest*span {
			p.nap = nap
		}
	}
	p.since, p.datagrams, p.asked, p.relayed = p.now, 0, 0, false
	if p.nap > 0 {
		p.streak = max(p.streak, 0) + 1
	} else {
		p.streak = min(p.streak, 0) - windows // a long pause is many
	}
	if p.streak == toQuiet && !p.quiet || p.streak <= -toLoud && p.quiet {
		p.quiet = p.conn.Quiet(!p.quiet)
	}
}
