package crosspeer

import (
	"errors"
	"fmt"
	"net/netip"
	"time"
)

// ErrDisconnect makes Config.Filter disconnect a client, with what wraps it as
// the reason.
var ErrDisconnect = errors.New("crosspeer: disconnect")

// Filter decides which packets of clients pass.
type Filter interface {
	// Filter lets a packet pass with nil. An error drops it, and one that wraps
	// ErrDisconnect disconnects the client. It is called on the transports'
	// goroutines, for different clients at once, for one client after the
	// other, and must be quick; the packet's bytes are only valid during the
	// call. A packet that the session pushes back has been seen and is not shown
	// again.
	Filter(p Packet) error

	// Forget says that a client has gone, after its last packet. It must not
	// call the Peer.
	Forget(id PeerID)
}

// FilterFunc is a Filter that remembers nothing.
type FilterFunc func(p Packet) error

// Filter calls f.
func (f FilterFunc) Filter(p Packet) error { return f(p) }

// Forget does nothing.
func (FilterFunc) Forget(PeerID) {}

// police holds a client to its limits. It belongs to the goroutine that
// delivers.
type police struct {
	PeerLimits
	reliable, unreliable traffic
	over                 meter // what was dropped lately
}

// traffic is measured in packets and in bytes.
type traffic struct{ packets, bytes meter }

// burst is what may come at once, in time that it takes at the limit, and
// tolerance how much more may be dropped before that ends the connection.
const (
	burst     = time.Second
	tolerance = 10 * time.Second
)

// excess is how long the traffic has to pause.
func (t *traffic) excess(r Rate, now time.Duration) (d time.Duration) {
	if r.Packets > 0 {
		d = t.packets.excess(now, burst-cost(1, r.Packets))
	}
	if r.Bytes > 0 {
		d = max(d, t.bytes.excess(now, burst))
	}
	return d
}

func (t *traffic) add(r Rate, now time.Duration, size int) {
	t.packets.add(now, cost(1, r.Packets))
	t.bytes.add(now, cost(size, r.Bytes))
}

// inspect is what becomes of a client's packet by the policy, before it is
// routed. A packet that is pushed back is seen again, and counted once it is
// taken; one that the session pushed back was counted.
func (p *Port) inspect(f *Frame) (v Verdict, pass bool) {
	if p.passed {
		return Taken, true
	}
	if p.police != nil {
		if v, pass = p.enforce(f); !pass {
			return v, false
		}
	}
	if p.hub.cfg.Filter == nil || f.Kind != FramePacket || f.From != p.id {
		return Taken, true // what has no place in the session goes no further anyway
	}
	err := p.hub.cfg.Filter.Filter(f.Packet)
	if err == nil {
		return Taken, true
	}
	p.drop(filtered)
	if errors.Is(err, ErrDisconnect) {
		p.punish(Reason{ReasonKicked, ByPolicy, Refusal(err)}, 0)
	}
	return Taken, false
}

// enforce applies the limits.
func (p *Port) enforce(f *Frame) (v Verdict, pass bool) {
	l, t := p.police, p.hub.guard.now()
	switch {
	case l.MaxPacketBytes > 0 && len(f.Data) > l.MaxPacketBytes:
		p.convict(fmt.Sprintf("a packet of %d bytes, at most %d", len(f.Data), l.MaxPacketBytes))
		return Taken, false
	case p.takesTooLong(f):
		return Taken, false
	case f.Mode == Reliable:
		d := l.reliable.excess(l.Reliable, t)
		if d <= 0 {
			l.reliable.add(l.Reliable, t, len(f.Data))
			return Taken, true
		}
		return p.pause(d), false
	}
	if l.unreliable.excess(l.Unreliable, t) <= 0 {
		l.unreliable.add(l.Unreliable, t, len(f.Data))
		return Taken, true
	}
	p.drop(rateDropped)
	worth := max(cost(1, l.Unreliable.Packets), cost(len(f.Data), l.Unreliable.Bytes))
	if l.over.add(t, 2*worth); l.over.excess(t, tolerance) > 0 {
		p.convict("sends unreliable packets much faster than " + l.Unreliable.String())
	}
	return Taken, false
}

// takesTooLong disconnects a client for a packet that its rate would have it pay
// for longer than is tolerated: it would be as good as gone, and not know why.
func (p *Port) takesTooLong(f *Frame) bool {
	r := p.police.Unreliable
	if f.Mode == Reliable {
		r = p.police.Reliable
	}
	if cost(len(f.Data), r.Bytes) <= tolerance {
		return false
	}
	p.convict(fmt.Sprintf("a packet of %d bytes, of which %s allow %d at most", len(f.Data), r, r.Bytes*int(tolerance/time.Second)))
	return true
}

// chargeViolation counts what has no place in the transport's framing as an
// unreliable packet: who sends such things as fast as he can is disconnected.
func (p *Port) chargeViolation() {
	if p.gate.Load() == nil && p.police != nil {
		p.enforce(&Frame{})
	}
}

// String is the limit in words.
func (r Rate) String() string {
	switch {
	case r.Bytes == 0:
		return fmt.Sprintf("%d packets/s", r.Packets)
	case r.Packets == 0:
		return fmt.Sprintf("%d bytes/s", r.Bytes)
	}
	return fmt.Sprintf("%d packets/s or %d bytes/s", r.Packets, r.Bytes)
}

// pause pushes a client back for a time.
func (p *Port) pause(d time.Duration) Verdict {
	if p.resumer == nil {
		p.convict("sends reliable packets faster than " + p.police.Reliable.String() + ", and the transport cannot push back")
		return Taken
	}
	p.drop(ratePaused)
	p.pausing = time.AfterFunc(d, func() {
		if !p.gone.Load() {
			p.resumer.Resume()
		}
	})
	return Wait
}

// convict disconnects a client that broke a limit.
func (p *Port) convict(text string) {
	p.punish(Reason{ReasonLimit, ByPolicy, text}, p.hub.cfg.Policy.BanFor)
}

// punish disconnects a client, once, and bans its address for a time.
func (p *Port) punish(r Reason, ban time.Duration) {
	if p.slow.Swap(true) {
		return
	}
	p.hub.stats.limited.Add(1)
	if addr := p.addr.Unmap(); ban > 0 && addr.IsValid() {
		bits := addr.BitLen()
		if addr.Is6() {
			bits = 64
		}
		p.hub.guard.bans.sentence(Ban{netip.PrefixFrom(addr, bits).Masked(), time.Now().Add(ban), r.Text})
	}
	p.close(r, true)
}
