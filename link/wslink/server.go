package wslink

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/gobwas/ws"

	"crosspeer"
	"crosspeer/internal/entry"
)

// transport is the name of this one.
const transport = "websocket"

// Codes that close the connection of a client that the session does not take,
// at the moment or at all, and of one that broke a limit. IANA WebSocket Close
// Code registry; of the last, for which it has none, the range for private use.
const (
	statusTryAgain  ws.StatusCode = 1013
	statusForbidden ws.StatusCode = 3003
	statusTooMuch   ws.StatusCode = 4429
)

// statusOf is the code for a refusal.
func statusOf(err error) ws.StatusCode {
	if entry.Status(err) == http.StatusServiceUnavailable {
		return statusTryAgain
	}
	return statusForbidden
}

// Handler lets WebSocket clients into a session, beside other routes of an
// HTTP server. It is an http.Handler and a crosspeer.Listener: give it to
// crosspeer.Listen and mount it under any path. Requests are answered with 503
// while no session listens with it. It needs HTTP/1.1, and takes connections
// over, so http.Server.Shutdown does not wait for them: Peer.Close does. Safe
// for concurrent use.
type Handler struct {
	cfg Config
	err error

	mu     sync.Mutex
	server *server // of the session that listens, nil if none does
}

// NewHandler makes a Handler. At most one Config may be given; Listen fails if
// it is invalid.
func NewHandler(cfg ...Config) *Handler {
	h := new(Handler)
	h.cfg, h.err = only(cfg)
	return h
}

// ErrInUse: the Handler serves another session.
var ErrInUse = errors.New("wslink: the handler serves another session")

// Listen implements crosspeer.Listener. Errors: ErrInUse while another session
// listens, and those of Config.Validate.
func (h *Handler) Listen(_ context.Context, hub *crosspeer.Hub) (crosspeer.Transport, error) {
	if h.err != nil {
		return nil, h.err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.server != nil {
		return nil, ErrInUse
	}
	h.server = &server{handler: h, hub: hub, links: make(map[*link]struct{})}
	return h.server, nil
}

// server is a session's part of a Handler.
type server struct {
	handler *Handler
	hub     *crosspeer.Hub

	mu     sync.Mutex
	closed bool
	links  map[*link]struct{}
	work   sync.WaitGroup // connections, and requests that may become some
}

// enter gives the session's part for a request, which ends with leave.
func (h *Handler) enter() *server {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.server != nil {
		h.server.work.Add(1)
	}
	return h.server
}

// ServeHTTP implements http.Handler: it makes the request a WebSocket and
// returns.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s := h.enter()
	if s == nil {
		http.Error(w, "no session is open here", http.StatusServiceUnavailable)
		return
	}
	defer s.work.Done()
	if status, text := h.cfg.refusal(r); status != 0 {
		http.Error(w, text, status)
		return
	}
	hello, err := s.hub.Knock(r.Context(), entry.Hello(r, transport))
	if err != nil {
		http.Error(w, crosspeer.Refusal(err), entry.Status(err))
		return
	}
	conn, src, _, err := h.cfg.upgrade(w, r)
	if err != nil {
		s.hub.Retract(hello)
		return
	}
	l := newLink(h.cfg, s.hub, conn, src, false)
	if l.port, err = s.hub.Attach(l, hello); err != nil {
		s.turnAway(conn, err)
		return
	}
	s.work.Go(func() { s.serve(l) })
}

// turnAway closes the connection of a client that the session did not take
// after all.
func (s *server) turnAway(conn net.Conn, err error) {
	l := newLink(s.handler.cfg, s.hub, conn, nil, false)
	l.now = true
	conn.SetDeadline(time.Now().Add(farewell))
	l.writeOne(frameOf(ws.OpClose, false, closePayload(statusOf(err), crosspeer.Refusal(err))))
	conn.Close()
}

// serve runs a connection and forgets it when it is over.
func (s *server) serve(l *link) {
	s.mu.Lock()
	s.links[l] = struct{}{}
	if s.closed {
		l.abort()
	}
	s.mu.Unlock()
	l.run()
	s.mu.Lock()
	delete(s.links, l)
	s.mu.Unlock()
}

// Addr implements crosspeer.Transport: the handler does not know where it is
// mounted.
func (s *server) Addr() string { return "ws:" }

// Limits implements crosspeer.Limiter.
func (s *server) Limits() crosspeer.Limits { return s.handler.cfg.limits() }

// Close implements crosspeer.Transport. Goodbyes under way are said.
func (s *server) Close() error {
	h := s.handler
	h.mu.Lock()
	h.server = nil
	h.mu.Unlock()
	s.mu.Lock()
	s.closed = true
	for l := range s.links {
		l.abandon()
	}
	s.mu.Unlock()
	s.work.Wait()
	return nil
}
