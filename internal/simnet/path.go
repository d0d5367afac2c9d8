package simnet

import (
	"math/bits"
	"math/rand/v2"
	"net/netip"
	"time"
)

// path is one direction between two addresses. It holds the only answer of
// this package to the question what happens to a datagram.
type path struct {
	from, to netip.AddrPort
	key      uint64 // names from and to in the hash of the trace

	cond *Conditions // those of the network, or its own
	rng  rand.PCG
	bad  bool // state of Burst
	line line
}

// verdict is the fate of one datagram.
type verdict struct {
	cause  Cause         // why it is lost, or CauseNone
	at     time.Duration // arrival
	copied bool
	copyAt time.Duration // arrival of the copy
}

// judge decides on a datagram that enters the path at now. Time must not go
// backwards from call to call.
func (p *path) judge(now time.Duration, size int) verdict {
	// Always the same count of draws, each with its own use: a change of the
	// conditions does not shift the numbers of later datagrams.
	var draw [8]uint64
	for i := range draw {
		draw[i] = p.rng.Uint64()
	}
	c := p.cond
	burst := p.burst(c.Burst, draw[0], draw[1])

	mtu := c.MTU
	if mtu == 0 {
		mtu = MaxDatagram
	}
	if size > mtu {
		return verdict{cause: CauseMTU}
	}
	for _, b := range c.Blackouts {
		if b.From <= now && now < b.To {
			return verdict{cause: CauseBlackout}
		}
	}
	sent, ok := p.line.take(now, size, c.Bandwidth, c.QueueBytes)
	switch {
	case !ok:
		return verdict{cause: CauseQueue}
	case burst:
		return verdict{cause: CauseBurst}
	case chance(draw[2], c.Loss):
		return verdict{cause: CauseLoss}
	}
	v := verdict{at: sent + c.transit(draw[3], draw[4])}
	if chance(draw[5], c.Duplicate) {
		v.copied, v.copyAt = true, sent+c.transit(draw[6], draw[7])
	}
	return v
}

// burst moves the Gilbert-Elliott state by one datagram and says whether it
// loses that datagram.
func (p *path) burst(b Burst, move, lose uint64) bool {
	if b == (Burst{}) {
		// Conditions without bursts end one that was going on.
		p.bad = false
		return false
	}
	if p.bad {
		p.bad = !chance(move, b.BadToGood)
	} else {
		p.bad = chance(move, b.GoodToBad)
	}
	if p.bad {
		return chance(lose, b.LossBad)
	}
	return chance(lose, b.LossGood)
}

// transit is the time of one datagram on the line.
func (c *Conditions) transit(jitter, reorder uint64) time.Duration {
	d := c.Delay
	if c.Jitter > 0 {
		// Integers, because a float could round differently elsewhere.
		off, _ := bits.Mul64(jitter, 2*uint64(c.Jitter)+1)
		d = max(0, d+time.Duration(off)-c.Jitter)
	}
	if chance(reorder, c.Reorder) {
		if c.ReorderDelay > 0 {
			d += c.ReorderDelay
		} else {
			d += DefaultReorderDelay
		}
	}
	return d
}

// chance is true with probability p for a uniform draw. The arithmetic is
// exact, so 0 is never and 1 always.
func chance(draw uint64, p float64) bool {
	return float64(draw>>11)*0x1p-53 < p
}
