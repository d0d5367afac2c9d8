package crosspeer

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// admission is the way of one remote into a session whose program decides who
// comes in. It has a goroutine, which runs Config.Admit.
type admission struct {
	hub    *Hub
	cancel context.CancelCauseFunc
	asked  chan struct{} // closed when the program waits for the first packet
	packet chan []byte   // holds it
	done   chan struct{} // closed when the program has decided
	asking sync.Once

	grant Grant // when done
	err   error

	mu      sync.Mutex // taken inside Hub.mu
	port    *Port      // nil until the remote is attached
	decided bool
	taken   bool // the first packet is there
	waiting bool // the port was told to wait
}

var (
	errLeft    = errors.New("crosspeer: the remote has gone")
	errTooLong = errors.New("crosspeer: the server could not decide in time")
)

// begin starts an admission, if there are not too many.
func (h *Hub) begin(hello Hello) (*admission, error) {
	if n := h.admitting.Add(1); n > int64(h.cfg.MaxAdmitting) {
		h.admitting.Add(-1)
		return nil, fmt.Errorf("%w: %d clients wait to be let in", ErrFull, h.cfg.MaxAdmitting)
	}
	ctx, stop := context.WithTimeoutCause(h.ctx, h.cfg.AdmitTimeout, errTooLong)
	ctx, cancel := context.WithCancelCause(ctx)
	a := &admission{
		hub: h, cancel: cancel, asked: make(chan struct{}),
		packet: make(chan []byte, 1), done: make(chan struct{}),
	}
	hello.admission = a
	h.admissions.Go(func() {
		defer stop()
		grant, err := h.cfg.Admit(ctx, hello)
		h.admitting.Add(-1)
		a.decide(grant, err)
		cancel(nil)
	})
	return a, nil
}

// ask makes the remote's first packet go to the program. What waits is the
// first packet, if anything does.
func (a *admission) ask() {
	a.asking.Do(func() {
		a.mu.Lock()
		close(a.asked)
		a.mu.Unlock()
		a.resume()
	})
}

// decide takes the program's word.
func (a *admission) decide(g Grant, err error) {
	a.mu.Lock()
	a.grant, a.err, a.decided = g, err, true
	port := a.port
	a.mu.Unlock()
	close(a.done)
	if port != nil {
		a.hub.settle(port, a)
	}
}

// attach joins the admission to its port. It says whether it is decided
// already. Hub.mu is held.
func (a *admission) attach(p *Port) (decided bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.decided {
		a.port = p
	}
	return a.decided
}

// deliver takes a frame of a remote that is not in the session yet: the first
// packet if the program wants it. Others wait. It says false when the remote is
// in the session meanwhile.
func (a *admission) deliver(p *Port, f *Frame) (v Verdict, pending bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case p.gate.Load() == nil:
		return Taken, false
	case a.decided && a.err != nil, f.Kind != FramePacket:
		return Taken, true
	case f.From != p.id:
		p.drop(spoofed)
		return Taken, true
	case !a.decided && !a.taken && isClosed(a.asked):
		if len(f.Data) > maxFirstPacket {
			a.cancel(fmt.Errorf("%w: the first has %d bytes, at most %d", ErrTooLarge, len(f.Data), maxFirstPacket))
			return Taken, true
		}
		a.taken = true
		a.packet <- append([]byte(nil), f.Data...)
		return Taken, true
	case p.resumer == nil:
		return p.overflow(), true
	}
	a.waiting = true
	return Wait, true
}

// resume lets the port go on if it was told to wait. No lock is held.
func (a *admission) resume() {
	a.mu.Lock()
	port := a.port
	waiting := a.waiting && port != nil
	a.waiting = false
	a.mu.Unlock()
	if waiting && !port.gone.Load() {
		port.resumer.Resume()
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// wait keeps a port out of the session until its admission is decided. The
// lock is held.
func (h *Hub) wait(p *Port, a *admission) {
	p.gate.Store(a)
	if h.pending == nil {
		h.pending = make(map[*Port]struct{})
	}
	h.pending[p] = struct{}{}
}

// settle brings a port that waited into the session, or ends its connection.
func (h *Hub) settle(p *Port, a *admission) {
	h.mu.Lock()
	if p.gone.Load() {
		h.mu.Unlock()
		return
	}
	delete(h.pending, p)
	err := a.err
	closing := p.closing.Load() != nil // banned meanwhile, for one
	switch {
	case err != nil:
	case closing:
		err = errLeft
	default:
		err = h.welcomed(p, a.grant)
	}
	if err != nil {
		a.mu.Lock()
		a.err = err
		a.mu.Unlock()
		if !closing {
			h.Refuse()
			p.close(Reason{ReasonRefused, ByLocal, Refusal(err)}, false)
		}
	} else {
		h.enter(p)
		p.gate.Store(nil)
	}
	h.mu.Unlock()
	a.resume()
}

// welcomed checks what a grant gives a port that has its id already. The lock
// is held.
func (h *Hub) welcomed(p *Port, g Grant) error {
	if err := g.fits(p.id); err != nil {
		return err
	}
	if err := h.takes(p.id); err != nil {
		return err
	}
	if err := h.guard.bans.check(p.addr); err != nil {
		return err
	}
	p.granted(g)
	return nil
}

// fits says whether a client that has its id may have it.
func (g Grant) fits(id PeerID) error {
	if g.ID != 0 && g.ID != id {
		return fmt.Errorf("%w: %d, and %d was granted", ErrInvalidID, id, g.ID)
	}
	return nil
}
