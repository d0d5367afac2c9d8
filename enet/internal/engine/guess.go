package engine

import (
	"net/netip"
	"time"

	"crosspeer/enet/internal/protocol"
)

// Somebody who forges a peer's address but sees nothing of its connection must
// guess its slot and its session, 14 bits in all; every guess but one is a
// datagram from the peer's address that the peer cannot have sent. They are
// counted. While there are many, a DISCONNECT is not believed at once: the
// remote is probed, and whoever is still there has not left.

// origin is what is known of an address that has peers.
type origin struct {
	peers int
	most  int           // of them at once, since the first came
	wrong int           // datagrams for no peer of the address, since
	since time.Duration // the first of them in this period
}

const (
	// guessLimit is how many wrong datagrams within guessPeriod, for each peer
	// that the address has or had, are taken for late ones of an earlier
	// connection. To try all 16,380 guesses without
	// coming to so many takes 39 hours.
	guessLimit  = 8
	guessPeriod = time.Minute

	// doubtTime is how long a remote has to show that it is there: several round
	// trips, and four pings of its own. What comes in the first doubtGrace may
	// have been sent before it left.
	doubtTime  = 2 * time.Second
	doubtGrace = 300 * time.Millisecond
)

// guessed notes a datagram that no peer at its address can have sent.
func (h *Host) guessed(now time.Duration, from netip.AddrPort) {
	s := h.origins[from]
	if s == nil {
		return
	}
	if now-s.since >= guessPeriod || s.wrong == 0 {
		s.since, s.wrong = now, 0
	}
	s.wrong++
	h.stats.Guesses++
}

// arrive and depart keep count of the peers at an address.
func (h *Host) arrive(p *Peer) {
	s := h.origins[p.addr]
	if s == nil {
		s = new(origin)
		h.origins[p.addr] = s
	}
	s.peers++
	s.most = max(s.most, s.peers)
	p.origin = s
}

func (h *Host) depart(p *Peer) {
	if p.origin.peers--; p.origin.peers == 0 {
		delete(h.origins, p.addr)
	}
}

// doubt is a DISCONNECT that may be forged.
type doubt struct {
	at    time.Duration
	data  uint32
	alive bool // the remote was heard since
}

// doubts says whether a DISCONNECT is to be looked into, and begins to.
func (p *Peer) doubts(now time.Duration, data uint32) bool {
	s := p.origin
	if p.doubt != nil {
		return true
	}
	if !p.host.pol.doubt || s.wrong < guessLimit*s.most || now-s.since >= guessPeriod {
		return false
	}
	p.doubt = &doubt{at: now, data: data}
	p.host.stats.Doubted++
	p.pingAt = min(p.pingAt, now+p.pingInterval) // and again, after the grace
	if p.state == Connected && p.control.live == 0 {
		p.queueControl(protocol.OpPing, nil) // whoever is there answers
	}
	p.host.wake(p)
	return true
}

// hear notes that the remote has said something else than that it leaves.
func (d *doubt) hear(now time.Duration, op protocol.Op) {
	if d != nil && op != protocol.OpDisconnect && now-d.at >= doubtGrace {
		d.alive = true
	}
}

// settle decides a doubt whose time is over, and says whether the peer is gone.
func (p *Peer) settle(now time.Duration) (gone bool) {
	d := p.doubt
	if d == nil || now < d.at+doubtTime {
		return false
	}
	p.doubt = nil
	if d.alive || !p.open() {
		return false
	}
	p.remember(now)
	p.finish(ReasonRemote, d.data)
	return true
}
