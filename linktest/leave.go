package linktest

import (
	"context"
	"errors"
	"strings"
	"time"

	"crosspeer"
)

func leaveClose(s *suite) {
	r := s.newRoom(nil, 3)
	gone := r.clients[1]
	gone.reliable(crosspeer.TargetServer, "bye")
	r.srv.texts(gone.id, "bye")
	gone.close()
	gone.ended()
	if st, id := gone.ConnectionStatus(), gone.UniqueID(); st != crosspeer.Disconnected || id != 0 {
		s.Errorf("after Close the client is %v with id %d, want disconnected with id 0", st, id)
	}
	if err := gone.Send(crosspeer.Packet{To: crosspeer.TargetServer}); !errors.Is(err, crosspeer.ErrNotConnected) {
		s.Errorf("Send after Close: %v, want ErrNotConnected", err)
	}
	r.left(gone)
	why := r.srv.disconnected(gone.id)
	s.wantReason(why, crosspeer.ReasonClosed, crosspeer.ByRemote)
	for _, c := range r.clients {
		c.disconnected(gone.id)
	}
	for _, m := range r.all() {
		if err := m.Send(crosspeer.Packet{To: gone.id}); !errors.Is(err, crosspeer.ErrUnknownPeer) {
			s.Errorf("%s: Send to a client that has gone: %v, want ErrUnknownPeer", m.name, err)
		}
	}
	r.intact()
}

// wantReason checks a reason as far as any transport can tell it.
func (s *suite) wantReason(r crosspeer.Reason, code crosspeer.ReasonCode, by crosspeer.Party) {
	s.Helper()
	if r.By != by || r.Code != code {
		s.Errorf("reason %v, %v by %v, want %v by %v\ntransport: give Port.Detach what the remote has said",
			r, r.Code, r.By, code, by)
	}
}

// wantText checks the words of a reason, if the transport carries them.
func (s *suite) wantText(r crosspeer.Reason, text string) {
	s.Helper()
	if !s.NoReasons && !strings.Contains(r.Text, text) {
		s.Errorf("reason %q, want the words %q of the other end\n"+
			"transport: carry Reason.Text of Link.Close, or set Transport.NoReasons", r.Text, text)
	}
}

func leaveKick(s *suite) {
	r := s.newRoom(nil, 3)
	kicked, texts := r.clients[1], numbered(300)
	for _, text := range texts {
		r.srv.reliable(kicked.id, text)
	}
	s.in("Disconnect", func(context.Context) error { return r.srv.Disconnect(kicked.id, "no more cake") })
	s.in("a second Disconnect", func(context.Context) error {
		if err := r.srv.Disconnect(kicked.id, "too late"); !errors.Is(err, crosspeer.ErrUnknownPeer) {
			return err // it may have gone already
		}
		return nil
	})
	r.left(kicked)
	kicked.texts(crosspeer.TargetServer, texts...)
	why := kicked.lost()
	if why.By != crosspeer.ByRemote {
		s.Errorf("the kicked client was disconnected by %v, want remote", why.By)
	}
	s.wantText(why, "no more cake")
	if got := r.srv.disconnected(kicked.id); got != (crosspeer.Reason{
		Code: crosspeer.ReasonKicked, By: crosspeer.ByLocal, Text: "no more cake"}) {
		s.Errorf("the server's reason is %+v", got)
	}
	for _, c := range r.clients {
		c.disconnected(kicked.id)
	}
	r.intact()
}

func leaveKickNow(s *suite) {
	r := s.newRoom(nil, 2)
	stuck := r.joinSlow(1)
	r.fill(stuck)
	before := time.Now()
	s.in("Disconnect", func(context.Context) error { return r.srv.Disconnect(stuck.id, "please go") })
	s.in("DisconnectNow", func(context.Context) error { return r.srv.DisconnectNow(stuck.id, "go") })
	r.left(stuck)
	s.wantReason(r.srv.disconnected(stuck.id), crosspeer.ReasonKicked, crosspeer.ByLocal)
	for _, c := range r.clients {
		c.disconnected(stuck.id)
	}
	if took := time.Since(before); took > s.Patience/4 {
		s.Errorf("DisconnectNow took %v\ntransport: Link.Close with now does not wait for the remote", took)
	}
	for lost := false; !lost; { // it still sees that it was kicked
		_, lost = stuck.next("ServerDisconnected").(crosspeer.ServerDisconnected)
	}
	r.intact()
}

func leaveServer(s *suite) {
	r := s.newRoom(nil, 3)
	// Unread events must not stop it.
	r.clients[0].reliable(crosspeer.TargetServer, "unread")
	r.srv.close()
	r.srv.ended()
	for _, c := range r.clients {
		why := c.lost()
		s.wantReason(why, crosspeer.ReasonClosed, crosspeer.ByRemote)
		if err := c.Send(crosspeer.Packet{To: crosspeer.TargetServer}); !errors.Is(err, crosspeer.ErrNotConnected) {
			s.Errorf("%s: Send after the loss of the server: %v, want ErrNotConnected", c.name, err)
		}
	}
}

func leaveShutdownServer(s *suite) {
	r := s.newRoom(nil, 3)
	texts := numbered(500)
	for _, text := range texts {
		r.srv.reliable(crosspeer.TargetBroadcast, text)
	}
	s.in("Shutdown", r.srv.Shutdown)
	for _, c := range r.clients {
		c.texts(crosspeer.TargetServer, texts...)
		c.lost()
	}
}

func leaveShutdownClient(s *suite) {
	r := s.newRoom(nil, 3)
	gone, texts := r.clients[0], numbered(500)
	for _, text := range texts {
		gone.reliable(crosspeer.TargetBroadcast, text)
	}
	s.in("Shutdown", gone.Shutdown)
	gone.ended()
	r.left(gone)
	for _, m := range r.all() {
		m.texts(gone.id, texts...)
		m.disconnected(gone.id)
	}
	r.intact()
}

func leaveShutdownStuck(s *suite) {
	r := s.newRoom(nil, 1)
	r.fill(r.joinSlow(1))
	err := s.within("Shutdown", func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, attempt)
		defer cancel()
		return r.srv.Shutdown(ctx)
	})
	// A transport may count as delivered what waits in the system's buffers.
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		s.Errorf("Shutdown while a client does not read: %v, want context.DeadlineExceeded", err)
	}
	r.clients[0].lost()
}

func leaveReuse(s *suite) {
	listener, dial := s.New(s.TB)
	srv, cli := s.newMember("the server", nil), s.newMember("the client", nil)
	srv.id = crosspeer.TargetServer
	for round := range 4 {
		s.in("Listen", func(ctx context.Context) error { return srv.Listen(ctx, listener) })
		for again := range 2 {
			s.in("Dial", func(ctx context.Context) error { return cli.Dial(ctx, dial(srv.Peer, 0)) })
			if err := cli.Dial(context.Background(), dial(srv.Peer, 0)); !errors.Is(err, crosspeer.ErrAlreadyActive) {
				s.Errorf("Dial while connected: %v, want ErrAlreadyActive", err)
			}
			cli.id = cli.UniqueID()
			srv.connected(cli.id)
			cli.connected(crosspeer.TargetServer)
			if ev := cli.next("ConnectionSucceeded"); ev != (crosspeer.ConnectionSucceeded{}) {
				s.Fatalf("the client got %s", describe(ev))
			}
			cli.reliable(crosspeer.TargetServer, "ping")
			srv.texts(cli.id, "ping")
			srv.reliable(cli.id, "pong")
			cli.texts(crosspeer.TargetServer, "pong")
			if again == 0 {
				cli.close()
				srv.disconnected(cli.id)
			}
		}
		if round%2 == 0 {
			srv.close()
		} else {
			s.in("Shutdown", srv.Shutdown)
		}
		cli.lost()
	}
}

func leaveOvertaken(s *suite) {
	for _, end := range []struct {
		name string
		do   func(srv *member, id crosspeer.PeerID)
	}{
		{"DisconnectNow", func(srv *member, id crosspeer.PeerID) { srv.DisconnectNow(id, "go now") }},
		{"Close", func(srv *member, _ crosspeer.PeerID) { srv.close() }},
		{"Shutdown with a context that is done", func(srv *member, _ crosspeer.PeerID) {
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			srv.Shutdown(ctx)
		}},
	} {
		r := s.newRoom(nil, 1)
		before := time.Now()
		s.in("Disconnect", func(context.Context) error { return r.srv.Disconnect(r.clients[0].id, "please go") })
		end.do(r.srv, r.clients[0].id)
		r.clients[0].lost()
		if took := time.Since(before); took > s.Patience/5 {
			s.Errorf("after Disconnect and %s the client hears of it in %v\n"+
				"transport: a Link.Close that waits must be told even if one with now follows", end.name, took)
		}
	}
}
