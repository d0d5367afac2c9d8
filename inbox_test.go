package crosspeer_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"crosspeer"
)

func TestAFullInboxDropsOrPushesBack(t *testing.T) {
	for _, tt := range []struct {
		name string
		cfg  crosspeer.Config
		fill []string // what fits
	}{
		{"by packets", crosspeer.Config{MaxInboxPackets: 2}, []string{"one", "two"}},
		{"by bytes, and the last is taken whole", crosspeer.Config{MaxInboxBytes: 4}, []string{"one", "a long one"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			srv, s := server(t, tt.cfg)
			resumed := 0
			a, b := s.enterPatient(50, func() { resumed++ }), s.enter(70)
			b.said()
			expect(t, srv, "connected 50", "connected 70")
			for _, text := range tt.fill {
				if v := a.reliably(text); v != crosspeer.Taken {
					t.Fatalf("%q: %v", text, v)
				}
			}
			if v := a.unreliably("lost"); v != crosspeer.Taken {
				t.Errorf("an unreliable one: %v", v)
			}
			if v := a.reliably("late"); v != crosspeer.Wait {
				t.Errorf("a reliable one: %v", v)
			}
			for range 2 {
				if v := b.reliably("never"); v != crosspeer.Taken {
					t.Errorf("of a link that cannot wait: %v", v)
				}
			}
			equal(t, "the link that cannot wait", b.said(), []string{"close now=true: too slow by policy"})
			if st := srv.Stats(); st.InboxDropped != 1 || st.Slow != 1 || st.Received != 2 || st.InboxPackets != 2 {
				t.Errorf("%+v", st)
			}
			expect(t, srv, "50: "+tt.fill[0], "50: "+tt.fill[1])
			if resumed != 1 || a.reliably("late") != crosspeer.Taken {
				t.Errorf("resumed %d times", resumed)
			}
			expect(t, srv, "50: late")
		})
	}
}

// waiters are a server with room for four packets, all of it taken, and
// clients whose reliable packets wait.
func waiters(t *testing.T, ids ...crosspeer.PeerID) (srv *crosspeer.Peer, of map[crosspeer.PeerID]*remote, resumed func() []string) {
	t.Helper()
	srv, s := server(t, crosspeer.Config{MaxInboxPackets: 4})
	var log []string
	of = map[crosspeer.PeerID]*remote{}
	for _, id := range ids {
		of[id] = s.enterPatient(id, func() { log = append(log, fmt.Sprint(id)) })
		expect(t, srv, fmt.Sprint("connected ", id))
	}
	for range 4 {
		if v := of[ids[0]].reliably("x"); v != crosspeer.Taken {
			t.Fatal(v)
		}
	}
	for _, id := range ids {
		if v := of[id].reliably("y"); v != crosspeer.Wait {
			t.Fatal(v)
		}
	}
	return srv, of, func() []string { was := log; log = nil; return was }
}

func TestThoseWhoWaitGoOnWhenHalfTheRoomIsFreeInTurn(t *testing.T) {
	srv, of, resumed := waiters(t, 90, 50, 70)
	of[90].reliably("y") // asking again neither loses nor doubles its place
	expect(t, srv, "90: x")
	equal(t, "with a quarter free", resumed(), nil)
	if v := of[70].reliably("y"); v != crosspeer.Wait {
		t.Errorf("there is room, but others wait: %v", v)
	}
	if v := of[70].unreliably("z"); v != crosspeer.Taken {
		t.Errorf("unreliable packets do not wait: %v", v)
	}
	expect(t, srv, "90: x", "90: x")
	equal(t, "with half free", resumed(), []string{"90", "50", "70"})

	// One that is quicker takes the room. Who has had nothing taken for longer
	// goes on first, whoever asks first.
	for i, tt := range []struct {
		id   crosspeer.PeerID
		want crosspeer.Verdict
	}{{70, crosspeer.Taken}, {70, crosspeer.Taken}, {70, crosspeer.Wait}, {50, crosspeer.Wait}, {90, crosspeer.Wait}} {
		if v := of[tt.id].reliably("y"); v != tt.want {
			t.Fatalf("%d, of %d: %v", i, tt.id, v)
		}
	}
	expect(t, srv, "90: x", "70: z")
	equal(t, "afterwards", resumed(), []string{"90", "50", "70"})

	// Who has just had something taken goes behind the others.
	for i, want := range []crosspeer.Verdict{crosspeer.Taken, crosspeer.Taken, crosspeer.Wait} {
		if v := of[90].reliably("y"); v != want {
			t.Fatalf("%d, of 90: %v", i, v)
		}
	}
	of[70].reliably("y")
	of[50].reliably("y")
	expect(t, srv, "70: y", "70: y")
	equal(t, "at last", resumed(), []string{"50", "70", "90"})
}

func TestNobodyGoesOnInASessionThatIsOver(t *testing.T) {
	srv, of, resumed := waiters(t, 50, 70)
	srv.Close()
	equal(t, "after Close", resumed(), nil)
	if v := of[50].reliably("y"); v != crosspeer.Taken {
		t.Errorf("a packet after Close: %v", v)
	}
	if st := srv.Stats(); st.InboxPackets != 0 || st.InboxBytes != 0 {
		t.Errorf("after Close %d packets wait", st.InboxPackets)
	}
	if _, err := srv.Next(t.Context()); !errors.Is(err, crosspeer.ErrClosed) {
		t.Errorf("Next: %v", err)
	}
}

func TestNobodyGoesOnWhenWhatIsLeftOfASessionIsRead(t *testing.T) {
	srv, _, resumed := waiters(t, 50, 70)
	done, cancel := context.WithCancel(t.Context())
	cancel()
	srv.Shutdown(done)
	expect(t, srv, "50: x", "50: x", "50: x", "50: x")
	equal(t, "afterwards", resumed(), nil)
}

func TestAPolledPacketCountsUntilItIsGotten(t *testing.T) {
	srv, s := server(t, crosspeer.Config{MaxInboxPackets: 1})
	resumed := 0
	a := s.enterPatient(50, func() { resumed++ })
	a.reliably("one")
	if err := srv.Poll(); err != nil || srv.AvailablePacketCount() != 1 {
		t.Fatalf("Poll: %v, %d packets", err, srv.AvailablePacketCount())
	}
	if v := a.reliably("two"); v != crosspeer.Wait {
		t.Errorf("before GetPacket: %v", v)
	}
	if data, err := srv.GetPacket(); string(data) != "one" || err != nil || resumed != 1 {
		t.Errorf("GetPacket: %q, %v; resumed %d times", data, err, resumed)
	}
	if v := a.reliably("two"); v != crosspeer.Taken {
		t.Errorf("after GetPacket: %v", v)
	}
}

func TestALongQueueKeepsItsOrderWhileItIsRead(t *testing.T) {
	srv, s := server(t, crosspeer.Config{})
	r := s.enter(50)
	expect(t, srv, "connected 50")
	sent, read := 0, 0
	for _, step := range []struct{ send, read int }{{3000, 100}, {1, 2000}, {500, 1000}, {2, 403}, {1, 1}} {
		for range step.send {
			r.reliably(fmt.Sprint(sent))
			sent++
		}
		for range step.read {
			expect(t, srv, fmt.Sprint("50: ", read))
			read++
		}
		if n := srv.Stats().InboxPackets; n != sent-read {
			t.Fatalf("%d wait, want %d", n, sent-read)
		}
	}
	if sent != read {
		t.Errorf("%d were sent and %d read", sent, read)
	}
	quiet(t, srv)
}

func TestTheProgramOwnsTheBytesItReceives(t *testing.T) {
	srv, s := server(t, crosspeer.Config{})
	data := []byte("mine")
	s.enter(50).gives(crosspeer.Packet{From: 50, To: 1, Data: data})
	copy(data, "gone")
	expect(t, srv, "connected 50", "50: mine")
}
