package dtls

import (
	"net/netip"
	"time"
)

// slot is what there is with one address: the association in use, and one in
// the handshake that takes its place when it has been completed. Once that is
// claimed nothing passes that is not encrypted.
type slot struct {
	live, next *association
	claimed    bool
}

// begin makes an association in the handshake, if there is room. The lock is
// held.
func (g *guard) begin(addr netip.AddrPort, now time.Time) *association {
	a := &association{g: g, addr: addr, phase: handshaking, born: now, place: -1, net: network(addr.Addr())}
	a.state.ServerName = g.role.name()
	if g.server {
		a.phase = fresh
		if !g.waiting.may(now) {
			return nil
		}
		victim, ok := g.waiting.room(a.net, now)
		if !ok {
			return nil
		}
		if victim != nil && victim.phase != fresh {
			victim.pipe.Close() // the next one will find room
			return nil
		}
		if victim != nil {
			g.drop(victim)
		}
	}
	a.pipe = newPipe(addr, a.transmit)
	conn, err := g.role.conn(a.pipe, a.pipe.addr, func(name string) {
		g.mu.Lock()
		a.state.ServerName = name
		g.mu.Unlock()
	})
	if err != nil {
		return nil
	}
	a.conn = conn
	s := g.slots[addr]
	if s == nil {
		s = new(slot)
		g.slots[addr] = s
	}
	s.next = a
	if g.server {
		g.waiting.add(a)
	}
	g.running.Go(a.run)
	return a
}

// drop forgets an association without telling the remote. The lock is held.
func (g *guard) drop(a *association) {
	a.muted = true
	a.pipe.Close() // which ends run
	g.forget(a)
}

// forget takes an association out of the tables. The lock is held.
func (g *guard) forget(a *association) {
	g.waiting.remove(a)
	s := g.slots[a.addr]
	if s == nil {
		return
	}
	if s.live == a {
		s.live = nil
	}
	if s.next == a {
		s.next, s.claimed = nil, false
	}
	if s.live == nil && s.next == nil {
		delete(g.slots, a.addr)
	}
}

// complete puts an association whose handshake is complete in use. It returns
// false if it has been dropped.
//
// Whoever has completed the handshake need not be who spoke before, in the
// clear or encrypted. So all connections with the address end first, and until
// they have nothing of theirs is sent.
func (g *guard) complete(a *association) bool {
	version, suite := a.describe()
	g.mu.Lock()
	s := g.slots[a.addr]
	if g.closed || s == nil || s.next != a {
		g.mu.Unlock()
		return false
	}
	s.claimed = true
	old := s.live
	if old != nil {
		old.muted = true
	}
	g.mu.Unlock()
	if old != nil || g.plain {
		g.cut(a, ErrReplaced)
	}

	g.mu.Lock()
	s = g.slots[a.addr]
	if g.closed || s == nil || s.next != a {
		g.mu.Unlock()
		return false
	}
	if old != nil {
		g.drop(old)
	}
	s.live, s.next, s.claimed = a, nil, false
	now := time.Now()
	a.phase, a.completed, a.idle = established, now, now
	a.state.Version, a.state.CipherSuite = version, suite
	held := a.held
	a.held = nil
	g.mu.Unlock()
	if held != nil {
		a.write(held)
	}
	return true
}

// cut ends the connections with an association's address, and returns when they
// have ended or nobody wants to know any more.
func (g *guard) cut(a *association, cause error) {
	select {
	case <-g.out.Cut(a.addr, cause):
	case <-g.closing:
	}
}

// over forgets an association that has ended. Its connections end first:
// nothing of theirs may go out in the clear.
func (g *guard) over(a *association, cause error) {
	g.mu.Lock()
	live, next := false, false
	if s := g.slots[a.addr]; s != nil {
		live, next = s.live == a, s.next == a
	}
	told := next && a.phase == handshaking && !g.closed
	g.mu.Unlock()
	if told && g.failed != nil {
		g.failed(a.addr, cause)
	}
	if live || next && !g.server {
		g.cut(a, cause)
	}
	g.mu.Lock()
	g.forget(a)
	g.mu.Unlock()
}
