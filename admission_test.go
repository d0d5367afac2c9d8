package crosspeer_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"crosspeer"
)

// door is an Admit in the hands of a test.
type door struct {
	hellos  chan crosspeer.Hello
	answers chan answer
	ended   chan error // why the context was done
}

type answer struct {
	crosspeer.Grant
	err error
}

func newDoor() *door {
	return &door{make(chan crosspeer.Hello, 10), make(chan answer), make(chan error, 10)}
}

func (d *door) admit(ctx context.Context, h crosspeer.Hello) (crosspeer.Grant, error) {
	d.hellos <- h
	select {
	case a := <-d.answers:
		return a.Grant, a.err
	case <-ctx.Done():
		d.ended <- context.Cause(ctx)
		return crosspeer.Grant{}, context.Cause(ctx)
	}
}

// firstPacket is an Admit that wants to hear a word.
func firstPacket(ctx context.Context, h crosspeer.Hello) (crosspeer.Grant, error) {
	b, err := h.FirstPacket(ctx)
	switch {
	case err != nil:
		return crosspeer.Grant{}, err
	case string(b) != "sesame":
		return crosspeer.Grant{}, fmt.Errorf("%q is not the word", b)
	}
	return crosspeer.Grant{Metadata: "Ali"}, nil
}

// knock attaches a remote of which Knock was asked first.
func (s *stage) knock(l crosspeer.Link, r *remote, hello crosspeer.Hello) error {
	hello, err := s.hub.Knock(s.Context(), hello)
	if err == nil {
		r.Port, err = s.hub.Attach(l, hello)
	}
	return err
}

func TestNobodySeesWhoIsNotAdmittedYet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDoor()
		srv, s := server(t, crosspeer.Config{Admit: d.admit})
		go func() { d.answers <- answer{} }()
		first := new(remote)
		if err := s.knock(first, first, crosspeer.Hello{ID: 50}); err != nil {
			t.Fatal(err)
		}
		var resumed int
		r := s.enterPatient(60, func() { resumed++ })
		if v := r.reliably("early"); v != crosspeer.Wait {
			t.Errorf("a packet that comes too early: %v", v)
		}
		synctest.Wait()
		equal(t, "the first, about the second", first.said(), nil)
		equal(t, "the second", r.said(), nil)
		if n := len(srv.Peers()); n != 1 || srv.Stats().Admitting != 1 {
			t.Errorf("%d peers, %d are decided about", n, srv.Stats().Admitting)
		}
		if err := srv.Send(crosspeer.Packet{To: 60}); !errors.Is(err, crosspeer.ErrUnknownPeer) {
			t.Errorf("Send: %v", err)
		}
		first.gives(crosspeer.Packet{From: 50, To: 60, Mode: crosspeer.Reliable, Data: []byte("psst")})
		first.gives(crosspeer.Packet{From: 50, To: 0, Mode: crosspeer.Reliable, Data: []byte("hello all")})
		equal(t, "the second, not admitted", r.said(), nil)

		d.answers <- answer{Grant: crosspeer.Grant{Metadata: "player two"}}
		synctest.Wait()
		equal(t, "the first", first.said(), []string{"add 60"})
		equal(t, "the second", r.said(), []string{"add 50"})
		if resumed != 1 {
			t.Errorf("resumed %d times", resumed)
		}
		if v := r.reliably("early"); v != crosspeer.Taken {
			t.Errorf("the packet again: %v", v)
		}
		expect(t, srv, "connected 50", "50: hello all", "connected 60", "60: early")
		if info, err := srv.PeerInfo(60); err != nil || info.Metadata != "player two" {
			t.Errorf("metadata %v, %v", info.Metadata, err)
		}
		if s := srv.Stats(); s.Admitting != 0 || s.Refused != 0 {
			t.Errorf("%+v", s)
		}
	})
}

func TestAnAdmissionThatFailsTellsTheRemoteAndNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDoor()
		srv, s := server(t, crosspeer.Config{Admit: d.admit})
		refused := errors.New("no ticket")

		go func() { d.answers <- answer{err: refused} }()
		r := new(remote)
		if err := s.knock(r, r, crosspeer.Hello{}); !errors.Is(err, refused) {
			t.Errorf("Knock: %v", err)
		}

		late := s.enter(60)
		d.answers <- answer{err: refused}
		synctest.Wait()
		equal(t, "who was attached", late.said(), []string{"close now=false: refused by local"})
		if v := late.reliably("but"); v != crosspeer.Taken {
			t.Errorf("a packet after that: %v", v)
		}
		late.Detach(crosspeer.Reason{})
		quiet(t, srv)
		if n := srv.Stats().Refused; n != 2 {
			t.Errorf("%d refused", n)
		}
	})
}

func TestTheFirstPacketIsTakenByTheProgram(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, s := server(t, crosspeer.Config{Admit: firstPacket})
		var resumed int
		good := s.enterPatient(50, func() { resumed++ })
		bad := s.enter(60)
		synctest.Wait()
		forged := good.gives(crosspeer.Packet{From: 60, To: 1, Mode: crosspeer.Reliable, Data: []byte("sesame")})
		if v := good.reliably("sesame"); v != crosspeer.Taken || forged != crosspeer.Taken {
			t.Errorf("the word: %v, a forged one: %v", v, forged)
		}
		bad.reliably("open!")
		synctest.Wait()
		if v := good.reliably("hello"); v != crosspeer.Taken {
			t.Errorf("after it: %v", v)
		}
		expect(t, srv, "connected 50", "50: hello")
		quiet(t, srv)
		equal(t, "who said something else", bad.said(), []string{"close now=false: refused by local"})
		if n := srv.Stats().Spoofed; n != 1 {
			t.Errorf("%d spoofed", n)
		}
	})
}

// TestAPacketThatCameBeforeItWasAskedForIsTheFirst: the client cannot know
// when the program asks.
func TestAPacketThatCameBeforeItWasAskedForIsTheFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ask := make(chan struct{})
		srv, s := server(t, crosspeer.Config{Admit: func(ctx context.Context, h crosspeer.Hello) (crosspeer.Grant, error) {
			<-ask
			return firstPacket(ctx, h)
		}})
		resumed := make(chan struct{}, 9)
		r := s.enterPatient(50, func() { resumed <- struct{}{} })
		if v := r.reliably("sesame"); v != crosspeer.Wait {
			t.Fatalf("%v", v)
		}
		close(ask)
		<-resumed
		if v := r.reliably("sesame"); v != crosspeer.Taken {
			t.Fatalf("again: %v", v)
		}
		if v := r.reliably("more"); v == crosspeer.Wait {
			<-resumed
			r.reliably("more")
		}
		expect(t, srv, "connected 50", "50: more")
	})
}

func TestFirstPacketHasLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, s := server(t, crosspeer.Config{Admit: firstPacket, AdmitTimeout: 3 * time.Second})
		large, silent := s.enter(50), s.enter(60)
		synctest.Wait()
		large.reliably(strings.Repeat("x", 16<<10+1))
		synctest.Wait()
		equal(t, "a large one", large.said(), []string{"close now=false: refused by local"})
		<-time.After(3*time.Second - 1)
		synctest.Wait()
		equal(t, "none, in time", silent.said(), nil)
		<-time.After(1)
		synctest.Wait()
		equal(t, "none", silent.said(), []string{"close now=false: refused by local"})
		if _, err := (crosspeer.Hello{}).FirstPacket(t.Context()); err == nil {
			t.Error("FirstPacket outside Admit succeeds")
		}
	})
}

func TestAdmitEndsWhenTheRemoteOrTheSessionDoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDoor()
		srv, s := server(t, crosspeer.Config{Admit: d.admit})
		r := s.enter(50)
		<-d.hellos
		r.Detach(crosspeer.Reason{Code: crosspeer.ReasonTimeout})
		if err := <-d.ended; err == nil || !strings.Contains(err.Error(), "gone") {
			t.Errorf("the remote has gone: %v", err)
		}
		synctest.Wait()
		if n := srv.Stats().Refused; n != 0 {
			t.Errorf("%d refused: nobody was", n)
		}

		ctx, cancel := context.WithCancel(t.Context())
		asked := make(chan error)
		go func() { _, err := s.hub.Knock(ctx, crosspeer.Hello{}); asked <- err }()
		<-d.hellos
		cancel()
		if err := <-asked; !errors.Is(err, context.Canceled) || <-d.ended == nil {
			t.Errorf("Knock that is given up: %v", err)
		}

		other := s.enter(60)
		<-d.hellos
		srv.Close()
		if err := <-d.ended; !errors.Is(err, context.Canceled) {
			t.Errorf("the session ends: %v", err)
		}
		equal(t, "who waited", other.said()[:1], []string{"close now=true: closed by local"})
	})
}

func TestGrantsGiveIDs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		grant := crosspeer.Grant{ID: 77}
		srv, s := server(t, crosspeer.Config{Admit: func(context.Context, crosspeer.Hello) (crosspeer.Grant, error) {
			return grant, nil
		}})
		r := new(remote)
		if err := s.knock(polite{r}, r, crosspeer.Hello{}); err != nil || r.ID() != 77 {
			t.Fatalf("%v, id %d", err, r.ID())
		}
		equal(t, "the link", r.said(), []string{"welcome 77"})
		if err := s.knock(r, r, crosspeer.Hello{}); !errors.Is(err, crosspeer.ErrDuplicateID) {
			t.Errorf("the id again: %v", err)
		}
		grant.ID = 78
		same, other := s.enter(78), s.enter(79) // they chose
		synctest.Wait()
		equal(t, "the granted id", same.said(), []string{"add 77"})
		equal(t, "another one", other.said(), []string{"close now=false: refused by local"})
		if got := srv.Peers(); len(got) != 2 {
			t.Errorf("peers %v", got)
		}
	})
}

func TestOfTwoWithOneIDTheFirstToBeAdmittedIsIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, s := server(t, crosspeer.Config{Admit: firstPacket})
		a, b := s.enter(50), s.enter(50)
		synctest.Wait()
		b.reliably("sesame")
		synctest.Wait()
		a.reliably("sesame")
		synctest.Wait()
		equal(t, "the second", a.said(), []string{"close now=false: refused by local"})
		a.Detach(crosspeer.Reason{})
		expect(t, srv, "connected 50")
		quiet(t, srv)
		if !srvHas(srv, 50) {
			t.Error("the first is out")
		}
	})
}

func srvHas(srv *crosspeer.Peer, id crosspeer.PeerID) bool {
	_, err := srv.PeerInfo(id)
	return err == nil
}

func TestAdmissionsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDoor()
		srv, s := server(t, crosspeer.Config{Admit: d.admit, MaxAdmitting: 2})
		s.enter(50)
		s.enter(60)
		if _, err := s.hub.Attach(new(remote), crosspeer.Hello{ID: 70}); !errors.Is(err, crosspeer.ErrFull) {
			t.Errorf("the third: %v", err)
		}
		d.answers <- answer{}
		synctest.Wait()
		s.enter(80)
		if n := srv.Stats().Refused; n != 1 {
			t.Errorf("%d refused", n)
		}
	})
}

func TestAdmitSeesTheHello(t *testing.T) {
	d := newDoor()
	_, s := server(t, crosspeer.Config{Admit: d.admit})
	go func() { d.answers <- answer{} }()
	want := crosspeer.Hello{ID: 9, Transport: "stage", RemoteAddr: netip.MustParseAddrPort("192.0.2.1:5"), ConnectData: 9,
		Request: &crosspeer.Request{Path: "/ws"}, TLS: &crosspeer.TLSState{TLSInfo: crosspeer.TLSInfo{Version: "TLS 1.3"}}}
	r := new(remote)
	if err := s.knock(r, r, want); err != nil {
		t.Fatal(err)
	}
	got := <-d.hellos
	if got.ID != want.ID || got.Transport != want.Transport || got.RemoteAddr != want.RemoteAddr ||
		got.ConnectData != want.ConnectData || got.Request != want.Request || got.TLS != want.TLS {
		t.Errorf("%+v", got)
	}
}

// TestARefusalBeforeTheLinkIsThereHolds: the program may decide while the
// transport is still making the connection, or attaching it.
func TestARefusalBeforeTheLinkIsThereHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, s := server(t, crosspeer.Config{Admit: firstPacket, AdmitTimeout: 3 * time.Second})
		hello, err := s.hub.Knock(t.Context(), crosspeer.Hello{})
		if err != nil {
			t.Fatal(err)
		}
		<-time.After(3 * time.Second)
		synctest.Wait()
		r := new(remote)
		if _, err := s.hub.Attach(polite{r}, hello); err == nil || !strings.Contains(err.Error(), "could not decide in time") {
			t.Errorf("Attach after the refusal: %v", err)
		}
		equal(t, "who was refused", r.said(), nil)
		quiet(t, srv)
		if n := srv.Stats().Refused; n != 1 || len(srv.Peers()) != 0 {
			t.Errorf("%d refused, peers %v", n, srv.Peers())
		}
	})
}

func TestAGrantOfAnotherIDBeforeTheLinkIsThereRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, s := server(t, crosspeer.Config{Admit: func(ctx context.Context, h crosspeer.Hello) (crosspeer.Grant, error) {
			brief, cancel := context.WithTimeout(ctx, time.Second)
			defer cancel()
			h.FirstPacket(brief)
			return crosspeer.Grant{ID: 77}, nil
		}})
		hello, err := s.hub.Knock(t.Context(), crosspeer.Hello{ID: 60})
		if err != nil {
			t.Fatal(err)
		}
		<-time.After(time.Second)
		synctest.Wait()
		if _, err := s.hub.Attach(new(remote), hello); !errors.Is(err, crosspeer.ErrInvalidID) {
			t.Errorf("Attach: %v", err)
		}
	})
}

// slowWelcome is a link during whose attachment the program decides.
type slowWelcome struct {
	*remote
	decided chan struct{}
}

func (w slowWelcome) Welcome(crosspeer.PeerID) {
	<-w.decided
	for range 100 {
		runtime.Gosched()
	}
}

func TestARefusalWhileTheLinkIsAttachedHolds(t *testing.T) {
	decided := make(chan struct{})
	srv, s := server(t, crosspeer.Config{Admit: func(context.Context, crosspeer.Hello) (crosspeer.Grant, error) {
		defer close(decided)
		return crosspeer.Grant{}, errors.New("no ticket")
	}})
	s.hub.Attach(slowWelcome{new(remote), decided}, crosspeer.Hello{ID: 60})
	quiet(t, srv)
	if len(srv.Peers()) != 0 {
		t.Errorf("peers %v", srv.Peers())
	}
}

// TestAttachThatFailsEndsTheAdmission: nobody waits for the first packet of
// somebody who is not there, and no place among Config.MaxAdmitting is kept.
func TestAttachThatFailsEndsTheAdmission(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, s := server(t, crosspeer.Config{Admit: firstPacket, Policy: crosspeer.Policy{PeersPerAddress: 1}})
		from := crosspeer.Hello{RemoteAddr: netip.MustParseAddrPort("192.0.2.1:5")}
		first, err := s.hub.Knock(t.Context(), from)
		second, err2 := s.hub.Knock(t.Context(), from)
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		first.Transport, second.Transport = "stage", "stage"
		r := new(remote)
		if r.Port, err = s.hub.Attach(r, first); err != nil {
			t.Fatal(err)
		}
		if _, err := s.hub.Attach(new(remote), second); !errors.Is(err, crosspeer.ErrFull) {
			t.Errorf("the second from one address: %v", err)
		}
		synctest.Wait()
		if n := srv.Stats().Admitting; n != 1 {
			t.Errorf("%d are decided about", n)
		}
		r.Detach(crosspeer.Reason{})
		third := new(remote)
		from.Transport, from.ID = "stage", 50
		if third.Port, err = s.hub.Attach(third, from); err != nil {
			t.Errorf("when it has gone: %v", err)
		}
	})
}

func TestWhoIsBannedWhileHeWaitsDoesNotComeIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDoor()
		srv, s := server(t, crosspeer.Config{Admit: d.admit})
		r, err := s.come(50, "192.0.2.7")
		other := s.enter(60)
		if err != nil {
			t.Fatal(err)
		}
		srv.Ban(netip.MustParsePrefix("192.0.2.0/24"), 0, "")
		d.answers <- answer{}
		d.answers <- answer{}
		synctest.Wait()
		equal(t, "the banned one", r.said(), []string{"close now=true: kicked by local"})
		equal(t, "the other", other.said(), nil)
		expect(t, srv, "connected 60")
		quiet(t, srv)
	})
}

func TestWhoIsRetractedIsNotWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, s := server(t, crosspeer.Config{Admit: firstPacket})
		hello, err := s.hub.Knock(t.Context(), crosspeer.Hello{})
		if err != nil || srv.Stats().Admitting != 1 {
			t.Fatalf("%v, %d", err, srv.Stats().Admitting)
		}
		s.hub.Retract(hello)
		synctest.Wait()
		if n := srv.Stats().Admitting; n != 0 {
			t.Errorf("%d are waited for", n)
		}
		s.hub.Retract(crosspeer.Hello{}) // nobody was asked
	})
}
