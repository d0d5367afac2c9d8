package engine

import (
	"cmp"
	"slices"
	"time"
)

// timeoutLimits decide when a silent peer is lost: after the retransmission
// that doubling would have brought to limit times the first time-out, if
// minimum has passed, and after maximum in any case.
type timeoutLimits struct {
	limit            uint32
	minimum, maximum time.Duration
}

// span is how long a first transmission with time-out rto may stay
// unanswered.
func (t timeoutLimits) span(rto time.Duration) time.Duration {
	total, step := rto, rto
	for n := uint32(1); n < t.limit || total < t.minimum; n *= 2 {
		if total >= t.maximum || n >= 1<<31 {
			return t.maximum
		}
		step *= 2
		total += step
	}
	return min(total, t.maximum)
}

// expire looks at all commands in flight once the peer's timer has run out,
// and queues those whose time is over to be sent again. It returns true when
// the remote is lost.
func (p *Peer) expire(now time.Duration) (gone bool) {
	next := never
	first := p.lost.len()
	p.eachFlying(func(c *command) {
		if due := p.due(c); due > now {
			next = min(next, due)
			return
		}
		p.unanswered(c)
		c.state = lost
		p.flying--
		p.inFlight -= int(c.length)
		p.loss.lost++
		p.stats.TimedOut++
		p.lost.push(commandRef{c.channel, c.seq})
		if p.tooLong(c, now) {
			gone = true
		}
		c.rto = p.backoff(c)
	})
	if p.lost.len() > first {
		p.sortLost()
	}
	p.timeoutAt = next
	if p.silent && p.ownTimer() {
		end := p.silenceEnds()
		if now >= end {
			return true
		}
		p.timeoutAt = min(next, end)
	}
	return gone
}

// silenceEnds is when the remote counts as lost. As long as datagrams come from
// it, it is there and the acknowledgements may be what is lost: then it has
// until the maximum.
func (p *Peer) silenceEnds() time.Duration {
	end := max(p.silentSince+p.silentFor, p.heardAt+p.timeout.minimum)
	return min(end, p.silentSince+p.timeout.maximum)
}

// eachFlying calls f for every command in flight, oldest transmission first
// within each channel.
func (p *Peer) eachFlying(f func(*command)) {
	walk := func(w *window) {
		if w.live == 0 {
			return
		}
		for i := range w.n {
			if c := w.at(i); c.state == inFlight {
				f(c)
			}
		}
	}
	walk(&p.control)
	for _, ch := range p.channels {
		if ch != nil {
			walk(&ch.sent)
		}
	}
}

// sortLost brings the commands to be sent again into the order in which they
// were queued.
func (p *Peer) sortLost() {
	refs := make([]commandRef, 0, p.lost.len())
	for ; p.lost.len() > 0; p.lost.pop() {
		refs = append(refs, *p.lost.at(0))
	}
	order := func(r commandRef) (uint32, uint32) {
		if c := p.sentOn(r.channel).find(r.seq); c != nil {
			return c.order, c.fragment
		}
		return 0, 0
	}
	slices.SortStableFunc(refs, func(a, b commandRef) int {
		ao, af := order(a)
		bo, bf := order(b)
		return cmp.Or(cmp.Compare(int32(ao-bo), 0), cmp.Compare(af, bf))
	})
	for _, r := range refs {
		p.lost.push(r)
	}
}

// unanswered notes the transmission from which on the remote has been silent.
func (p *Peer) unanswered(c *command) {
	if p.silent && p.silentSince <= c.sentAt {
		return
	}
	if !p.silent {
		p.silentFor = p.timeout.span(c.rto)
	}
	p.silent, p.silentSince = true, c.sentAt
}

// ownTimer says whether the end of the remote's silence has a timer of its
// own. A CONNECT keeps libenet's times: it gives up only when a
// retransmission is due.
func (p *Peer) ownTimer() bool {
	return !p.host.pol.onePeerTimer && p.state != Connecting
}

// tooLong is the rule by which libenet gives a peer up, at an expiry.
func (p *Peer) tooLong(c *command, now time.Duration) bool {
	if p.ownTimer() {
		return false
	}
	elapsed := now - p.silentSince
	tries := uint64(1) << min(c.attempts-1, 63)
	return elapsed >= p.timeout.maximum ||
		tries >= uint64(p.timeout.limit) && elapsed >= p.timeout.minimum
}

// backoff is the time-out of a command that is sent again: twice what it was,
// up to the policy's cap. If a later transmission was acknowledged, the path
// carries what is sent and lost only this: then it is that of a first one. A
// command that was first sent when the way seemed long is sent again at the pace
// of now.
func (p *Peer) backoff(c *command) time.Duration {
	bound := p.host.pol.backoffCap
	switch {
	case bound == 0 || p.state == Connecting:
		return 2 * c.rto
	case p.overtaken(c):
		return p.rto()
	}
	return min(2*c.rto, max(bound, p.rto()))
}

// giveUp ends a peer whose remote is lost.
func (p *Peer) giveUp(now time.Duration) {
	silent := now - p.silentSince
	reason := ReasonTimeout
	if p.state == Connecting {
		reason = ReasonNoReply
	}
	p.end()
	p.host.events.push(Event{Kind: EventDisconnect, Reason: reason, Peer: p, Silent: silent})
}

// SetTimeout sets when a silent remote is lost; zero values mean the defaults
// of 32, 5 s and 30 s.
func (p *Peer) SetTimeout(limit uint32, minimum, maximum time.Duration) {
	def(&limit, defaultTimeoutLimit)
	if minimum == 0 {
		minimum = defaultTimeoutMinimum
	}
	if maximum == 0 {
		maximum = defaultTimeoutMaximum
	}
	p.timeout = timeoutLimits{limit, minimum, maximum}
}
