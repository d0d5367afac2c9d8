package crosspeer_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"

	"crosspeer"
	"crosspeer/link/memlink"
)

func TestWhatAPeerInNoSessionSays(t *testing.T) {
	closed, _ := server(t, crosspeer.Config{})
	closed.Close()
	lost, _, r := client(t, nil)
	r.Detach(crosspeer.Reason{})
	for name, p := range map[string]*crosspeer.Peer{"fresh": new(crosspeer.Peer), "closed": closed, "lost": lost} {
		_, info := p.PeerInfo(1)
		for call, err := range map[string]error{
			"Send": p.Send(crosspeer.Packet{}), "PutPacket": p.PutPacket([]byte("x")), "PeerInfo": info,
			"Disconnect": p.Disconnect(1, ""), "DisconnectNow": p.DisconnectNow(1, ""),
		} {
			if !errors.Is(err, crosspeer.ErrNotConnected) {
				t.Errorf("%s, %s: %v", name, call, err)
			}
		}
		got := fmt.Sprint(p.ConnectionStatus(), p.UniqueID(), p.IsServer(), p.Addrs(), p.Peers(), p.MaxPacketBytes())
		if want := "disconnected 0 false [] [] 0"; got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	fresh := new(crosspeer.Peer)
	if _, err := fresh.Next(t.Context()); !errors.Is(err, crosspeer.ErrNotConnected) {
		t.Errorf("Next: %v", err)
	}
	if _, err := fresh.Receive(t.Context()); !errors.Is(err, crosspeer.ErrNotConnected) {
		t.Errorf("Receive: %v", err)
	}
	for ev := range fresh.Events(t.Context()) {
		t.Errorf("an event: %v", ev)
	}
	if st := fresh.Stats(); st != (crosspeer.Stats{}) {
		t.Errorf("Stats: %+v", st)
	}
	if err := errors.Join(fresh.Close(), fresh.Shutdown(t.Context())); err != nil {
		t.Errorf("Close and Shutdown: %v", err)
	}
}

func TestPuttingNothingIsNoErrorInAnyState(t *testing.T) {
	srv, s := server(t, crosspeer.Config{MaxPacketBytes: 1})
	r := s.enter(50)
	closed, _ := server(t, crosspeer.Config{})
	closed.Close()
	var connecting error
	failed := new(crosspeer.Peer)
	failed.Dial(t.Context(), dialer(func(context.Context, *crosspeer.Hub) (crosspeer.Transport, error) {
		if got := failed.ConnectionStatus(); got != crosspeer.Connecting {
			t.Errorf("the status is %v", got)
		}
		if err := failed.PutPacket([]byte("x")); !errors.Is(err, crosspeer.ErrNotConnected) {
			t.Errorf("something while connecting: %v", err)
		}
		connecting = failed.PutPacket(nil)
		return nil, errors.New("no")
	}))
	srv.SetTargetPeer(7)
	for name, err := range map[string]error{
		"fresh": new(crosspeer.Peer).PutPacket(nil), "closed": closed.PutPacket([]byte{}), "failed": failed.PutPacket(nil),
		"connecting": connecting, "with a target that is not there": srv.PutPacket(nil),
	} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	equal(t, "the client", r.said(), nil)
}

func TestTheTransferChannelIsKeptWhenAnotherIsRefused(t *testing.T) {
	p := new(crosspeer.Peer)
	for _, tt := range []struct{ set, want int }{{1, 1}, {254, 254}, {255, 254}, {0, 254}, {-2, 254}, {1 << 40, 254}, {-1, -1}, {0, -1}} {
		err := p.SetTransferChannel(tt.set)
		if refused := tt.set != tt.want; refused != errors.Is(err, crosspeer.ErrChannel) {
			t.Errorf("%d: %v", tt.set, err)
		}
		if got := p.TransferChannel(); got != tt.want {
			t.Errorf("after %d it is %d, want %d", tt.set, got, tt.want)
		}
	}
}

func TestAPeerIsInOneSessionAtATime(t *testing.T) {
	p, _ := server(t, crosspeer.Config{})
	s := &stage{T: t}
	for name, err := range map[string]error{
		"Listen": p.Listen(t.Context(), s), "Join": p.Join(t.Context(), s), "Dial": p.Dial(t.Context(), memlink.New().Dial()),
	} {
		if !errors.Is(err, crosspeer.ErrAlreadyActive) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if s.hub != nil || p.ConnectionStatus() != crosspeer.Connected {
		t.Error("the session did not stay as it was")
	}
}

func TestAListenerThatFailsClosesThoseBeforeIt(t *testing.T) {
	no := errors.New("no")
	first, second, third := &stage{T: t}, &stage{T: t, fails: no}, &stage{T: t}
	p := new(crosspeer.Peer)
	if err := p.Listen(t.Context(), first, second, third); !errors.Is(err, no) {
		t.Errorf("Listen: %v", err)
	}
	if first.closed != 1 || third.hub != nil || p.ConnectionStatus() != crosspeer.Disconnected {
		t.Errorf("closed %d times, the third opened: %v, status %v", first.closed, third.hub != nil, p.ConnectionStatus())
	}
	if err := p.Listen(t.Context(), first, third); err != nil {
		t.Fatalf("again: %v", err)
	}
	if got := fmt.Sprint(p.Addrs()); got != "[stage: stage:]" {
		t.Errorf("Addrs: %s", got)
	}
	p.Close()
}

func TestCloseSaysWhatTransportsSayAndOnlyOnce(t *testing.T) {
	a, b := &stage{T: t, broken: errors.New("first")}, &stage{T: t, broken: errors.New("second")}
	p, err := crosspeer.Listen(t.Context(), nil, a, b)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); !errors.Is(err, a.broken) || !errors.Is(err, b.broken) {
		t.Errorf("Close: %v", err)
	}
	if err := p.Close(); err != nil || a.closed != 1 || b.closed != 1 {
		t.Errorf("another: %v; closed %d and %d times", err, a.closed, b.closed)
	}
}

func TestCloseEndsADialThatIsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, done := new(crosspeer.Peer), make(chan error)
		go func() {
			done <- p.Dial(context.Background(), dialer(func(ctx context.Context, _ *crosspeer.Hub) (crosspeer.Transport, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			}))
		}()
		synctest.Wait()
		p.Close()
		if err := <-done; !errors.Is(err, crosspeer.ErrClosed) {
			t.Errorf("Dial: %v", err)
		}
		if _, err := p.Next(t.Context()); !errors.Is(err, crosspeer.ErrClosed) {
			t.Errorf("Next: %v", err)
		}
	})
}

func TestADialThatFailsAfterItAttachedLosesTheServer(t *testing.T) {
	p := new(crosspeer.Peer)
	err := p.Dial(t.Context(), dialer(func(_ context.Context, hub *crosspeer.Hub) (crosspeer.Transport, error) {
		_, err := hub.Attach(new(remote), crosspeer.Hello{ID: crosspeer.TargetServer})
		return nil, errors.Join(err, errors.New("and yet"))
	}))
	if err == nil || p.ConnectionStatus() != crosspeer.Disconnected {
		t.Errorf("%v, %v", err, p.ConnectionStatus())
	}
	expect(t, p, "connected 1", "succeeded", "server disconnected: and yet")
}

func TestShutdownEndsWithItsContext(t *testing.T) {
	srv, s := server(t, crosspeer.Config{})
	r := s.enter(50)
	done, cancel := context.WithCancel(t.Context())
	cancel()
	if err := srv.Shutdown(done); !errors.Is(err, context.Canceled) {
		t.Errorf("Shutdown: %v", err)
	}
	equal(t, "the link", r.said(), []string{"close now=false: closed by local", "close now=true: closed by local"})
}

func TestStatsStayAfterClose(t *testing.T) {
	srv, s := server(t, crosspeer.Config{})
	r := s.enter(50)
	r.reliably("read")
	r.reliably("unread")
	expect(t, srv, "connected 50", "50: read")
	if err := srv.Send(crosspeer.Packet{}); err != nil {
		t.Fatal(err)
	}
	srv.Close()
	r.Detach(crosspeer.Reason{})
	if got, want := srv.Stats(), (crosspeer.Stats{Sent: 1, Received: 2}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if err := srv.Listen(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if got := srv.Stats(); got != (crosspeer.Stats{}) {
		t.Errorf("in another session: %+v", got)
	}
}

func TestWhatWasPolledIsForgottenWithTheSession(t *testing.T) {
	for name, end := range map[string]func(*crosspeer.Peer, *stage) error{
		"by Close":           func(p *crosspeer.Peer, _ *stage) error { return p.Close() },
		"by another session": func(p *crosspeer.Peer, s *stage) error { p.Shutdown(t.Context()); return p.Listen(t.Context(), s) },
	} {
		srv, s := server(t, crosspeer.Config{})
		r := s.enter(50)
		r.reliably("old")
		r.Detach(crosspeer.Reason{})
		if err := srv.Poll(); err != nil || srv.AvailablePacketCount() != 1 {
			t.Fatalf("Poll: %v", err)
		}
		if err := end(srv, s); err != nil {
			t.Fatal(err)
		}
		if data, err := srv.GetPacket(); data != nil || !errors.Is(err, crosspeer.ErrNoPacket) {
			t.Errorf("%s: %q, %v", name, data, err)
		}
	}
}

func TestPacketsKeepTheOrderInWhichTheyArrive(t *testing.T) {
	t.Run("65 across peers, channels and modes", func(t *testing.T) {
		srv, s := server(t, crosspeer.Config{})
		a, b := s.enter(70), s.enter(50)
		a.reliably("1")
		b.unreliably("2")
		a.gives(crosspeer.Packet{From: 70, To: 0, Mode: crosspeer.UnreliableOrdered, Channel: 9, Data: []byte("3")})
		b.reliably("4")
		if err := srv.Poll(); err != nil {
			t.Fatal(err)
		}
		var got []string
		for srv.AvailablePacketCount() > 0 {
			head := fmt.Sprint(srv.PacketPeer(), srv.PacketMode(), srv.PacketChannel())
			data, _ := srv.GetPacket()
			got = append(got, fmt.Sprintf("%s %s, was %d", head, data, srv.LastPacketChannel()))
		}
		equal(t, "packets", got, []string{
			"70 reliable 1 1, was 1", "50 unreliable 2 2, was 2", "70 ordered 9 3, was 9", "50 reliable 1 4, was 1",
		})
	})
}

func TestSeveralReadersShareTheEvents(t *testing.T) {
	const packets = 1000
	srv, s := server(t, crosspeer.Config{})
	r := s.enter(50)
	expect(t, srv, "connected 50")
	var mu sync.Mutex
	seen := map[string]int{}
	all := make(chan struct{})
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for ev := range srv.Events(context.Background()) {
				mu.Lock()
				if seen[describe(ev)]++; len(seen) == packets {
					close(all)
				}
				mu.Unlock()
			}
		})
	}
	for i := range packets {
		r.reliably(fmt.Sprint(i))
	}
	<-all
	srv.Close()
	readers.Wait() // all of them, though one event at most wakes them
	for text, n := range seen {
		if n != 1 {
			t.Errorf("%q was given out %d times", text, n)
		}
	}
}
