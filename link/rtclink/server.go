package rtclink

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/pion/webrtc/v4"

	"crosspeer"
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
	s := &server{handler: h, hub: hub, engine: e, guests: make(map[*signaling.Member]*guest),
		links: make(map[*link]struct{}), closed: make(chan struct{})}
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

// server is a session's part of a Handler. It is the host of the session's
// lobby.
type server struct {
	handler   *Handler
	hub       *crosspeer.Hub
	engine    *engine
	signaling *signaling.Server
	closed    chan struct{}
	work      sync.WaitGroup // a goroutine for each guest

	mu     sync.Mutex
	guests map[*signaling.Member]*guest // whose signalling is there
	wait   int                          // those whose channels are not open yet
	links  map[*link]struct{}
}

// guest is a client from its request to the end of its connection.
type guest struct {
	member *signaling.Member
	link   *link
	id     crosspeer.PeerID
	offers chan string   // holds the offer
	gone   chan struct{} // closed when the signalling is over
}

// framingQuery is how a client says in its request that it writes the framing
// of WebSocket in front of messages.
const framingQuery = "websocket"

// Join implements signaling.Session.
func (s *server) Join(m *signaling.Member) {
	if m.Request().URL.Query().Get("framing") != framingQuery {
		m.Close("this session is for clients that connect with the query framing=" + framingQuery)
		return
	}
	id := s.hub.DrawID()
	if err := s.hub.Admit(id); err != nil {
		s.hub.Refuse()
		m.Close(strings.TrimPrefix(err.Error(), "crosspeer: "))
		return
	}
	pc, err := s.engine.connection(nil)
	if err != nil {
		m.Close("the server cannot make a connection")
		return
	}
	g := &guest{member: m, id: id, link: newLink(&s.handler.cfg, s.hub, false), offers: make(chan string, 1), gone: make(chan struct{})}
	if g.link.pipe, err = newPipe(pc, s.handler.cfg.MaxQueuedBytes, lifetime, g.link.take); err == nil {
		err = s.enter(g)
	}
	if err == nil {
		err = m.Accept(signaling.Seat{ID: int32(id), ClientServer: true})
	}
	if err != nil {
		m.Close(strings.TrimPrefix(err.Error(), "rtclink: "))
		g.link.Close(crosspeer.Reason{}, true)
		pc.Close()
	}
}

var errBusy = errors.New("rtclink: too many clients are connecting, try again")

// enter makes room for a guest and starts its goroutine.
func (s *server) enter(g *guest) error {
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
	s.guests[g.member] = g
	s.links[g.link] = struct{}{}
	s.work.Go(func() { s.serve(g) })
	return nil
}

func (s *server) guest(m *signaling.Member) *guest {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.guests[m]
}

// Offer implements signaling.Session.
func (s *server) Offer(m *signaling.Member, to int32, sdp string) {
	if g := s.guest(m); g != nil && to == signaling.HostID {
		select {
		case g.offers <- sdp:
		default: // a second one
		}
	}
}

// Answer implements signaling.Session: clients offer, so none is expected.
func (s *server) Answer(*signaling.Member, int32, string) {}

// Candidate implements signaling.Session.
func (s *server) Candidate(m *signaling.Member, to int32, data string) {
	g := s.guest(m)
	c, err := signaling.ParseCandidate(data)
	if g == nil || err != nil || to != signaling.HostID {
		return
	}
	index := uint16(c.Index)
	g.link.pipe.pc.AddICECandidate(webrtc.ICECandidateInit{Candidate: c.Candidate, SDPMid: &c.Mid, SDPMLineIndex: &index})
}

// Leave implements signaling.Session. A client whose channels are open needs
// the signalling no more.
func (s *server) Leave(m *signaling.Member) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if g := s.guests[m]; g != nil {
		delete(s.guests, m)
		close(g.gone)
	}
}

// serve brings a guest into the session, if it comes in time, and stays with
// it until its end.
func (s *server) serve(g *guest) {
	err := s.connect(g)
	s.mu.Lock()
	s.wait--
	s.mu.Unlock()
	if err == nil {
		g.link.mu.Lock()
		g.link.port, err = s.hub.Attach(g.link, crosspeer.Hello{ID: g.id})
		g.link.mu.Unlock()
		if err != nil {
			g.link.pipe.channels[crosspeer.Reliable].Send(farewellOf(err.Error()))
		}
	}
	if err != nil {
		g.member.Close(strings.TrimPrefix(err.Error(), "rtclink: "))
		g.link.Close(crosspeer.Reason{}, true)
	}
	g.link.run()
	s.mu.Lock()
	delete(s.links, g.link)
	s.mu.Unlock()
}

// connect answers the guest's offer and waits until its channels are open.
func (s *server) connect(g *guest) error {
	timeout := time.NewTimer(s.handler.cfg.SetupTimeout)
	defer timeout.Stop()
	late := errors.New("rtclink: no connection within " + s.handler.cfg.SetupTimeout.String())
	select {
	case sdp := <-g.offers:
		if err := s.answer(g, sdp); err != nil {
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
		case <-g.link.pipe.opened:
			return nil
		case <-g.link.pipe.down:
			return errors.New("rtclink: no way to the client was found")
		case <-timeout.C:
			return late
		case <-gone:
			gone = nil // it may have all that it needs
		case <-s.closed:
			return crosspeer.ErrClosed
		}
	}
}

func (s *server) answer(g *guest, sdp string) error {
	pc := g.link.pipe.pc
	if err := pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: sdp}); err != nil {
		return errors.New("rtclink: the offer cannot be used: " + err.Error())
	}
	answer, err := pc.CreateAnswer(nil)
	if err != nil {
		return err
	}
	text, err := describe(pc, answer, s.closed)
	if err != nil {
		return err
	}
	return g.member.Answer(signaling.HostID, text)
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
