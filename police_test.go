package crosspeer_test

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"crosspeer"
)

// sends gives the server unreliable packets at a rate for a time, and says how
// many were for the program. ended is when the link was told to close.
func sends(srv *crosspeer.Peer, r *remote, perSecond int, d time.Duration) (taken uint64, ended time.Duration) {
	before, begun := srv.Stats().Received, time.Now()
	for time.Since(begun) < d {
		r.unreliably("x")
		if len(r.said()) > 0 {
			ended = time.Since(begun)
			break
		}
		<-time.After(time.Second / time.Duration(perSecond))
	}
	return srv.Stats().Received - before, ended
}

func TestUnreliablePacketsBeyondTheRateAreDropped(t *testing.T) {
	for _, tt := range []struct {
		perSecond int
		min, max  uint64 // of those taken in a minute
		ended     time.Duration
	}{
		{50, 2990, 3010, 0},
		{100, 5900, 6110, 0},
		{140, 6000, 6110, 0},
		{200, 0, 6110, 11 * time.Second},
		{1000, 0, 6110, time.Second},
	} {
		t.Run(fmt.Sprint(tt.perSecond, " a second"), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				limits := crosspeer.PeerLimits{Unreliable: crosspeer.Rate{Packets: 100}}
				srv, s := server(t, crosspeer.Config{Policy: crosspeer.Policy{Peer: limits}})
				r := s.enter(50)
				taken, ended := sends(srv, r, tt.perSecond, time.Minute)
				if taken < tt.min || taken > tt.max {
					t.Errorf("%d taken, want %d to %d", taken, tt.min, tt.max)
				}
				if (ended == 0) != (tt.ended == 0) || ended > tt.ended+time.Second || ended < tt.ended-time.Second {
					t.Errorf("disconnected after %v, want %v", ended, tt.ended)
				}
				st := srv.Stats()
				if (st.RateDropped == 0) != (tt.perSecond <= 100) || (st.Limited == 1) != (tt.ended > 0) {
					t.Errorf("%d dropped, %d disconnected", st.RateDropped, st.Limited)
				}
			})
		})
	}
}

func TestReliablePacketsBeyondTheRateArePushedBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limits := crosspeer.PeerLimits{Reliable: crosspeer.Rate{Bytes: 1000}}
		srv, s := server(t, crosspeer.Config{Policy: crosspeer.Policy{Peer: limits}})
		resumed := make(chan struct{}, 1)
		r := s.enterPatient(50, func() { resumed <- struct{}{} })
		begun := time.Now()
		for range 100 {
			for r.reliably(strings.Repeat("x", 100)) == crosspeer.Wait {
				<-resumed
			}
		}
		// 10,000 bytes, of which a second's worth and one packet come at once.
		if d := time.Since(begun); d < 8500*time.Millisecond || d > 9500*time.Millisecond {
			t.Errorf("it took %v", d)
		}
		if st := srv.Stats(); st.Received != 100 || st.RatePaused == 0 || st.Limited != 0 {
			t.Errorf("%+v", st)
		}

		impatient := s.enter(60)
		impatient.said()
		for range 11 {
			impatient.reliably(strings.Repeat("x", 100))
		}
		equal(t, "a transport that cannot push back", impatient.said(), nil)
		impatient.reliably("x")
		equal(t, "a transport that cannot push back", impatient.said(), []string{"close now=true: limit by policy"})
	})
}

func TestLargePacketsAndBansForALimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, s := server(t, crosspeer.Config{Policy: crosspeer.Policy{
			Peer: crosspeer.PeerLimits{MaxPacketBytes: 10}, BanFor: time.Minute}})
		r, _ := s.come(50, "2001:db8::1")
		r.reliably("0123456789")
		expect(t, srv, "connected 50", "50: 0123456789")
		r.reliably("0123456789a")
		equal(t, "the link", r.said(), []string{"close now=true: limit by policy"})
		r.Detach(crosspeer.Reason{})
		expect(t, srv, "disconnected 50: a packet of 11 bytes, at most 10")
		if _, err := s.come(60, "2001:db8::2"); !errors.Is(err, crosspeer.ErrBanned) {
			t.Errorf("its neighbour: %v", err)
		}
		<-time.After(time.Minute)
		if _, err := s.come(60, "2001:db8::2"); err != nil {
			t.Errorf("after its time: %v", err)
		}
	})
}

func TestAGrantHasItsOwnLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDoor()
		_, s := server(t, crosspeer.Config{Admit: d.admit, Policy: crosspeer.Policy{Peer: crosspeer.PeerLimits{MaxPacketBytes: 1}}})
		for id, limits := range map[crosspeer.PeerID]*crosspeer.PeerLimits{50: nil, 60: {}, 70: {MaxPacketBytes: 20}} {
			r := s.enter(id)
			d.answers <- answer{Grant: crosspeer.Grant{Limits: limits}}
			synctest.Wait()
			r.said()
			r.reliably("ten bytes.")
			if closed := len(r.said()) > 0; closed != (limits == nil) {
				t.Errorf("%d with %+v: closed %v", id, limits, closed)
			}
		}
	})
}

func TestTheFilterSeesEveryPacketOfClients(t *testing.T) {
	var seen []string
	srv, s := server(t, crosspeer.Config{MaxInboxPackets: 1, Filter: crosspeer.FilterFunc(func(p crosspeer.Packet) error {
		seen = append(seen, fmt.Sprintf("%d to %d %v %s", p.From, p.To, p.Mode, p.Data))
		switch string(p.Data) {
		case "drop":
			return errors.New("no")
		case "out":
			return fmt.Errorf("%w: out with you", crosspeer.ErrDisconnect)
		}
		return nil
	})})
	resumed := make(chan struct{}, 1)
	r := s.enterPatient(50, func() { resumed <- struct{}{} })
	other := s.enter(60)
	other.said()
	for _, text := range []string{"one", "drop"} {
		r.gives(crosspeer.Packet{From: 50, To: 60, Data: []byte(text)})
	}
	equal(t, "the other", other.said(), []string{"50 to 60: one"})
	r.reliably("two")
	if v := r.reliably("three"); v != crosspeer.Wait {
		t.Fatalf("%v", v)
	}
	expect(t, srv, "connected 50", "connected 60", "50: two")
	<-resumed
	r.reliably("three") // seen before
	r.gives(crosspeer.Packet{From: 60, To: 1, Data: []byte("forged")})
	r.said()
	r.reliably("out")
	equal(t, "the link", r.said(), []string{"close now=true: kicked by policy"})
	equal(t, "what the filter saw", seen, []string{
		"50 to 60 unreliable one", "50 to 60 unreliable drop", "50 to 1 reliable two", "50 to 1 reliable three", "50 to 1 reliable out"})
	if st := srv.Stats(); st.Filtered != 2 || st.Limited != 1 || st.Spoofed != 1 {
		t.Errorf("%+v", st)
	}
}

// TestForgedPacketsCountTowardsTheRate: they cost the server as much.
func TestForgedPacketsCountTowardsTheRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, s := server(t, crosspeer.Config{Policy: crosspeer.Policy{
			Peer: crosspeer.PeerLimits{Unreliable: crosspeer.Rate{Packets: 100}}}})
		r := s.enter(50)
		for range 2000 {
			r.gives(crosspeer.Packet{From: 60, To: 1, Data: []byte("forged")})
		}
		equal(t, "the link", r.said(), []string{"close now=true: limit by policy"})
		if n := srv.Stats().Spoofed; n != 100 {
			t.Errorf("%d got as far as to be found forged, want 100", n)
		}
	})
}

// TestAPauseKeepsNobodyWhoHasGone: at a low rate it can be hours.
func TestAPauseKeepsNobodyWhoHasGone(t *testing.T) {
	_, s := server(t, crosspeer.Config{Policy: crosspeer.Policy{
		Peer: crosspeer.PeerLimits{Reliable: crosspeer.Rate{Bytes: 1}}}})
	kept := func() weak.Pointer[remote] {
		r := s.enterPatient(50, func() {})
		r.reliably("ten bytes.")
		if v := r.reliably("x"); v != crosspeer.Wait {
			t.Fatal(v)
		}
		r.Detach(crosspeer.Reason{})
		return weak.Make(r)
	}()
	runtime.GC()
	runtime.GC()
	if kept.Value() != nil {
		t.Error("its link is kept")
	}
}

// rememberer is a filter that writes down whom it is to forget.
type rememberer struct {
	crosspeer.FilterFunc
	forgot []crosspeer.PeerID
}

func (f *rememberer) Forget(id crosspeer.PeerID) { f.forgot = append(f.forgot, id) }

func TestTheFilterForgetsWhoHasGone(t *testing.T) {
	f := &rememberer{FilterFunc: func(crosspeer.Packet) error { return nil }}
	_, s := server(t, crosspeer.Config{Filter: f})
	r, other := s.enter(50), s.enter(60)
	r.reliably("x")
	other.reliably("x")
	r.Detach(crosspeer.Reason{})
	r.Detach(crosspeer.Reason{})
	if !slices.Equal(f.forgot, []crosspeer.PeerID{50}) {
		t.Errorf("forgot %v", f.forgot)
	}
}

func TestWhatHasNoPlaceInTheFramingHasALimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limits := crosspeer.PeerLimits{Unreliable: crosspeer.Rate{Packets: 100}}
		srv, s := server(t, crosspeer.Config{Policy: crosspeer.Policy{Peer: limits}})
		r := s.enter(50)
		for range 600 { // a second's worth, and five that are dropped for each of it
			r.Violation()
		}
		equal(t, "600", r.said(), nil)
		for range 100 {
			r.Violation()
		}
		equal(t, "700", r.said(), []string{"close now=true: limit by policy"})
		if st := srv.Stats(); st.Malformed != 700 || st.Limited != 1 {
			t.Errorf("%+v", st)
		}
	})
}

func TestAPacketThatItsRateWouldTakeForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limits := crosspeer.PeerLimits{Reliable: crosspeer.Rate{Bytes: 100}}
		srv, s := server(t, crosspeer.Config{Policy: crosspeer.Policy{Peer: limits}})
		r := s.enterPatient(50, func() {})
		r.reliably(strings.Repeat("x", 1000))
		expect(t, srv, "connected 50", "50: "+strings.Repeat("x", 1000))
		r.reliably(strings.Repeat("x", 1001))
		equal(t, "the link", r.said(), []string{"close now=true: limit by policy"})
		r.Detach(crosspeer.Reason{})
		expect(t, srv, "disconnected 50: a packet of 1001 bytes, of which 100 bytes/s allow 1000 at most")
	})
}
