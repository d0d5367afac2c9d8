package enet

import (
	"net/netip"
	"time"

	"crosspeer/enet/internal/engine"
	"crosspeer/internal/udpbatch"
)

// admitted lets the guard see what has come in, and gives what is for the
// protocol as it stands.
func (l *loop) admitted(in []udpbatch.Message) []udpbatch.Message {
	plain := in[:0]
	for _, m := range in {
		if l.guard.Receive(m.Addr, m.Data) {
			plain = append(plain, m)
		}
	}
	if len(plain) < len(in) {
		l.watch()
	}
	return plain
}

// plain hands the guard what the protocol sends, and says whether it goes out
// as it stands.
func (l *loop) plain(d engine.Datagram) bool {
	if l.guard.Send(d.To, d.Data) {
		return true
	}
	l.watch()
	return false
}

// sweepEvery is how often a guard looks around.
const sweepEvery = 500 * time.Millisecond

// watch sees to it that the guard looks around soon.
func (l *loop) watch() {
	if l.sweepAt == never {
		l.sweepAt = time.Since(l.origin) + sweepEvery
	}
}

// unguard gives the protocol what the guard has for it; what is for the socket
// stays. The lock is held.
func (l *loop) unguard(now time.Duration) {
	out := l.guarded[:0]
	for _, g := range l.guarded {
		switch {
		case g.out:
			out = append(out, g)
		case g.bytes != nil:
			l.core.Receive(now, g.addr, g.bytes)
		default:
			l.cut(g.addr, g.cause)
			close(g.done)
		}
	}
	clear(l.guarded[len(out):])
	l.guarded = out
}

// cut ends the connections with an address. The lock is held.
func (l *loop) cut(addr netip.AddrPort, cause error) {
	var theirs []*engine.Peer // Peers allows no changes
	l.core.Peers(func(p *engine.Peer) {
		if p.Addr() == addr {
			theirs = append(theirs, p)
		}
	})
	for _, p := range theirs {
		l.peer(p).cause = cause
		p.Cut()
	}
}

// sweep lets the guard look around if it is time.
func (l *loop) sweep(now time.Duration) {
	if now < l.sweepAt {
		return
	}
	var addrs map[netip.AddrPort]bool
	again := l.guard.Sweep(func(a netip.AddrPort) bool {
		if addrs == nil {
			addrs = l.addrs()
		}
		return addrs[a]
	})
	l.sweepAt = never
	if again {
		l.sweepAt = now + sweepEvery
	}
}

// addrs are the addresses that there are connections with.
func (l *loop) addrs() map[netip.AddrPort]bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	addrs := make(map[netip.AddrPort]bool, l.core.PeerCount())
	l.core.Peers(func(p *engine.Peer) { addrs[p.Addr()] = true })
	return addrs
}

// transmit sends what the guard has for the socket.
func (l *loop) transmit() {
	l.mu.Lock()
	l.passed = l.passed[:0]
	kept := l.guarded[:0]
	for _, g := range l.guarded {
		if g.out {
			l.passed = append(l.passed, g)
		} else {
			kept = append(kept, g)
		}
	}
	clear(l.guarded[len(kept):])
	l.guarded = kept
	l.mu.Unlock()

	for some := l.passed; len(some) > 0; {
		n := min(len(some), engine.OutboxDatagrams)
		l.messages = l.messages[:0]
		for _, g := range some[:n] {
			l.messages = append(l.messages, udpbatch.Message{Addr: g.addr, Data: g.bytes})
		}
		l.write()
		some = some[n:]
	}
	clear(l.passed)
	clear(l.messages)
}

// dismiss closes the guard and sends its last words.
func (l *loop) dismiss() {
	if l.guard != nil {
		l.guard.Close()
		l.transmit()
	}
}
