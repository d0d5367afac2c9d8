package enet

import (
	"net/netip"
	"time"

	"crosspeer/enet/internal/engine"
	"crosspeer/internal/udpbatch"
)

// Security encrypts the datagrams of hosts.
type Security interface {
	// Guard makes the guard of one host. name is the host's part of the
	// address that Dial was given, empty for a host that Dial did not make.
	Guard(out *Outlet, name string) (Guard, error)
}

// Guard stands between the socket of a host and its protocol: it makes records
// of datagrams and datagrams of records. Receive, Send, Sweep and Close are
// called on the host's goroutine, which they must not keep waiting; State from
// any, and none of them with a lock that Outlet's methods take.
type Guard interface {
	// Receive takes what has come in at the socket, and says whether it is
	// for the protocol as it stands. The bytes are valid during the call. What
	// it holds for the protocol otherwise goes through Outlet.Deliver.
	Receive(from netip.AddrPort, datagram []byte) (plain bool)

	// Send takes a datagram of the protocol, and says whether it goes out as
	// it stands. The bytes are valid during the call. What is sent in its
	// place goes through Outlet.Transmit.
	Send(to netip.AddrPort, datagram []byte) (plain bool)

	// Sweep is called about once a second after it has returned true, and
	// after each Receive or Send that did not return true. used says whether
	// there is a connection with an address. It returns whether there is
	// anything left to look after.
	Sweep(used func(netip.AddrPort) bool) (again bool)

	// State is how what is sent to an address is encrypted.
	State(addr netip.AddrPort) SecurityState

	// Close says goodbye to everybody, and returns when nothing of the guard
	// runs any more. What it transmits is still sent.
	Close()
}

// SecurityState is how a connection is encrypted. The zero value is not at all.
type SecurityState struct {
	Version     string // "DTLS 1.2"
	CipherSuite string // "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"
	ServerName  string // that the client asked for, as far as it did
}

// String is "DTLS 1.2 TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", or "none".
func (s SecurityState) String() string {
	if s.Version == "" {
		return "none"
	}
	return s.Version + " " + s.CipherSuite
}

// maxSecureMTU leaves room for what a record adds, in bytes: a datagram with
// more than udpbatch.MaxSize could not be received.
const maxSecureMTU = udpbatch.MaxSize - 96

// Outlet is what a Guard gives to its host. Its methods may be called from any
// goroutine and return at once; what they are given happens in the order in
// which it was given.
type Outlet struct{ h *Host }

// guarded is one of the things that a guard has for its host.
type guarded struct {
	addr  netip.AddrPort
	bytes []byte // nil: the connections with addr end, because of cause
	out   bool   // bytes go to the socket, and not to the protocol
	cause error
	done  chan struct{} // closed when they have ended
}

// maxGuarded is the most datagrams that wait for the host's goroutine. More
// are lost, as datagrams may be.
const maxGuarded = 4096

// Transmit sends a datagram, which belongs to the host from now on.
func (o *Outlet) Transmit(to netip.AddrPort, datagram []byte) {
	o.put(guarded{addr: to, bytes: datagram, out: true})
}

// Deliver hands the protocol a datagram, which belongs to the host from now on.
func (o *Outlet) Deliver(from netip.AddrPort, datagram []byte) {
	o.put(guarded{addr: from, bytes: datagram})
}

// Cut ends the connections with an address: with ReasonSecurity and the cause.
// The channel is closed when they have ended, and Send is no more called for
// them; never, if the host is closed before.
func (o *Outlet) Cut(addr netip.AddrPort, cause error) <-chan struct{} {
	done := make(chan struct{})
	o.put(guarded{addr: addr, cause: cause, done: done})
	return done
}

func (o *Outlet) put(g guarded) {
	o.h.mu.Lock()
	defer o.h.mu.Unlock()
	if g.bytes != nil && len(o.h.guarded) >= maxGuarded {
		return
	}
	o.h.guarded = append(o.h.guarded, g)
	o.h.wake()
}

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
const sweepEvery = time.Second

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
	for _, p := range l.peers() {
		if p.Addr() == addr && p.State() != engine.Disconnected {
			l.peer(p).cause = cause
			p.Cut()
		}
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
