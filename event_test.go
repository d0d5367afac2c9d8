package crosspeer_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"crosspeer"
)

func TestPendingIsWhatNextGivesWithoutWaiting(t *testing.T) {
	srv, st := server(t, crosspeer.Config{})
	if n := srv.Pending(); n != 0 {
		t.Errorf("%d events at the beginning", n)
	}
	st.enter(2).reliably("a")
	past, cancel := context.WithCancel(t.Context())
	cancel()
	if n := srv.Pending(); n != 2 {
		t.Errorf("%d events, want the newcomer and its packet", n)
	}
	for n := srv.Pending(); n > 0; n-- {
		if _, err := srv.Next(past); err != nil {
			t.Error(err)
		}
	}
	if n := new(crosspeer.Peer).Pending(); n != 0 {
		t.Errorf("%d events in no session", n)
	}
}

// TestNextSaysThatTheSessionIsOver also to those who do not wait.
func TestNextSaysThatTheSessionIsOver(t *testing.T) {
	srv, _ := server(t, crosspeer.Config{})
	past, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := srv.Next(past); !errors.Is(err, context.Canceled) {
		t.Errorf("before: %v", err)
	}
	srv.Close()
	for range 100 { // a select would be right half of the time
		if _, err := srv.Next(past); !errors.Is(err, crosspeer.ErrClosed) {
			t.Fatalf("after: %v", err)
		}
	}
}

func TestEmitCallsTheHandlersOfSignals(t *testing.T) {
	p := new(crosspeer.Peer)
	var got []string
	p.OnPeerConnected(func(id crosspeer.PeerID) { got = append(got, fmt.Sprint("connected ", id)) })
	remove := p.OnPeerDisconnected(func(id crosspeer.PeerID) { got = append(got, fmt.Sprint("disconnected ", id)) })
	p.Emit(crosspeer.PeerConnected{ID: 5})
	p.Emit(crosspeer.PacketReceived{})
	p.Emit(crosspeer.PeerDisconnected{ID: 6})
	remove()
	p.Emit(crosspeer.PeerDisconnected{ID: 7})
	equal(t, "calls", got, []string{"connected 5", "disconnected 6"})
}

func TestSessionsAreCounted(t *testing.T) {
	p := new(crosspeer.Peer)
	for want := range uint64(3) {
		if n := p.Sessions(); n != want {
			t.Errorf("%d sessions, want %d", n, want)
		}
		if err := p.Listen(t.Context()); err != nil {
			t.Fatal(err)
		}
		p.Close()
	}
}

// TestMembersThatComeBackHaveAnotherNumber, also before it was read that they
// had left.
func TestMembersThatComeBackHaveAnotherNumber(t *testing.T) {
	srv, st := server(t, crosspeer.Config{})
	number := func(of crosspeer.PeerID) uint64 {
		for id, join := range srv.Members() {
			if id == of {
				return join
			}
		}
		return 0
	}
	r := st.enter(5)
	st.enter(6)
	first, other := number(5), number(6)
	srv.DisconnectNow(5, "")
	r.Port.Detach(crosspeer.Reason{})
	if n := number(5); n != 0 {
		t.Errorf("one that has left has number %d", n)
	}
	st.enter(5)
	if again := number(5); first == 0 || again == first || again == other || number(6) != other {
		t.Errorf("numbers %d, then %d; the other's was %d and is %d", first, again, other, number(6))
	}
	for range new(crosspeer.Peer).Members() {
		t.Error("a member of no session")
	}
}
