package linktest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"crosspeer"
)

// room is a server and its clients.
type room struct {
	*suite
	srv     *member
	clients []*member // in the order in which they joined
	dial    DialTo
}

// newRoom opens a session with n clients who have heard of each other. cfg may
// be nil.
func (s *suite) newRoom(cfg *crosspeer.Config, n int) *room {
	s.Helper()
	listener, dial := s.New(s.TB)
	r := &room{suite: s, dial: dial}
	r.srv = s.newMember("the server", cfg)
	s.in("Listen", func(ctx context.Context) error { return r.srv.Listen(ctx, listener) })
	r.srv.id = crosspeer.TargetServer
	for range n {
		r.join(cfg, 0)
	}
	return r
}

// join brings in a client and checks what everybody hears of it. cfg is the
// client's, but for its relay mode, which says what the server's is.
func (r *room) join(cfg *crosspeer.Config, id crosspeer.PeerID) *member {
	r.Helper()
	c := r.newMember(fmt.Sprintf("client %d", len(r.clients)+1), cfg)
	r.in(c.name+": Dial", func(ctx context.Context) error { return c.Dial(ctx, r.dial(r.srv.Peer, id)) })
	c.id = c.UniqueID()
	if c.id <= crosspeer.TargetServer {
		r.Fatalf("%s has id %d after Dial, want 2 or more\n"+
			"transport: call Hub.ChooseID or Hub.SetUniqueID before Hub.Attach", c.name, c.id)
	}
	r.srv.connected(c.id)
	c.connected(crosspeer.TargetServer)
	if ev := c.next("ConnectionSucceeded"); ev != (crosspeer.ConnectionSucceeded{}) {
		r.Fatalf("%s got %s, want ConnectionSucceeded", c.name, describe(ev))
	}
	if cfg == nil || cfg.Relay == crosspeer.RelayOn {
		for _, other := range r.clients {
			other.connected(c.id)
		}
		c.connected(r.ids()...)
	}
	r.clients = append(r.clients, c)
	return c
}

// ids are the clients' ids in ascending order.
func (r *room) ids() []crosspeer.PeerID {
	var ids []crosspeer.PeerID
	for _, c := range r.clients {
		ids = append(ids, c.id)
	}
	slices.Sort(ids)
	return ids
}

// all are the server and the clients.
func (r *room) all() []*member { return append([]*member{r.srv}, r.clients...) }

// left takes a client out of the room.
func (r *room) left(c *member) {
	r.clients = slices.DeleteFunc(slices.Clone(r.clients), func(m *member) bool { return m == c })
}

// in runs f, which must succeed, within the case's patience.
func (s *suite) in(what string, f func(context.Context) error) {
	s.Helper()
	if err := s.within(what, f); err != nil {
		s.Fatalf("%s: %v", what, err)
	}
}

// within runs f and gives its error, or fails if it does not return.
func (s *suite) within(what string, f func(context.Context) error) error {
	s.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), s.Patience)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- f(ctx) }()
	select {
	case err := <-done:
		return err
	case <-time.After(s.Patience + s.Patience/4):
		s.Fatalf("%s has not returned after %v\ntransport: look for a call that waits for the remote, "+
			"for a goroutine, or for a lock that is held during a call of Hub or Port", what, s.Patience)
		return nil
	}
}

// eventually waits until the condition is true.
func (s *suite) eventually(what, hint string, cond func() bool) {
	s.Helper()
	if !s.becomes(cond) {
		s.Fatalf("not within %v: %s\ntransport: %s", s.Patience, what, hint)
	}
}

// becomes says whether the condition becomes true within the case's patience.
func (s *suite) becomes(cond func() bool) bool {
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for deadline := time.Now().Add(s.Patience); !cond(); <-look.C {
		if time.Now().After(deadline) {
			return false
		}
	}
	return true
}
