package simnet

import (
	"fmt"
	"net/netip"
	"time"
)

// Node is a protocol core: datagrams and time go in, datagrams and the next
// deadline come out. A Net calls it from one goroutine only.
type Node interface {
	// Receive hands over one datagram. The slice is valid only during the
	// call; the node may change it.
	Receive(now time.Duration, from netip.AddrPort, datagram []byte)
	// Flush lets the node run what is due at now and emit datagrams. send
	// copies the bytes. It must not be called after Flush has returned.
	Flush(now time.Duration, send func(to netip.AddrPort, datagram []byte))
	// Deadline says when Flush must be called next. A time in the past means
	// now. ok is false when nothing is pending.
	Deadline() (at time.Duration, ok bool)
}

// Net is a virtual network with a clock of its own, which starts at 0 and
// jumps from one thing that is due to the next. It must be used from one
// goroutine.
//
// A node is flushed when it is attached, after the datagrams it received at an
// instant, at its deadline, and when the test asks with [Net.Wake]. Its
// deadline is read after each flush. What is due at the same instant happens in
// the order in which it became known.
//
// Time that stands still is a fault: a node that is flushed more than 100,000
// times at one instant without receiving or sending, and more than ten million
// steps at one instant, end in a panic that names the address.
type Net struct {
	medium
	now   time.Duration
	nodes map[netip.AddrPort]*endpoint

	running  bool      // inside a step
	flushing *endpoint // whose send is valid
	limits   limits
	steps    int // at this instant
}

// limits bound what may happen at one instant, so that a test that makes no
// progress ends and says why.
type limits struct {
	idle  int // flushes of one node that neither received nor sent
	steps int // steps of all kinds
}

var defaultLimits = limits{idle: 100_000, steps: 10_000_000}

// endpoint is an attached node.
type endpoint struct {
	addr  netip.AddrPort
	node  Node
	send  func(to netip.AddrPort, datagram []byte)
	last  *path // of the last datagram, likely that of the next
	flush task  // its place in the timeline
	dirty bool  // the queued flush is asked for, whatever the deadline

	idleAt time.Duration
	idle   int
	heard  bool // received since the last flush
}

// New returns a network at time 0 in which every path has the given
// conditions.
func New(seed uint64, cond Conditions) *Net {
	n := &Net{nodes: map[netip.AddrPort]*endpoint{}, limits: defaultLimits}
	n.medium.init(seed, cond)
	return n
}

// Attach puts a node at an address, where nobody may be yet, and flushes it at
// the current time.
func (n *Net) Attach(addr netip.AddrPort, node Node) {
	addr = canonical(addr)
	if !addr.IsValid() || addr.Port() == 0 || addr.Addr().IsUnspecified() {
		panic(fmt.Sprintf("simnet: Attach at %v, which is no full address", addr))
	}
	if n.nodes[addr] != nil {
		panic(fmt.Sprintf("simnet: Attach at %v, which is in use", addr))
	}
	e := &endpoint{addr: addr, node: node}
	e.flush.node = e
	e.send = func(to netip.AddrPort, datagram []byte) { n.sendFrom(e, to, datagram) }
	n.nodes[addr] = e
	n.mark(e)
}

// Detach removes the node at an address and says whether there was one. What
// it sent before still arrives. What arrives for it is lost.
func (n *Net) Detach(addr netip.AddrPort) bool {
	addr = canonical(addr)
	e := n.nodes[addr]
	if e == nil {
		return false
	}
	delete(n.nodes, addr)
	n.tasks.remove(&e.flush)
	return true
}

// SetConditions changes the conditions of all paths without their own, from
// now on. What is under way or queued keeps its time.
func (n *Net) SetConditions(cond Conditions) { n.cond = cond.checked() }

// SetPath gives the direction between two addresses conditions of its own,
// from now on.
func (n *Net) SetPath(from, to netip.AddrPort, cond Conditions) { n.setPath(from, to, cond) }

// ClearPath takes back SetPath.
func (n *Net) ClearPath(from, to netip.AddrPort) { n.clearPath(from, to) }

// At runs an action at a time that is not in the past.
func (n *Net) At(t time.Duration, action func()) {
	if t < n.now {
		panic(fmt.Sprintf("simnet: At %v, but it is %v already", t, n.now))
	}
	n.tasks.put(t, &task{action: action})
}

// Wake flushes a node at the current time, once the network runs. A test must
// call it after it used the interface of a node, or what the node wants to send
// waits for its old deadline.
func (n *Net) Wake(addr netip.AddrPort) {
	e := n.nodes[canonical(addr)]
	if e == nil {
		panic(fmt.Sprintf("simnet: Wake of %v, where no node is", addr))
	}
	n.mark(e)
}

// Inject lets a datagram arrive after a time, as if from another address. It
// is what an attacker can do: it needs no node at that address and the
// conditions do not touch it.
func (n *Net) Inject(from, to netip.AddrPort, datagram []byte, after time.Duration) {
	n.inject(n.now, from, to, datagram, after)
}

// Tap adds an observer of all events. It must not change the datagram, keep it
// or run the network. Taps are called in the order of their adding.
func (n *Net) Tap(tap func(Event)) { n.taps = append(n.taps, tap) }

// Now returns the virtual time since New.
func (n *Net) Now() time.Duration { return n.now }

// Stats returns the totals since New.
func (n *Net) Stats() Stats { return n.stats }

// Hash returns a hash over all events so far: time, addresses, bytes and
// outcome. It depends on the seed and the calls only and is the same on every
// machine.
func (n *Net) Hash() uint64 { return finish(n.hash) }

// mark makes sure that a node is flushed at the current time.
func (n *Net) mark(e *endpoint) {
	if e.flush.place == 0 || n.tasks.due(&e.flush) > n.now {
		n.tasks.put(n.now, &e.flush)
	}
	e.dirty = true
}

// sendFrom is the send of a node.
func (n *Net) sendFrom(e *endpoint, to netip.AddrPort, datagram []byte) {
	if n.flushing != e {
		panic(fmt.Sprintf("simnet: %v sends outside of its Flush", e.addr))
	}
	if e.last == nil || e.last.to != to {
		e.last = n.path(e.addr, to)
	}
	n.medium.send(n.now, e.last, datagram)
}
