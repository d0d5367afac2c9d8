package linktest

import (
	"context"
	"errors"
	"slices"
	"time"

	"crosspeer"
)

func joinStatus(s *suite) {
	r := s.newRoom(nil, 1)
	c := r.clients[0]
	for _, m := range r.all() {
		if st := m.ConnectionStatus(); st != crosspeer.Connected {
			s.Errorf("%s is %v, want connected", m.name, st)
		}
	}
	if id := r.srv.UniqueID(); id != crosspeer.TargetServer {
		s.Errorf("the server's id is %d, want 1", id)
	}
	if !r.srv.IsServer() || c.IsServer() {
		s.Errorf("IsServer: server %v, client %v", r.srv.IsServer(), c.IsServer())
	}
	if a := r.srv.Addrs(); len(a) != 1 || a[0] == "" {
		s.Errorf("Addrs of the server are %q, want one\ntransport: see Transport.Addr", a)
	}
	for m, id := range map[*member]crosspeer.PeerID{r.srv: c.id, c: crosspeer.TargetServer} {
		info, err := m.PeerInfo(id)
		if err != nil {
			s.Errorf("%s: PeerInfo(%d): %v", m.name, id, err)
		} else if info.Transport == "" {
			s.Errorf("%s: PeerInfo(%d) names no transport\ntransport: see Link.Info", m.name, id)
		}
	}
	// What is sent when it is announced arrives.
	r.srv.reliable(c.id, "welcome")
	c.texts(crosspeer.TargetServer, "welcome")
}

func joinOrder(s *suite) {
	r := s.newRoom(nil, 0)
	for _, id := range []crosspeer.PeerID{9000, 50, 700, 7000, 2147483647, 2} {
		r.join(nil, id) // checks the order
	}
	want := r.ids()
	if got := r.srv.Peers(); !slices.Equal(got, want) {
		s.Errorf("the server's Peers are %v, want %v", got, want)
	}
	for _, c := range r.clients {
		others := slices.DeleteFunc(append([]crosspeer.PeerID{crosspeer.TargetServer}, want...),
			func(id crosspeer.PeerID) bool { return id == c.id })
		if got := c.Peers(); !slices.Equal(got, others) {
			s.Errorf("Peers of %s are %v, want %v", c.name, got, others)
		}
	}
}

func joinWithoutRelay(s *suite) {
	cfg := &crosspeer.Config{Relay: crosspeer.RelayOff}
	r := s.newRoom(cfg, 3)
	for _, c := range r.clients {
		if got := c.Peers(); !slices.Equal(got, []crosspeer.PeerID{crosspeer.TargetServer}) {
			s.Errorf("Peers of %s are %v, want only the server", c.name, got)
		}
	}
	gone := r.clients[0]
	gone.close()
	r.srv.disconnected(gone.id)
	// An announcement would come first.
	r.srv.reliable(crosspeer.TargetBroadcast, "still here")
	for _, c := range r.clients[1:] {
		c.texts(crosspeer.TargetServer, "still here")
	}
}

func joinChosenID(s *suite) {
	r := s.newRoom(nil, 0)
	for _, id := range []crosspeer.PeerID{2, 2147483647, 77} {
		if c := r.join(nil, id); c.id != id {
			s.Errorf("a client that asked for id %d has %d\ntransport: pass Hello.ID and call Hub.SetUniqueID", id, c.id)
		}
	}
	if c := r.join(nil, 0); c.id < 2 {
		s.Errorf("a client that asked for none has id %d", c.id)
	}
}

func joinBadIDs(s *suite) {
	r := s.newRoom(nil, 0)
	r.join(nil, 77)
	for _, id := range []crosspeer.PeerID{77, 1, -1, -77, -2147483648} {
		r.refused(id)
	}
	r.join(nil, 78)
}

// refused checks that a client with this id is not let in.
func (r *room) refused(id crosspeer.PeerID) {
	r.Helper()
	before := r.srv.Stats().Refused
	c := r.newMember("the refused client", nil)
	err := r.within("Dial", func(ctx context.Context) error { return c.Dial(ctx, r.dial(r.srv.Peer, id)) })
	var why *crosspeer.DisconnectError
	switch {
	case err == nil:
		r.Fatalf("a client that the server refused is connected\n" +
			"transport: end the connection when Hub.Attach fails, and let Dial fail")
	case !errors.As(err, &why):
		r.Fatalf("Dial of a refused client: %v, want a *DisconnectError", err)
	case why.Reason.Code != crosspeer.ReasonRefused && why.Reason.Code != crosspeer.ReasonInvalid:
		r.Errorf("Dial of a refused client: reason %v, want ReasonRefused or ReasonInvalid", why.Reason.Code)
	}
	c.failed(err)
	if r.srv.Stats().Refused == before {
		r.Errorf("Stats().Refused of the server does not count the client\n" +
			"transport: call Hub.Attach or, after Hub.Admit, Hub.Refuse")
	}
}

// failed checks the state after a Dial that failed.
func (m *member) failed(err error) {
	m.s.Helper()
	if st := m.ConnectionStatus(); st != crosspeer.Disconnected {
		m.s.Errorf("%s is %v after Dial failed, want disconnected", m.name, st)
	}
	ev := m.next("ConnectionFailed")
	f, ok := ev.(crosspeer.ConnectionFailed)
	if !ok || f.Err == nil || !errors.Is(err, f.Err) {
		m.s.Errorf("%s got %s, want ConnectionFailed with the error of Dial\n"+
			"transport: Dial must not fail when it has attached its link", m.name, describe(ev))
	}
	m.ended()
}

func joinRefused(s *suite) {
	r := s.newRoom(nil, 1)
	r.srv.SetRefuseNewConnections(true)
	r.refused(0)
	r.clients[0].reliable(crosspeer.TargetServer, "those inside stay")
	r.srv.texts(r.clients[0].id, "those inside stay") // and the server heard of nobody
	r.srv.SetRefuseNewConnections(false)
	r.join(nil, 0)
}

func joinFull(s *suite) {
	r := s.newRoom(&crosspeer.Config{MaxPeers: 2}, 2)
	r.refused(0)
	gone := r.clients[0]
	gone.close()
	r.left(gone)
	r.srv.disconnected(gone.id)
	r.clients[0].disconnected(gone.id)
	r.join(nil, 0)
	r.refused(0)
}

func dialCanceled(s *suite) {
	r := s.newRoom(nil, 0)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	c := s.newMember("the client", nil)
	err := s.within("Dial", func(context.Context) error { return c.Dial(ctx, r.dial(r.srv.Peer, 0)) })
	if !errors.Is(err, context.Canceled) {
		s.Fatalf("Dial with a context that is done: %v, want context.Canceled\ntransport: wrap ctx.Err()", err)
	}
	c.failed(err)
	r.join(nil, 0)
}

// attempt is long enough for a dialer to begin to wait.
const attempt = 50 * time.Millisecond

func dialNowhere(s *suite) {
	c := s.newMember("the client", nil)
	for range 2 { // a Peer can try again
		err := s.within("Dial", func(ctx context.Context) error {
			ctx, cancel := context.WithTimeout(ctx, attempt)
			defer cancel()
			return c.Dial(ctx, s.Nowhere(s.TB))
		})
		var why *crosspeer.DisconnectError
		if !errors.Is(err, context.DeadlineExceeded) && !errors.As(err, &why) {
			s.Fatalf("Dial to nowhere: %v, want the context's error or a *DisconnectError", err)
		}
		c.failed(err)
	}
}

func dialClosed(s *suite) {
	c := s.newMember("the client", nil)
	done := make(chan error, 1)
	go func() { done <- c.Dial(context.Background(), s.Nowhere(s.TB)) }()
	s.eventually("the client dials", "Dial has not begun", func() bool {
		return c.ConnectionStatus() == crosspeer.Connecting || len(done) > 0
	})
	c.close()
	err := s.within("Dial after Close", func(context.Context) error { return <-done })
	var why *crosspeer.DisconnectError
	if !errors.Is(err, crosspeer.ErrClosed) && !errors.As(err, &why) {
		s.Errorf("Dial after Close: %v, want ErrClosed", err)
	}
	if st := c.ConnectionStatus(); st != crosspeer.Disconnected {
		s.Errorf("the client is %v after Close", st)
	}
}
