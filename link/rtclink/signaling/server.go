package signaling

import (
	"context"
	"net/http"
	"sync"
	"time"

	"crosspeer/link/rtclink/signaling/internal/lobby"

	"github.com/coder/websocket"
)

// Server is a signalling server for both dialects, on any path and without a
// sub-protocol, as the demo's clients want it. Its methods may be called from
// any goroutine.
type Server struct {
	cfg   Config
	start time.Time // what the Hall's time counts from

	mu      sync.Mutex // no method of a Session is called with it held
	hall    *lobby.Hall
	conns   map[lobby.ConnID]*conn
	lastID  lobby.ConnID
	timer   *time.Timer // calls advance
	closed  bool
	serving sync.WaitGroup

	refused uint64 // requests that became no connection
}

// NewServer makes a Server. It has to be closed.
func NewServer(cfg Config) (*Server, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.populated()
	s := &Server{
		cfg:   cfg,
		start: time.Now(),
		hall:  lobby.New(cfg.hall()),
		conns: map[lobby.ConnID]*conn{},
	}
	s.timer = time.AfterFunc(time.Hour, s.advance)
	s.timer.Stop()
	return s, nil
}

func (s *Server) now() time.Duration { return time.Since(s.start) }

// ServeHTTP upgrades a request and serves the connection until it ends.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.cfg.allows(r) {
		s.refuse(w, http.StatusForbidden, "signaling: the page's origin may not connect")
		return
	}
	if words := s.admit(); words != "" {
		s.refuse(w, http.StatusServiceUnavailable, words)
		return
	}
	defer s.serving.Done()
	ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true}) // allows has verified it
	if err != nil {
		s.count()
		return // Accept has answered
	}
	ws.SetReadLimit(int64(s.cfg.MaxMessageBytes))
	newConn(s, ws, r).serve()
}

// admit says why a request cannot become a connection, or counts it in. Those
// beyond MaxPeers are closed with the demo's reason, as long as they are not
// too many themselves.
func (s *Server) admit() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return "signaling: the server is shutting down"
	case len(s.conns) >= 2*s.cfg.MaxPeers:
		return "signaling: too many connections"
	}
	s.serving.Add(1)
	return ""
}

func (s *Server) refuse(w http.ResponseWriter, status int, words string) {
	s.count()
	http.Error(w, words, status)
}

func (s *Server) count() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused++
}

// open brings a connection in.
func (s *Server) open(c *conn) {
	var ice []ICEServer
	if s.cfg.ICEServers != nil {
		ice = s.cfg.ICEServers(c.request)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lastID++
	c.id = s.lastID
	s.conns[c.id] = c
	s.hall.Open(s.now(), c.id, ice)
	if s.closed { // since admit
		s.hall.Close(c.id, lobby.ShuttingDown, "")
	}
	s.run()
}

// receive takes a message and gives the calls of the Session's methods that it
// leads to.
func (s *Server) receive(c *conn, b []byte) []func() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hall.Receive(s.now(), c.id, b)
	s.run()
	calls := c.calls
	c.calls = nil
	return calls
}

// drop closes a connection for a cause that the Hall does not see.
func (s *Server) drop(c *conn, why lobby.Cause) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hall.Close(c.id, why, "")
	s.run()
}

// forget takes out a connection that is over.
func (s *Server) forget(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c.id)
	s.hall.Gone(c.id)
	s.run()
}

// advance is called by the timer.
func (s *Server) advance() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hall.Advance(s.now())
	s.run()
}

// run does what the Hall wants done and sets the timer. The lock is held.
func (s *Server) run() {
	for out := s.hall.Outputs(); len(out) > 0; out = s.hall.Outputs() {
		var slow []*conn
		for _, o := range out {
			if c := s.conns[o.Conn]; c != nil && !c.do(o) {
				slow = append(slow, c)
			}
		}
		for _, c := range slow {
			s.hall.Close(c.id, lobby.TooSlow, "")
		}
	}
	if at, ok := s.hall.Deadline(); ok {
		s.timer.Reset(max(at-s.now(), 0))
	} else {
		s.timer.Stop()
	}
}

// Close closes all connections with code 1001 and returns when none is left.
// When ctx is done first, those that are left are cut, and the error is ctx's.
func (s *Server) Close(ctx context.Context) error {
	s.mu.Lock()
	s.closed = true
	for id := range s.conns {
		s.hall.Close(id, lobby.ShuttingDown, "")
	}
	s.run()
	s.mu.Unlock()

	done := make(chan struct{})
	go func() { s.serving.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	for _, c := range s.conns {
		c.cancel()
	}
	s.mu.Unlock()
	<-done
	return ctx.Err()
}

// Stats are the figures of a Server. Counters begin with 0 and do not go back.
type Stats struct {
	Connections int // now, those included that are being closed
	Lobbies     int // now, without the session's
	Members     int // connections that are in a lobby now, the session's included

	Refused uint64 // requests that became no connection
	Joins   uint64 // also of those who created a lobby
	Relayed uint64 // offers, answers and candidates

	// Closed is how many connections the server closed, by cause: "unknown
	// lobby", "bad format", "too slow", … Causes that did not occur are not
	// in it.
	Closed map[string]uint64
}

// Stats gives the figures.
func (s *Server) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	hall := s.hall.Stats()
	st := Stats{
		Connections: len(s.conns),
		Lobbies:     hall.Lobbies,
		Members:     hall.Members,
		Refused:     s.refused,
		Joins:       hall.Joins,
		Relayed:     hall.Relayed,
		Closed:      map[string]uint64{},
	}
	for _, why := range lobby.Causes() {
		if n := hall.Closed[why]; n > 0 {
			st.Closed[why.String()] = n
		}
	}
	return st
}
