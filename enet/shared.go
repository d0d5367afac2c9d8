package enet

import (
	"errors"
	"fmt"
	"net"
	"sync/atomic"
	"time"

	"crosspeer/internal/udpbatch"
)

// ListenShared opens as many sockets on one address as there are
// configurations, with a host each: a host uses one processor, several use as
// many. Port 0 is a free port, the same for all. A remote's datagrams always
// come in at the same host, which the kernel picks by both addresses, so what
// one configuration bounds is bounded per host. Packets may be sent to any
// host's peers from any goroutine, also from another host's Handler.
//
// The hosts cannot Connect, and they are closed together: when one is closed,
// its remotes and others' come in at the rest. Needs Linux.
func ListenShared(address string, cfgs ...*Config) ([]*Host, error) {
	if len(cfgs) == 0 {
		return nil, errors.New("enet: ListenShared: no configuration is given, so no host is wanted")
	}
	ua, err := net.ResolveUDPAddr("udp", address)
	if err != nil {
		return nil, fmt.Errorf("enet: listen on %q: %w", address, err)
	}
	socks, err := udpbatch.ListenShared(ua, len(cfgs))
	if err != nil {
		return nil, fmt.Errorf("enet: %w", err)
	}
	conns := make([]net.PacketConn, len(socks))
	for i, c := range socks {
		setBuffers(c)
		conns[i] = c
	}
	return share(conns, cfgs)
}

// share runs a host on each socket, or closes them all.
func share(conns []net.PacketConn, cfgs []*Config) ([]*Host, error) {
	g := &group{hosts: make([]*Host, 0, len(cfgs))}
	for i, cfg := range cfgs {
		h, err := newHost(conns[i], cfg)
		if err != nil {
			g.abandon()
			for _, c := range conns[i:] {
				c.Close()
			}
			return nil, err
		}
		h.group = g
		g.hosts = append(g.hosts, h)
	}
	// What came in before the last socket was there may belong to another one
	// now: a handshake that began here would go on there.
	for _, h := range g.hosts[:len(g.hosts)-1] {
		h.conn.SetReadDeadline(longAgo)
		for in, err := h.conn.ReadBatch(); err == nil && len(in) > 0; in, err = h.conn.ReadBatch() {
		}
		h.conn.SetReadDeadline(time.Time{})
	}
	for _, h := range g.hosts {
		h.start()
	}
	return g.hosts, nil
}

// group is hosts that share a port, and wake each other.
//
// What comes in at one of them goes out at all. The goroutine of another host
// sleeps or not; one that was woken by the first packet of a broadcast
// would contend for its own lock with all those that follow, and send them in
// small portions. So while any host of the group is giving out events, nobody
// wakes: who would have notes that a wake is owed, and the host that is at work
// pays what is owed when it is done, once for everything.
type group struct {
	hosts []*Host
	busy  atomic.Int32 // hosts that give out events
}

// owe notes that a host is to be woken, and says whether somebody else will
// see to it. The note comes before the look at who is busy, and work looks at
// the notes after it has said that it is not: one of the two sees the other.
// The host's lock is held.
func (g *group) owe(h *Host) bool {
	h.owed.Store(true)
	if g.busy.Load() > 0 {
		return true
	}
	h.owed.Store(false)
	return false
}

// work gives out the events.
func (l *loop) work() {
	g := l.group
	if g == nil {
		l.dispatch()
		return
	}
	g.busy.Add(1)
	l.dispatch()
	g.busy.Add(-1)
	for _, h := range g.hosts {
		if h.owed.Load() && h.owed.Swap(false) {
			h.repay()
		}
	}
}

// repay wakes the host if it still sleeps.
func (h *Host) repay() {
	h.mu.Lock()
	now := h.parked && h.rouse()
	h.mu.Unlock()
	if now {
		h.conn.SetReadDeadline(longAgo)
	}
}

// abandon closes hosts that do not run.
func (g *group) abandon() {
	for _, h := range g.hosts {
		if h.guard != nil {
			h.guard.Close()
		}
		h.conn.Close()
	}
}
