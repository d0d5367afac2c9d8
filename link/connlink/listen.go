package connlink

import (
	"context"
	"errors"
	"sync"
	"time"

	"crosspeer"
)

// Listen makes a Listener of an Acceptor, which it closes in the end, so that
// it can be used for one session. At most one Config may be given.
func Listen(a Acceptor, cfg ...Config) crosspeer.Listener {
	return ListenFunc(func(context.Context) (Acceptor, error) { return a, nil }, cfg...)
}

// ListenFunc makes a Listener that opens an Acceptor for each session.
func ListenFunc(open func(context.Context) (Acceptor, error), cfg ...Config) crosspeer.Listener {
	return &listener{open, cfg}
}

type listener struct {
	open func(context.Context) (Acceptor, error)
	cfg  []Config
}

// Listen implements crosspeer.Listener.
func (l *listener) Listen(ctx context.Context, hub *crosspeer.Hub) (crosspeer.Transport, error) {
	cfg, err := only(l.cfg)
	if err != nil {
		return nil, err
	}
	a, err := l.open(ctx)
	if err != nil {
		return nil, err
	}
	s := &server{cfg: cfg, hub: hub, acceptor: a, closing: make(chan struct{}), links: make(map[*link]struct{})}
	s.work.Go(s.accept)
	return s, nil
}

// server is the transport of a Peer that listens.
type server struct {
	cfg      Config
	hub      *crosspeer.Hub
	acceptor Acceptor
	work     sync.WaitGroup

	closing chan struct{} // closed by Close

	mu     sync.Mutex
	closed bool
	links  map[*link]struct{}
}

// accept serves those who connect, until the Acceptor ends.
func (s *server) accept() {
	var wait time.Duration
	for {
		conn, err := s.acceptor.Accept()
		if err != nil {
			wait = min(max(2*wait, shortest), longest)
			if !temporary(err) || !s.idle(wait) {
				return
			}
			continue
		}
		wait = 0
		l := newLink(&s.cfg, s.hub, conn, false)
		s.mu.Lock()
		if s.closed {
			s.mu.Unlock()
			conn.Close()
			return
		}
		s.links[l] = struct{}{}
		s.work.Go(func() { s.serve(l) })
		s.mu.Unlock()
	}
}

// shortest and longest bound the time between attempts to accept that fail for
// a while.
const (
	shortest = 5 * time.Millisecond
	longest  = time.Second
)

// temporary says whether an error of Accept says that it will pass.
func temporary(err error) bool {
	var t interface{ Temporary() bool }
	return errors.As(err, &t) && t.Temporary()
}

// idle waits. It returns false when the transport is closed meanwhile.
func (s *server) idle(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-s.closing:
		return false
	}
}

// serve runs a connection and forgets it when it is over.
func (s *server) serve(l *link) {
	info := l.Info()
	hello, err := s.hub.Knock(context.Background(), crosspeer.Hello{Transport: info.Transport, RemoteAddr: info.RemoteAddr})
	if err == nil {
		l.port, err = s.hub.Attach(l, hello)
	}
	if err != nil {
		s.turnAway(l, err)
	} else {
		l.run()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.links, l)
}

// turnAway tells a client why the session does not take it.
func (s *server) turnAway(l *link, err error) {
	timer := time.AfterFunc(farewell, func() { l.conn.Close() })
	defer timer.Stop()
	r := crosspeer.Reason{Code: crosspeer.ReasonRefused, By: crosspeer.ByLocal, Text: crosspeer.Refusal(err)}
	if l.conn.WriteMessage(farewellOf(r)) == nil {
		for { // until it has read that and closed
			if _, err := l.conn.ReadMessage(); err != nil {
				break
			}
		}
	}
	l.conn.Close()
}

// Addr implements crosspeer.Transport.
func (s *server) Addr() string { return s.acceptor.Addr() }

// Limits implements crosspeer.Limiter.
func (s *server) Limits() crosspeer.Limits {
	return crosspeer.Limits{MaxPacketBytes: s.cfg.MaxPacketBytes}
}

// Close implements crosspeer.Transport. Goodbyes under way are said.
func (s *server) Close() error {
	close(s.closing)
	err := s.acceptor.Close()
	s.mu.Lock()
	s.closed = true
	for l := range s.links {
		l.Close(crosspeer.Reason{}, true)
	}
	s.mu.Unlock()
	s.work.Wait()
	return err
}
