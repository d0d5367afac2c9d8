package crosspeer

import (
	"fmt"
	"sync/atomic"
)

// Port is a link's place in the session. Its methods are for the transport
// that attached the link, which calls them from one goroutine at a time, so
// that packets of one remote keep their order and Detach comes last.
type Port struct {
	hub  *Hub
	link Link
	id   PeerID

	detached bool                   // guarded by Hub.mu
	closing  atomic.Pointer[Reason] // why this end closes the link
	slow     atomic.Bool
}

// ID is the id of the remote.
func (p *Port) ID() PeerID { return p.id }

// Deliver takes a frame from the remote. Its bytes are used during the call
// only. The frame's From must be what the remote wrote; the hub decides
// whether it is honest.
func (p *Port) Deliver(f *Frame) Verdict {
	if p.hub.server {
		return p.hub.fromClient(p, f)
	}
	return p.hub.fromServer(p, f)
}

// Detach says that the connection is over. The reason is overruled by that of
// this end's own Close.
func (p *Port) Detach(r Reason) { p.hub.detach(p, r) }

// Violation counts something that the remote sent and that has no place in
// the transport's framing. It was dropped; the connection goes on, as in the
// engine.
func (p *Port) Violation() { p.hub.stats.malformed.Add(1) }

// send gives a frame to the link. A link that has no room for a reliable one
// is closed: its remote does not keep up, and must not make others wait.
func (p *Port) send(f *Frame) SendResult {
	r := p.link.Send(f)
	switch r {
	case SendAccepted:
	case SendFull:
		if !p.slow.Swap(true) {
			p.hub.stats.slow.Add(1)
			p.close(Reason{ReasonSlow, ByPolicy,
				fmt.Sprintf("too slow: %d bytes wait to be delivered", p.link.Stats().QueuedBytes)}, true)
		}
	case SendDropped:
		p.hub.stats.linkDropped.Add(1)
	case SendNoChannel:
		p.hub.stats.noChannel.Add(1)
	}
	return r
}

// close ends the connection from this end.
func (p *Port) close(r Reason, now bool) {
	p.closing.CompareAndSwap(nil, &r)
	p.link.Close(r, now)
}

// resumer is the link's way to be pushed back, nil if it has none.
func (p *Port) resumer() Resumer {
	r, _ := p.link.(Resumer)
	return r
}
