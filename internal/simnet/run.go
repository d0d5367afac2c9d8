package simnet

import (
	"fmt"
	"time"
)

// Step runs the next thing that is due, at its time: one arrival, one action
// or one flush. It returns false when nothing is pending.
func (n *Net) Step() bool {
	n.outside()
	if len(n.tasks.slots) == 0 {
		return false
	}
	n.step()
	return true
}

// RunUntil runs all that is due up to and including t, which must not be in
// the past. After it the time is t.
func (n *Net) RunUntil(t time.Duration) {
	n.outside()
	if t < n.now {
		panic(fmt.Sprintf("simnet: RunUntil %v, but it is %v already", t, n.now))
	}
	for {
		at, ok := n.tasks.next()
		if !ok || at > t {
			break
		}
		n.step()
	}
	n.advance(t)
}

// RunFor runs all that is due up to d from now.
func (n *Net) RunFor(d time.Duration) { n.RunUntil(n.now + d) }

// RunWhile runs while cond holds, for at most limit from now. It asks cond
// before every step and once at the limit. It returns true when cond has
// become false, with the time at that moment, and false when the limit has
// passed.
func (n *Net) RunWhile(limit time.Duration, cond func() bool) bool {
	n.outside()
	if limit < 0 {
		panic(fmt.Sprintf("simnet: RunWhile with the limit %v", limit))
	}
	end := n.now + limit
	for cond() {
		at, ok := n.tasks.next()
		if !ok || at > end {
			n.advance(end)
			return !cond()
		}
		n.step()
	}
	return true
}

// outside panics when a node, an action or a tap tries to run the network.
func (n *Net) outside() {
	if n.running {
		panic("simnet: the network is run from within its own step")
	}
}

func (n *Net) advance(t time.Duration) {
	if t > n.now {
		n.now, n.steps = t, 0
	}
}

// step runs the first task of the timeline, which must not be empty.
func (n *Net) step() {
	n.running = true
	at, t := n.tasks.pop()
	n.advance(at)
	if n.steps++; n.steps > n.limits.steps {
		panic(fmt.Sprintf("simnet: more than %d steps at %v, the next for %s", n.limits.steps, n.now, t.whom()))
	}
	switch {
	case t.node != nil:
		n.flush(t.node)
	case t.action != nil:
		t.action()
	default:
		n.deliver(t)
	}
	n.running = false
}

// whom names the receiver of a task in a panic.
func (t *task) whom() string {
	switch {
	case t.node != nil:
		return "the flush of " + t.node.addr.String()
	case t.action != nil:
		return "an action of the test"
	}
	return "a datagram from " + t.from.String() + " to " + t.to.String()
}

func (n *Net) deliver(t *task) {
	e := n.nodes[t.to]
	if e == nil {
		n.arrive(n.now, Lost, CauseNoReceiver, t)
		n.recycle(t)
		return
	}
	n.arrive(n.now, Delivered, CauseNone, t)
	e.heard = true
	// Before the call, which may detach the node.
	n.mark(e)
	e.node.Receive(n.now, t.from, t.data)
	n.recycle(t)
}

func (n *Net) flush(e *endpoint) {
	sent := n.stats.Sent
	e.dirty = false
	n.flushing = e
	e.node.Flush(n.now, e.send)
	n.flushing = nil

	if e.heard || sent != n.stats.Sent || e.idleAt != n.now {
		e.idleAt, e.idle = n.now, 0
	}
	e.heard = false
	if e.idle++; e.idle > n.limits.idle {
		panic(fmt.Sprintf("simnet: node %v was flushed more than %d times at %v without receiving or sending", e.addr, n.limits.idle, n.now))
	}

	if n.nodes[e.addr] != e || e.dirty {
		return // it detached itself, or asked for another flush now
	}
	if at, ok := e.node.Deadline(); ok {
		n.tasks.put(max(at, n.now), &e.flush)
	}
}
