package crosspeer

import (
	"fmt"
	"net/netip"
	"sync/atomic"
	"time"
)

// Port is a link's place in the session. Its methods are for the transport
// that attached the link, which calls them from one goroutine at a time, so
// that packets of one remote keep their order and Detach comes last. They are
// not called from inside a method of the Link.
type Port struct {
	hub     *Hub
	link    Link
	resumer Resumer // the link, nil if it cannot be pushed back
	id      PeerID
	addr    netip.Addr // of the remote, invalid if it has none
	grant   Grant

	drops   tally
	gate    atomic.Pointer[admission] // that keeps the remote out of the session; nil when it is in
	police  *police                   // nil without limits
	guarded bool                      // what the remote sends is inspected
	passed  bool                      // the packet that waits has passed inspection
	pausing *time.Timer               // resumes the link; nil before the first pause

	gone    atomic.Bool            // detached; written with Hub.mu held
	closing atomic.Pointer[Reason] // why this end closes the link
	slow    atomic.Bool            // it was closed because of a limit or of a queue

	turn uint64 // place among the ports that wait; guarded by inbox.mu
}

// ID is the id of the remote.
func (p *Port) ID() PeerID { return p.id }

// Deliver takes a frame from the remote. Its bytes are used during the call
// only. The frame's From must be what the remote wrote; the hub decides
// whether it is honest. After Detach it does nothing.
func (p *Port) Deliver(f *Frame) Verdict {
	switch {
	case p.gone.Load():
		return Taken
	case p.hub.role == roleServer:
		return p.deliver(f)
	case p.hub.role == roleMesh:
		return p.hub.fromMember(p, f)
	}
	return p.hub.fromServer(p, f)
}

// deliver is Deliver on a server.
func (p *Port) deliver(f *Frame) Verdict {
	if a := p.gate.Load(); a != nil {
		if v, pending := a.deliver(p, f); pending {
			return v
		}
	}
	if p.guarded {
		if v, pass := p.inspect(f); !pass {
			return v
		}
	}
	v := p.hub.fromClient(p, f)
	p.passed = v == Wait
	return v
}

// Detach says that the connection is over. The reason is overruled by that of
// this end's own Close.
func (p *Port) Detach(r Reason) {
	if p.pausing != nil {
		p.pausing.Stop() // it would keep what waits
	}
	p.hub.detach(p, r)
}

// Violation counts something that the remote sent and that has no place in
// the transport's framing. It was dropped; the connection goes on, as in the
// engine, unless Config.Policy has enough of it.
func (p *Port) Violation() {
	p.drop(malformed)
	p.chargeViolation()
}

// offer gives a frame to the link and counts what became of it.
func (p *Port) offer(f *Frame) SendResult {
	r := p.link.Send(f)
	switch r {
	case SendDropped:
		p.drop(linkDropped)
	case SendNoChannel:
		p.drop(noChannel)
	case SendTooLarge:
		p.drop(tooLarge)
	}
	return r
}

// send is offer for a frame that nobody waits for. A link that has no room for
// a reliable one is closed: its remote does not keep up, and must not make
// others wait.
func (p *Port) send(f *Frame) SendResult {
	r := p.offer(f)
	if r == SendFull && !p.slow.Swap(true) {
		p.hub.stats.slow.Add(1)
		p.close(Reason{ReasonSlow, ByPolicy,
			fmt.Sprintf("too slow: %d bytes wait to be delivered", p.link.Stats().QueuedBytes)}, true)
	}
	return r
}

// overflow is what becomes of a frame that must not be lost when this program
// does not keep up: it waits, or if the transport cannot push back, the
// connection is closed.
func (p *Port) overflow() Verdict {
	if p.resumer != nil {
		return Wait
	}
	if !p.slow.Swap(true) {
		p.hub.stats.slow.Add(1)
		p.close(Reason{ReasonSlow, ByPolicy,
			"this program does not take its packets, and the transport cannot push back"}, true)
	}
	return Taken
}

// close ends the connection from this end. The first reason counts.
func (p *Port) close(r Reason, now bool) {
	p.closing.CompareAndSwap(nil, &r)
	p.link.Close(r, now)
}
