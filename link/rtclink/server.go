package rtclink

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/webrtc/v4"

	"crosspeer"
	"crosspeer/internal/entry"
	"crosspeer/link/rtclink/signaling"
	"crosspeer/wire"
)

// Handler lets WebRTC clients into a session: it is an http.Handler for the
// signalling, to mount under any path, and a crosspeer.Listener. Requests are
// answered with 503 while no session listens with it. Its lobbies other than
// the session's are for games among their clients. Safe for concurrent use.
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
var ErrInUse = errors.New("rtclink: the handler serves another session")

// Listen implements crosspeer.Listener. Errors: ErrInUse while another session
// listens, those of Config.Validate, and those of the system about addresses.
func (h *Handler) Listen(_ context.Context, hub *crosspeer.Hub) (crosspeer.Transport, error) {
	if h.err != nil {
		return nil, h.err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.server != nil {
		return nil, ErrInUse
	}
	e, err := newEngine(&h.cfg, true)
	if err != nil {
		return nil, err
	}
	s := &server{handler: h, hub: hub, engine: e, guests: make(map[*signaling.Member]visitor),
		links: make(map[crosspeer.Link]struct{}), closed: make(chan struct{})}
	cfg := h.cfg.Signaling
	cfg.Session = s
	if s.signaling, err = signaling.NewServer(cfg); err != nil {
		return nil, errors.Join(err, e.close())
	}
	h.server = s
	return s, nil
}

// ServeHTTP implements http.Handler: it serves the signalling.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	s := h.server
	h.mu.Unlock()
	if s == nil {
		http.Error(w, "no session is open here", http.StatusServiceUnavailable)
		return
	}
	s.signaling.ServeHTTP(w, r)
}

// transport is the name of this one.
const transport = "webrtc"

// server is a session's part of a Handler. It is the host of the session's
// lobby.
type server struct {
	handler   *Handler
	hub       *crosspeer.Hub
	engine    *engine
	signaling *signaling.Server
	closed    chan struct{}
	work      sync.WaitGroup // a goroutine for each guest

	stock    atomic.Int64 // stock clients in the session
	standIns atomic.Int64 // that play other members towards them

	mu     sync.Mutex
	guests map[*signaling.Member]visitor // whose signalling is there
	wait   int                           // those whose channels are not open yet
	links  map[crosspeer.Link]struct{}
}

// maxCandidates and maxCandidate bound the candidates that one end of a
// connection is told of, and the bytes of each; browsers send some twenty, of
// about 150 bytes.
const (
	maxCandidates = 64
	maxCandidate  = 1024
)

// visitor is somebody in the lobby. What it says is for the member with the id
// to. The methods return at once.
type visitor interface {
	crosspeer.Link
	offered(to int32, sdp string)
	answered(to int32, sdp string)
	found(to int32, c webrtc.ICECandidateInit)
	left()  // its signalling is over
	serve() // until the end of its connections
}

// guest is a client from its request to the end of its connection.
type guest struct {
	*link
	server *server
	member *signaling.Member
	hello  crosspeer.Hello
	offers chan string   // holds the offer
	gone   chan struct{} // closed when the signalling is over
	count  int           // of the candidates that it has sent
}

// framingQuery is how a client says in its request that it writes the framing
// of WebSocket in front of messages.
const framingQuery = "websocket"

// Join implements signaling.Session.
func (s *server) Join(m *signaling.Member) {
	hello, err := s.hub.Knock(context.Background(), entry.Hello(m.Request(), transport))
	if err != nil {
		m.Close(words(err))
		return
	}
	if hello.ID == 0 {
		hello.ID = s.hub.DrawID()
	}
	if m.Request().URL.Query().Get("framing") == framingQuery {
		err = s.joinGuest(m, hello)
	} else {
		err = s.joinStock(m, hello)
	}
	if err != nil {
		s.hub.Retract(hello)
		m.Close(words(err))
	}
}

// words is an error as a client is told it.
func words(err error) string {
	text := strings.TrimPrefix(err.Error(), "crosspeer: ")
	return strings.TrimPrefix(text, "rtclink: ")
}

// joinGuest lets a client in that writes the framing.
func (s *server) joinGuest(m *signaling.Member, hello crosspeer.Hello) error {
	pc, err := s.engine.connection(nil)
	if err != nil {
		return errNoConnection
	}
	g := &guest{link: newLink(&s.handler.cfg, s.hub, false), server: s, member: m, hello: hello,
		offers: make(chan string, 1), gone: make(chan struct{})}
	if g.pipe, err = newPipe(pc, s.handler.cfg.MaxQueuedBytes, lifetime, g.take); err == nil {
		err = s.enter(m, g)
	}
	if err != nil {
		return errors.Join(err, pc.Close())
	}
	if err = m.Accept(signaling.Seat{ID: int32(hello.ID), ClientServer: true}); err != nil {
		g.Close(crosspeer.Reason{}, true)
	}
	return err
}

var (
	errBusy         = errors.New("rtclink: too many clients are connecting, try again")
	errNoConnection = errors.New("rtclink: the server cannot make a connection")
)

// enter makes room for a visitor and starts its goroutine, which ends with
// leave.
func (s *server) enter(m *signaling.Member, v visitor) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.closed:
		return crosspeer.ErrClosed
	default:
	}
	if s.wait >= s.handler.cfg.MaxPending {
		return errBusy
	}
	s.wait++
	s.guests[m] = v
	s.links[v] = struct{}{}
	s.work.Go(func() {
		v.serve()
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.links, v)
	})
	return nil
}

// settled says that a visitor's set-up is over, for good or bad.
func (s *server) settled() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wait--
}

func (s *server) visitor(m *signaling.Member) visitor {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.guests[m]
}

// Offer implements signaling.Session.
func (s *server) Offer(m *signaling.Member, to int32, sdp string) {
	if v := s.visitor(m); v != nil {
		v.offered(to, sdp)
	}
}

// Answer implements signaling.Session.
func (s *server) Answer(m *signaling.Member, to int32, sdp string) {
	if v := s.visitor(m); v != nil {
		v.answered(to, sdp)
	}
}

// Candidate implements signaling.Session.
func (s *server) Candidate(m *signaling.Member, to int32, data string) {
	v := s.visitor(m)
	c, err := signaling.ParseCandidate(data)
	if v == nil || err != nil {
		return
	}
	index := uint16(c.Index)
	v.found(to, webrtc.ICECandidateInit{Candidate: c.Candidate, SDPMid: &c.Mid, SDPMLineIndex: &index})
}

// Leave implements signaling.Session.
func (s *server) Leave(m *signaling.Member) {
	s.mu.Lock()
	v := s.guests[m]
	delete(s.guests, m)
	s.mu.Unlock()
	if v != nil {
		v.left()
	}
}

// offered implements visitor.
func (g *guest) offered(to int32, sdp string) {
	if to == signaling.HostID {
		select {
		case g.offers <- sdp:
		default: // a second one
		}
	}
}

// answered implements visitor: clients offer, so none is expected.
func (g *guest) answered(int32, string) {}

// found implements visitor.
func (g *guest) found(to int32, c webrtc.ICECandidateInit) {
	if to == signaling.HostID && g.count < maxCandidates && len(c.Candidate) <= maxCandidate {
		g.count++
		g.pipe.pc.AddICECandidate(c)
	}
}

// left implements visitor. A client whose channels are open needs the
// signalling no more.
func (g *guest) left() { close(g.gone) }

// serve brings a guest into the session, if it comes in time, and stays with
// it until its end.
func (g *guest) serve() {
	err := g.connect()
	g.server.settled()
	if err == nil {
		g.mu.Lock()
		g.port, err = g.hub.Attach(g.link, g.hello)
		g.mu.Unlock()
		if err != nil {
			g.pipe.channels[crosspeer.Reliable].Send(farewellOf(words(err)))
		}
	}
	if err != nil {
		g.hub.Retract(g.hello)
		g.member.Close(strings.TrimPrefix(err.Error(), "rtclink: "))
		g.Close(crosspeer.Reason{}, true)
	}
	g.run()
}

// connect answers the guest's offer and waits until its channels are open.
func (g *guest) connect() error {
	s := g.server
	timeout := time.NewTimer(s.handler.cfg.SetupTimeout)
	defer timeout.Stop()
	late := s.handler.cfg.late()
	select {
	case sdp := <-g.offers:
		text, err := answer(g.pipe.pc, sdp, s.closed)
		if err != nil {
			return err
		}
		if err := g.member.Answer(signaling.HostID, text); err != nil {
			return err
		}
	case <-timeout.C:
		return late
	case <-g.gone:
		return errors.New("rtclink: the client has gone")
	case <-s.closed:
		return crosspeer.ErrClosed
	}
	gone := g.gone
	for {
		select {
		case <-g.pipe.opened:
			return nil
		case <-g.pipe.down:
			return errNoWay
		case <-timeout.C:
			return late
		case <-gone:
			gone = nil // it may have all that it needs
		case <-s.closed:
			return crosspeer.ErrClosed
		}
	}
}

var errNoWay = errors.New("rtclink: no way to the client was found")

// late is the error of a set-up that takes too long.
func (c *Config) late() error {
	return errors.New("rtclink: no connection within " + c.SetupTimeout.String())
}

// Addr implements crosspeer.Transport: the handler does not know where it is
// mounted.
func (s *server) Addr() string { return "rtc+ws:" }

// Limits implements crosspeer.Limiter.
func (s *server) Limits() crosspeer.Limits { return s.handler.cfg.limits(wire.WebSocketHeaderSize) }

func (c *Config) limits(header int) crosspeer.Limits {
	return crosspeer.Limits{MaxPacketBytes: c.MaxMessageBytes - header}
}

// Close implements crosspeer.Transport. Goodbyes under way are said.
func (s *server) Close() error {
	s.handler.mu.Lock()
	s.handler.server = nil
	s.handler.mu.Unlock()
	s.mu.Lock()
	close(s.closed)
	for l := range s.links {
		l.Close(crosspeer.Reason{}, true)
	}
	s.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), farewell)
	defer cancel()
	err := s.signaling.Close(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = nil // somebody did not say goodbye
	}
	s.work.Wait()
	return errors.Join(err, s.engine.close())
}
