package crosspeer_test

import (
	"context"
	"errors"
	"math"
	"net/netip"
	"testing"
	"testing/synctest"

	"crosspeer"
)

func TestWhoIsAdmitted(t *testing.T) {
	for _, tt := range []struct {
		name    string
		prepare func(*crosspeer.Peer, *stage)
		id      crosspeer.PeerID
		want    error
	}{
		{"whoever wants any id", nil, 0, nil},
		{"the lowest id", nil, 2, nil},
		{"the highest id", nil, math.MaxInt32, nil},
		{"the server's id", nil, 1, crosspeer.ErrInvalidID},
		{"a negative id", nil, -1, crosspeer.ErrInvalidID},
		{"the lowest number", nil, math.MinInt32, crosspeer.ErrInvalidID},
		{"an id that is in use", nil, 50, crosspeer.ErrDuplicateID},
		{"nobody while refusing", func(p *crosspeer.Peer, _ *stage) { p.SetRefuseNewConnections(true) }, 60, crosspeer.ErrRefused},
		{"nobody into a full session", func(_ *crosspeer.Peer, s *stage) { s.enter(70) }, 60, crosspeer.ErrFull},
		{"nobody after Close", func(p *crosspeer.Peer, _ *stage) { p.Close() }, 60, crosspeer.ErrClosed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			srv, s := server(t, crosspeer.Config{MaxPeers: 2})
			s.enter(50)
			if tt.prepare != nil {
				tt.prepare(srv, s)
			}
			if err := s.hub.Admit(netip.AddrPort{}, tt.id); !errors.Is(err, tt.want) {
				t.Errorf("Admit: %v, want %v", err, tt.want)
			}
			port, err := s.hub.Attach(new(remote), crosspeer.Hello{ID: tt.id})
			if !errors.Is(err, tt.want) {
				t.Errorf("Attach: %v, want %v", err, tt.want)
			}
			refused := uint64(1)
			if tt.want == nil {
				refused = 0
				if port == nil || tt.id != 0 && port.ID() != tt.id || port.ID() < 2 {
					t.Errorf("the port is %+v", port)
				}
			}
			if got := srv.Stats().Refused; got != refused {
				t.Errorf("Refused is %d, want %d", got, refused)
			}
		})
	}
}

func TestANewcomerHearsOfAsManyAsAreAnnounced(t *testing.T) {
	for relay, want := range map[crosspeer.RelayMode]int{crosspeer.RelayOn: 2, crosspeer.RelayOff: 0} {
		_, s := server(t, crosspeer.Config{Relay: relay})
		if n := s.hub.Announced(); n != 0 {
			t.Errorf("%v: %d in an empty session", relay, n)
		}
		s.enter(50)
		s.enter(60)
		if n := s.hub.Announced(); n != want {
			t.Errorf("%v: %d, want %d", relay, n, want)
		}
	}
}

func TestNobodyIsAdmittedDuringShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, s := server(t, crosspeer.Config{})
		r := s.enter(50)
		done := make(chan error)
		go func() { done <- srv.Shutdown(t.Context()) }()
		synctest.Wait()
		equal(t, "the link", r.said(), []string{"close now=false: closed by local"})
		if err := s.hub.Admit(netip.AddrPort{}, 60); !errors.Is(err, crosspeer.ErrClosed) {
			t.Errorf("Admit: %v", err)
		}
		if srv.ConnectionStatus() != crosspeer.Connected || s.closed != 0 {
			t.Error("it does not wait for the client")
		}
		r.reliably("last words")
		r.Detach(crosspeer.Reason{Code: crosspeer.ReasonTimeout})
		if err := <-done; err != nil || s.closed != 1 {
			t.Errorf("Shutdown: %v, closed %d times", err, s.closed)
		}
		expect(t, srv, "connected 50", "50: last words", "disconnected 50: closed by local")
	})
}

func TestANewcomerHearsItsIDThenTheOthersBeforeTheyHearOfIt(t *testing.T) {
	_, s := server(t, crosspeer.Config{})
	high, low := s.enter(900), s.enter(30)
	equal(t, "the first", high.said(), []string{"add 30"})
	low.said()
	r := new(remote)
	s.attach(r, polite{r}, 200)
	equal(t, "the newcomer", r.said(), []string{"welcome 200", "add 30", "add 900"})
	equal(t, "another", low.said(), []string{"add 200"})
	r.Detach(crosspeer.Reason{})
	equal(t, "another, when it goes", low.said(), []string{"remove 200"})
}

func TestAServerWithoutRelayAnnouncesNobody(t *testing.T) {
	_, s := server(t, crosspeer.Config{Relay: crosspeer.RelayOff})
	a, b := s.enter(50), s.enter(70)
	b.Detach(crosspeer.Reason{})
	equal(t, "a client", append(a.said(), b.said()...), nil)
}

func TestAConnectionEndsOnceAndForItsFirstReason(t *testing.T) {
	srv, s := server(t, crosspeer.Config{})
	a, b := s.enter(50), s.enter(70)
	for _, text := range []string{"enough", "again"} {
		if err := srv.Disconnect(50, text); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		a.Detach(crosspeer.Reason{Code: crosspeer.ReasonTimeout})
		b.Detach(crosspeer.Reason{Code: crosspeer.ReasonTimeout})
	}
	a.reliably("too late")
	expect(t, srv, "connected 50", "connected 70", "disconnected 50: enough", "disconnected 70: timeout")
	quiet(t, srv)
	if st := srv.Stats(); st.Received != 0 || st.InboxPackets != 0 || st.Peers != 0 {
		t.Errorf("after the end: %+v", st)
	}
}

func TestAPeersInfoIsItsLinks(t *testing.T) {
	srv, s := server(t, crosspeer.Config{})
	r := s.enter(50)
	info, err := srv.PeerInfo(50)
	if err != nil || info.ID != 50 || info.Transport != "stage" || info.QueuedBytes != 7 {
		t.Errorf("%+v, %v", info, err)
	}
	if _, err := srv.PeerInfo(70); !errors.Is(err, crosspeer.ErrUnknownPeer) {
		t.Errorf("of a stranger: %v", err)
	}
	r.Violation()
	if st := srv.Stats(); st.Malformed != 1 || st.Peers != 1 {
		t.Errorf("after a violation: %+v", st)
	}
	cli, _, server := client(t, nil)
	server.Deliver(&crosspeer.Frame{Kind: crosspeer.FrameAdd, Peer: 70})
	if _, err := cli.PeerInfo(70); !errors.Is(err, crosspeer.ErrUnknownPeer) {
		t.Errorf("of one that is known by name only: %v", err)
	}
}

func TestAServerWhoseProgramNeverLooksRefusesNewcomers(t *testing.T) {
	srv, s := server(t, crosspeer.Config{})
	signals := 0
	for ; s.hub.Admit(netip.AddrPort{}, 50) == nil; signals += 2 {
		s.enter(50).Detach(crosspeer.Reason{})
		if signals > 1<<20 {
			t.Fatal("it takes any number")
		}
	}
	if err := s.hub.Admit(netip.AddrPort{}, 50); !errors.Is(err, crosspeer.ErrRefused) {
		t.Errorf("Admit: %v", err)
	}
	if signals < 60_000 {
		t.Errorf("it refuses after %d signals", signals)
	}
	expect(t, srv, "connected 50", "disconnected 50: unknown")
	if err := s.hub.Admit(netip.AddrPort{}, 50); err != nil {
		t.Errorf("after it has looked: %v", err)
	}
}

// client makes a client on a stage of its own, and the remote that is its
// server.
func client(t *testing.T, resumed func()) (*crosspeer.Peer, *stage, *remote) {
	t.Helper()
	s, r, p := &stage{T: t}, new(remote), new(crosspeer.Peer)
	d := dialer(func(_ context.Context, hub *crosspeer.Hub) (crosspeer.Transport, error) {
		hub.SetUniqueID(50)
		s.hub = hub
		if resumed == nil {
			s.attach(r, r, crosspeer.TargetServer)
		} else {
			s.attach(r, patient{r, resumed}, crosspeer.TargetServer)
		}
		return s, nil
	})
	if err := p.Dial(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	expect(t, p, "connected 1", "succeeded")
	return p, s, r
}

type dialer func(context.Context, *crosspeer.Hub) (crosspeer.Transport, error)

func (d dialer) Dial(ctx context.Context, hub *crosspeer.Hub) (crosspeer.Transport, error) {
	return d(ctx, hub)
}

func TestAClientHasOneServer(t *testing.T) {
	cli, s, _ := client(t, nil)
	if _, err := s.hub.Attach(new(remote), crosspeer.Hello{ID: crosspeer.TargetServer}); !errors.Is(err, crosspeer.ErrAlreadyActive) {
		t.Errorf("a second one: %v", err)
	}
	cli.Close()
	if _, err := s.hub.Attach(new(remote), crosspeer.Hello{ID: crosspeer.TargetServer}); !errors.Is(err, crosspeer.ErrClosed) {
		t.Errorf("one after Close: %v", err)
	}
}

func TestIDsThatAreChosenAreClients(t *testing.T) {
	_, s, _ := client(t, nil)
	seen := map[crosspeer.PeerID]bool{}
	for range 300 {
		id := s.hub.ChooseID()
		if id < 2 || seen[id] || s.hub.UniqueID() != id {
			t.Fatalf("%d, the hub has %d", id, s.hub.UniqueID())
		}
		seen[id] = true
	}
}

func TestAClientWithoutAProgramPushesItsServerBack(t *testing.T) {
	add := &crosspeer.Frame{Kind: crosspeer.FrameAdd, Peer: 70}
	fill := func(r *remote) (last crosspeer.Verdict, notices int) {
		for r.said() == nil && last == crosspeer.Taken && notices < 1<<20 {
			last = r.Deliver(add)
			notices++
		}
		return last, notices
	}
	t.Run("and is told when there is room", func(t *testing.T) {
		resumed := 0
		cli, _, r := client(t, func() { resumed++ })
		last, n := fill(r)
		if last != crosspeer.Wait {
			t.Fatalf("after %d notices: %v", n, last)
		}
		for n--; resumed == 0 && n > 0; n-- {
			expect(t, cli, "connected 70")
		}
		if resumed != 1 || n == 0 {
			t.Errorf("resumed %d times with %d notices left", resumed, n)
		}
		if v := r.Deliver(add); v != crosspeer.Taken {
			t.Errorf("afterwards: %v", v)
		}
	})
	t.Run("or is disconnected if that is impossible", func(t *testing.T) {
		cli, _, r := client(t, nil)
		for range 1 << 17 {
			if v := r.Deliver(add); v != crosspeer.Taken {
				t.Fatal(v)
			}
		}
		equal(t, "the link", r.said(), []string{"close now=true: too slow by policy"})
		if n := cli.Stats().Slow; n != 1 {
			t.Errorf("Slow is %d", n)
		}
	})
}
