package enet

import (
	"net/netip"

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

	// Sweep is called about twice a second after it has returned true, and
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
