package sim

import (
	"crosspeer"
)

// flow is what one visit sends to another.
type flow struct {
	sender uint32
	older  *flow // from the same seat

	// Of reliable streams: numbers that must still arrive, in this order; and
	// below begin those that were sent before the receiver was a member, and
	// may arrive before it.
	owed  [ordered]queue[uint32]
	begin [ordered]uint32
	next  [loose]uint32 // lowest number that may arrive

	// Of loose streams: the highest number that has arrived, and which below it.
	// More than these cannot have been on the way together: they wait in queues
	// of 2,048.
	high int64
	seen [64]uint64
}

// flow gives the flow between two visits.
func (l *laws) flow(s, r *visit) *flow {
	for f := r.from[s.seat]; f != nil; f = f.older {
		if f.sender == s.number {
			return f
		}
	}
	f := &flow{sender: s.number, older: r.from[s.seat], high: -1}
	r.from[s.seat] = f
	return f
}

// begin notes, when somebody is let in, what others had sent before.
func (l *laws) begin(s, r *visit) {
	if s.over && s.sent == [len(streams)]uint32{} {
		return
	}
	f := l.flow(s, r)
	copy(f.begin[:], s.sent[:])
}

// addressed says whether a target that a sender wrote means a receiver.
func addressed(to crosspeer.PeerID, s, r *visit) bool {
	switch {
	case to > 0:
		return to == r.id
	case s == r:
		return false
	}
	return to == 0 || to != -r.id
}

// sent notes that a program has sent something: from now on it is owed to all
// whom it is for and who are in the session.
func (l *laws) sent(s *visit, stream int, to crosspeer.PeerID) {
	n := s.sent[stream]
	s.sent[stream]++
	l.count.Sent++
	if stream >= ordered {
		return
	}
	h := l.house
	owe := func(r *visit) {
		// Nothing more is sent to whom the server has told to go.
		if addressed(to, s, r) && !(s == h.server && r.parting) {
			l.flow(s, r).owed[stream].push(n)
		}
	}
	if to > crosspeer.TargetServer {
		if r := h.member(to); r != nil {
			owe(r)
		}
		return
	}
	owe(h.server)
	if to <= 0 {
		for _, r := range h.members {
			owe(r)
		}
	}
}

// received checks a packet that a program was given.
func (l *laws) received(r *visit, p crosspeer.Packet) (m message) {
	l.count.Received++
	if !m.parse(p.Data) {
		l.fail("%v receives %d bytes that nobody sent, from %d", r, len(p.Data), p.From)
		return m
	}
	s := l.visit(m.visit)
	switch {
	case m.forged:
		l.fail("%v receives what visit %d sent under the id of %d", r, m.visit, p.From)
		return m
	case s == nil || m.number >= s.sent[m.stream]:
		l.fail("%v receives number %d of stream %d of visit %d, which was not sent", r, m.number, m.stream, m.visit)
		return m
	case p.From != s.id || p.To != m.to:
		l.fail("%v receives what %v sent to %d as from %d to %d", r, s, m.to, p.From, p.To)
	case s.house == nil || s.house != r.house:
		l.fail("%v receives something from %v, who is not in its session", r, s)
	case !addressed(m.to, s, r):
		l.fail("%v receives what %v sent to %d", r, s, m.to)
	case r.kind != overENet && s.seat != 0 && s != r && !r.known[s.number]:
		// On ENet notices have a channel of their own, and can be overtaken.
		l.fail("%v receives something from %v, of whom it was not told", r, s)
	}
	l.mode(s, r, streams[m.stream], p)
	f := l.flow(s, r)
	switch {
	case m.stream < ordered:
		l.reliable(f, s, r, m)
	case m.stream < loose:
		if m.number < f.next[m.stream] {
			l.fail("%v receives ordered number %d of %v after %d", r, m.number, s, f.next[m.stream]-1)
		}
		f.next[m.stream] = m.number + 1
	default:
		if !f.first(int64(m.number)) {
			l.fail("%v receives unreliable number %d of %v twice", r, m.number, s)
		}
	}
	return m
}

// mode checks how a packet says that it has come.
func (l *laws) mode(s, r *visit, sent stream, p crosspeer.Packet) {
	got := stream{p.Mode, p.Channel}
	switch {
	case s.kind == overWebSocket || r.kind == overWebSocket:
		// Godot's framing knows neither modes nor channels.
		sent = streams[0]
	case p.Mode == crosspeer.Reliable && (s.kind == overENet || r.kind == overENet):
		// ENet sends one in 65,536 reliably, when the numbers are used up.
		got.mode = sent.mode
	}
	if got != sent {
		l.fail("%v receives a packet of %v as %v on channel %d, want %v on %d", r, s, p.Mode, p.Channel, sent.mode, sent.channel)
	}
}

// reliable checks that a number is the one that must arrive next.
func (l *laws) reliable(f *flow, s, r *visit, m message) {
	l.count.Reliable++
	q := &f.owed[m.stream]
	switch {
	case m.number < f.next[m.stream]:
		l.fail("%v receives reliable number %d of stream %d of %v after %d", r, m.number, m.stream, s, f.next[m.stream]-1)
	case q.len() > 0 && *q.first() == m.number:
		q.pop()
	case m.number < f.begin[m.stream]:
	case q.len() > 0:
		l.fail("%v receives reliable number %d of stream %d of %v, and %d must come first", r, m.number, m.stream, s, *q.first())
	default:
		l.fail("%v receives reliable number %d of stream %d of %v, which is not owed", r, m.number, m.stream, s)
	}
	f.next[m.stream] = m.number + 1
}

// first says whether a loose number arrives for the first time. What is too far
// behind to be known counts as having arrived.
func (f *flow) first(n int64) bool {
	const window = int64(len(f.seen) * 64)
	if n > f.high {
		if n-f.high >= window {
			f.seen = [len(f.seen)]uint64{}
		} else {
			for k := f.high + 1; k <= n; k++ {
				f.seen[k%window/64] &^= 1 << (k % 64)
			}
		}
		f.high = n
	} else if f.high-n >= window {
		return false
	}
	word, bit := &f.seen[n%window/64], uint64(1)<<(n%64)
	if *word&bit != 0 {
		return false
	}
	*word |= bit
	return true
}
