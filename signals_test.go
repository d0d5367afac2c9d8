package crosspeer_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"crosspeer"
)

func TestHandlersMayComeAndGoWhileTheSignalIsEmitted(t *testing.T) {
	srv, s := server(t, crosspeer.Config{})
	var log []string
	say := func(name string) func(crosspeer.PeerID) {
		return func(id crosspeer.PeerID) { log = append(log, fmt.Sprint(name, id)) }
	}
	var removeFirst, removeLast func()
	removeFirst = srv.OnPeerConnected(func(id crosspeer.PeerID) {
		say("first ")(id)
		removeFirst()
		removeLast()
		srv.OnPeerConnected(say("new "))
	})
	srv.OnPeerConnected(say("second "))
	removeLast = srv.OnPeerConnected(say("last "))

	s.enter(50)
	s.enter(70)
	if err := srv.Poll(); err != nil {
		t.Fatal(err)
	}
	// Those of an emission are those that there were when it began.
	equal(t, "calls", log, []string{"first 50", "second 50", "last 50", "second 70", "new 70"})
	removeLast()
	removeFirst()
	log = nil
	s.enter(90)
	if err := srv.Poll(); err != nil {
		t.Fatal(err)
	}
	equal(t, "calls after removing twice", log, []string{"second 90", "new 90"})
}

func TestOneFunctionMayHandleASignalTwice(t *testing.T) {
	srv, s := server(t, crosspeer.Config{})
	calls := 0
	f := func(crosspeer.PeerID) { calls++ }
	srv.OnPeerConnected(f)
	remove := srv.OnPeerConnected(f)
	s.enter(50)
	srv.Poll()
	remove()
	s.enter(70)
	srv.Poll()
	if calls != 3 {
		t.Errorf("%d calls, want 3", calls)
	}
}

func TestAHandlerMayUseThePeer(t *testing.T) {
	srv, s := server(t, crosspeer.Config{})
	srv.OnPeerConnected(func(id crosspeer.PeerID) {
		if err := srv.Send(crosspeer.Packet{To: id, Data: []byte("hello")}); err != nil {
			t.Error(err)
		}
		srv.Close()
	})
	srv.OnPeerDisconnected(func(crosspeer.PeerID) { t.Error("it is called after Close") })
	r := s.enter(50)
	s.enter(70).Detach(crosspeer.Reason{})
	if err := srv.Poll(); err != nil {
		t.Fatal(err)
	}
	equal(t, "the first client", r.said(), []string{"add 70", "remove 70", "1 to 50: hello", "close now=true: closed by local"})
}

func TestReceiveCallsTheHandlersOfWhatComesBeforeThePacket(t *testing.T) {
	cli, _, r := client(t, nil)
	var log []string
	cli.OnPeerConnected(func(id crosspeer.PeerID) { log = append(log, fmt.Sprint("connected ", id)) })
	cli.OnPeerDisconnected(func(id crosspeer.PeerID) { log = append(log, fmt.Sprint("disconnected ", id)) })
	cli.OnServerDisconnected(func() { log = append(log, "server disconnected") })
	r.Deliver(&crosspeer.Frame{Kind: crosspeer.FrameAdd, Peer: 70})
	r.gives(crosspeer.Packet{From: 70, To: -9, Mode: crosspeer.UnreliableOrdered, Channel: 4, Data: []byte("x")})
	r.Deliver(&crosspeer.Frame{Kind: crosspeer.FrameRemove, Peer: 70})
	r.Detach(crosspeer.Reason{})

	got, err := cli.Receive(t.Context())
	if want := "{70 -9 ordered 4 [120]}"; fmt.Sprint(got) != want || err != nil {
		t.Errorf("%v, %v, want %s", got, err, want)
	}
	equal(t, "before the packet", log, []string{"connected 70"})
	if _, err := cli.Receive(t.Context()); !errors.Is(err, crosspeer.ErrClosed) {
		t.Errorf("after the last: %v", err)
	}
	equal(t, "at the end", log, []string{"connected 70", "disconnected 70", "server disconnected"})
}

func TestWaitingThatIsGivenUpLosesNothing(t *testing.T) {
	srv, s := server(t, crosspeer.Config{})
	done, cancel := context.WithCancel(t.Context())
	cancel()
	for name, wait := range map[string]func() error{
		"Next":        func() error { _, err := srv.Next(done); return err },
		"Receive":     func() error { _, err := srv.Receive(done); return err },
		"PollContext": func() error { return srv.PollContext(done) },
	} {
		if err := wait(); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for ev := range srv.Events(done) {
		t.Errorf("an event: %v", ev)
	}
	s.enter(50)
	for range srv.Events(t.Context()) {
		break
	}
	s.enter(70)
	expect(t, srv, "connected 70")
}
