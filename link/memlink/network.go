package memlink

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"crosspeer"
)

// Network is a place where one server at a time can listen, and any number of
// clients dial it; besides, a mesh can meet there. Safe for concurrent use.
type Network struct {
	cfg Config

	mu     sync.Mutex
	server *server // who listens, nil if nobody does

	// meeting is held while a member of the mesh comes or goes, so that any two
	// are connected once. Hub.mu is taken inside it, and it is not taken inside
	// Hub.mu.
	meeting sync.Mutex
	mesh    []*member // in the order in which they came
}

// New makes a network with nobody in it. At most one Config may be given; it
// is validated by Listen and Dial.
func New(cfg ...Config) *Network {
	n := new(Network)
	if len(cfg) > 0 {
		n.cfg = cfg[0]
	}
	return n
}

// ErrInUse: another server listens on the network.
var ErrInUse = errors.New("memlink: another server listens on this network")

// Listen makes a Listener on the network. It fails with ErrInUse while another
// server listens there.
func (n *Network) Listen() crosspeer.Listener { return listener{n} }

// Dial makes a Dialer to the server that listens on the network at the time of
// the call. The server chooses the client's id. Without a server it fails at
// once, with a *crosspeer.DisconnectError and ReasonNoReply.
func (n *Network) Dial() crosspeer.Dialer { return n.DialAs(0) }

// DialAs is Dial with an id of the client's choice, 2 to 2147483647; the
// server refuses others, and one that is in use. 0 lets the server choose.
func (n *Network) DialAs(id crosspeer.PeerID) crosspeer.Dialer { return dialer{n, id} }

// address is what Transport.Addr gives: a network has no name.
const address = "memory:"

type listener struct{ n *Network }

// Listen implements crosspeer.Listener.
func (l listener) Listen(_ context.Context, hub *crosspeer.Hub) (crosspeer.Transport, error) {
	n := l.n
	if err := n.cfg.Validate(); err != nil {
		return nil, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.server != nil {
		return nil, ErrInUse
	}
	n.server = &server{network: n, hub: hub, links: make(map[*link]struct{})}
	return n.server, nil
}

// server is the transport of a Peer that listens.
type server struct {
	network *Network
	hub     *crosspeer.Hub
	links   map[*link]struct{} // this end of the connections; guarded by Network.mu
	work    sync.WaitGroup     // goroutines that serve them, and dials
}

// Addr implements crosspeer.Transport.
func (s *server) Addr() string { return address }

// Limits implements crosspeer.Limiter.
func (s *server) Limits() crosspeer.Limits { return s.network.cfg.limits() }

// Close implements crosspeer.Transport.
func (s *server) Close() error {
	n := s.network
	n.mu.Lock()
	n.server = nil
	for l := range s.links {
		l.vanish()
	}
	n.mu.Unlock()
	s.work.Wait()
	return nil
}

// enter gives the server that listens, for a dial that ends with leave.
func (n *Network) enter() *server {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.server != nil {
		n.server.work.Add(1)
	}
	return n.server
}

// serve runs the server's end of a connection, and forgets it when it is over.
func (s *server) serve(l *link) {
	n := s.network
	n.mu.Lock()
	s.links[l] = struct{}{}
	if n.server != s {
		l.vanish() // closed meanwhile
	}
	n.mu.Unlock()
	l.run()
	n.mu.Lock()
	delete(s.links, l)
	n.mu.Unlock()
}

type dialer struct {
	n  *Network
	id crosspeer.PeerID
}

// Dial implements crosspeer.Dialer.
func (d dialer) Dial(ctx context.Context, hub *crosspeer.Hub) (crosspeer.Transport, error) {
	if err := d.n.cfg.Validate(); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("memlink: dial: %w", err)
	}
	srv := d.n.enter()
	if srv == nil {
		return nil, &crosspeer.DisconnectError{Reason: crosspeer.Reason{
			Code: crosspeer.ReasonNoReply, Text: "no server listens on this memory network"}}
	}
	defer srv.work.Done()
	here, there := newConn(d.n.cfg.populated())
	hello, err := srv.hub.Knock(ctx, crosspeer.Hello{ID: d.id, Transport: transport})
	if err != nil {
		return nil, d.refusal(ctx, err)
	}
	if there.port, err = srv.hub.Attach(there, hello); err != nil {
		return nil, d.refusal(ctx, err)
	}
	srv.work.Go(func() { srv.serve(there) })
	hub.SetUniqueID(there.port.ID())
	if here.port, err = hub.Attach(here, crosspeer.Hello{ID: crosspeer.TargetServer}); err != nil {
		here.vanish()
		return nil, err
	}
	c := &client{network: d.n, link: here}
	c.work.Go(here.run)
	return c, nil
}

// refusal is why a server did not let a client in.
func (d dialer) refusal(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("memlink: dial: %w", ctx.Err())
	}
	r := crosspeer.Reason{Code: crosspeer.ReasonRefused, By: crosspeer.ByRemote, Text: "the server refused: " + crosspeer.Refusal(err)}
	if errors.Is(err, crosspeer.ErrInvalidID) || errors.Is(err, crosspeer.ErrDuplicateID) {
		r.Code = crosspeer.ReasonInvalid
	}
	return &crosspeer.DisconnectError{Reason: r}
}

// client is the transport of a Peer that has dialled.
type client struct {
	network *Network
	link    *link
	work    sync.WaitGroup
}

// Addr implements crosspeer.Transport.
func (c *client) Addr() string { return address }

// Limits implements crosspeer.Limiter.
func (c *client) Limits() crosspeer.Limits { return c.network.cfg.limits() }

// Close implements crosspeer.Transport.
func (c *client) Close() error {
	c.link.vanish()
	c.work.Wait()
	return nil
}
