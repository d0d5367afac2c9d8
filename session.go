package crosspeer

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
)

// session is what Listen or Dial opens. The Peer keeps the last one, so that
// what has happened in it can still be read.
type session struct {
	hub    *Hub
	inbox  *inbox
	number uint64      // counted from 1
	over   atomic.Bool // the Peer is in no session any more
	ready  atomic.Bool // all listeners are open

	cancel context.CancelFunc // ends the opening

	mu         sync.Mutex
	transports []Transport
	ended      bool // transports are to be closed
	errs       []error
	work       sync.WaitGroup // the session until its end, the opening, and closes of transports
}

// current is the session that the Peer is in, nil if it is in none.
func (p *Peer) current() *session {
	if s := p.session.Load(); s != nil && !s.over.Load() {
		return s
	}
	return nil
}

// open begins a session. The context is for the opening, which the caller
// ends with opened.
func (p *Peer) open(ctx context.Context, r role) (*session, context.Context, error) {
	cfg := p.cfg.populated()
	s := &session{inbox: newInbox(cfg)}
	s.hub = newHub(cfg, r, s.inbox, &p.bans)
	s.hub.refusing = p.IsRefusingNewConnections
	s.hub.lost = s.lost
	s.work.Add(2) // until opened and until end
	ctx, s.cancel = context.WithCancel(ctx)
	for {
		last := p.session.Load()
		if last != nil && !last.over.Load() {
			s.cancel()
			return nil, nil, ErrAlreadyActive
		}
		s.number = 1
		if last != nil {
			s.number += last.number
		}
		if p.session.CompareAndSwap(last, s) {
			if last != nil {
				last.work.Wait() // its addresses are free again
			}
			p.compat.open()
			if most := cfg.Policy.MaxMemoryBytes; most > 0 && r == roleServer {
				s.work.Go(func() { s.watchMemory(most) })
			}
			return s, ctx, nil
		}
	}
}

// opened ends the opening. It says whether the program has closed the session
// meanwhile.
func (s *session) opened() (closed bool) {
	s.cancel()
	s.work.Done()
	return s.hub.leaving.Load()
}

// lost ends the session of a client whose server has gone. It is called on
// the transport's goroutine, so the transport is closed on another.
func (s *session) lost(r Reason) {
	s.over.Store(true)
	s.inbox.signal(ServerDisconnected{r})
	s.inbox.close(false)
	s.end()
}

// Sessions is how many sessions the Peer has been in, the present one
// included. What a program remembers of the members of one means nothing in the
// next.
func (p *Peer) Sessions() uint64 {
	if s := p.session.Load(); s != nil {
		return s.number
	}
	return 0
}

// add keeps a transport that was opened, or closes it if the session is over
// already.
func (s *session) add(t Transport) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.transports = append(s.transports, t)
	s.hub.limit(t)
	if s.ended {
		s.closeTransports()
	}
}

// end closes the transports without waiting.
func (s *session) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closeTransports()
	if !s.ended {
		s.ended = true
		s.work.Done()
	}
}

// closeTransports is called with the lock held.
func (s *session) closeTransports() {
	for _, t := range s.transports {
		s.work.Go(func() {
			err := t.Close()
			s.mu.Lock()
			defer s.mu.Unlock()
			s.errs = append(s.errs, err)
		})
	}
	s.transports = nil
}

// close ends the session and returns when nothing of it runs any more. With
// drop nobody will see what has not been read.
func (s *session) close(drop bool) error {
	s.over.Store(true)
	s.hub.leave(Reason{ReasonClosed, ByLocal, ""}, true)
	s.cancel() // an opening that this ends must see that nobody comes in
	s.inbox.close(drop)
	s.end()
	s.work.Wait()
	s.hub.admissions.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	err := errors.Join(s.errs...)
	s.errs = nil
	return err
}

// Close says goodbye to everyone and leaves the session; nothing is reported
// any more, and what was not read is dropped. What was sent and is not yet
// delivered may be lost: Shutdown waits for it. A Listen or Dial that is under
// way fails with ErrClosed. Close returns when nothing of the session runs any
// more. Closing a Peer in no session does nothing. Godot 3.2,
// close_connection.
func (p *Peer) Close() error {
	s := p.session.Load()
	if s == nil {
		return nil
	}
	p.compat.drop(s.inbox)
	return s.close(true)
}

// Shutdown lets nobody in, waits until what was sent reliably is delivered,
// says goodbye, and closes the Peer when all have gone or ctx is done. What
// has come until then can still be read. It returns ctx's error if somebody
// was left.
func (p *Peer) Shutdown(ctx context.Context) error {
	s := p.session.Load()
	if s == nil {
		return nil
	}
	var err error
	gone := s.hub.leave(Reason{ReasonClosed, ByLocal, ""}, false)
	select {
	case <-gone:
	default:
		select {
		case <-gone:
		case <-ctx.Done():
			err = ctx.Err()
		}
	}
	return errors.Join(err, s.close(false))
}
