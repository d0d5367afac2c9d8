package crosspeer_test

import (
	"errors"
	"fmt"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"crosspeer"
)

// come attaches a remote from an address.
func (s *stage) come(id crosspeer.PeerID, from string) (*remote, error) {
	r := new(remote)
	var err error
	r.Port, err = s.hub.Attach(r, crosspeer.Hello{ID: id, RemoteAddr: netip.AddrPortFrom(netip.MustParseAddr(from), 4000)})
	return r, err
}

func TestPeersPerAddressAndPrefix(t *testing.T) {
	srv, s := server(t, crosspeer.Config{Policy: crosspeer.Policy{PeersPerAddress: 2, PeersPerPrefix: 3}})
	var first *remote
	for i, tt := range []struct {
		from string
		ok   bool
	}{
		{"192.0.2.1", true}, {"192.0.2.1", true}, {"192.0.2.1", false}, {"::ffff:192.0.2.1", false},
		{"192.0.2.2", true}, {"192.0.2.3", false}, // the /24 is full
		{"192.0.3.1", true},
		{"2001:db8:0:1::1", true}, {"2001:db8:0:1::2", true}, {"2001:db8:0:1::3", false}, // one /64
		{"2001:db8:0:2::1", true}, {"2001:db8:0:3::1", false}, // the /48 is full
	} {
		from := netip.AddrPortFrom(netip.MustParseAddr(tt.from), 1)
		if err := s.hub.Admit(from, 0); (err == nil) != tt.ok {
			t.Errorf("Admit of %d from %s: %v", i, tt.from, err)
		}
		r, err := s.come(crosspeer.PeerID(10+i), tt.from)
		if (err == nil) != tt.ok || err != nil && !errors.Is(err, crosspeer.ErrFull) {
			t.Errorf("%d from %s: %v", i, tt.from, err)
		}
		if i == 0 {
			first = r
		}
	}
	first.Detach(crosspeer.Reason{})
	if _, err := s.come(99, "192.0.2.1"); err != nil {
		t.Errorf("when one has gone: %v", err)
	}
	if _, err := s.hub.Attach(new(remote), crosspeer.Hello{ID: 100}); err != nil {
		t.Errorf("without an address: %v", err)
	}
	if n := srv.Stats().Refused; n != 5 {
		t.Errorf("%d refused", n)
	}
}

func TestConnectsPerAddressAndPrefix(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, s := server(t, crosspeer.Config{Policy: crosspeer.Policy{ConnectsPerAddress: 2, ConnectsPerPrefix: 4}})
		id := crosspeer.PeerID(10)
		try := func(from string) error {
			id++
			r, err := s.come(id, from)
			if err == nil {
				r.Detach(crosspeer.Reason{})
			}
			return err
		}
		var got []bool
		for _, from := range []string{"192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.3.1"} {
			err := try(from)
			if err != nil && !errors.Is(err, crosspeer.ErrTooOften) {
				t.Error(err)
			}
			got = append(got, err == nil)
		}
		if want := []bool{true, true, false, true, true, false, true}; !slices.Equal(got, want) {
			t.Errorf("let in: %v, want %v", got, want)
		}
		<-time.After(5 * time.Second) // half of the window
		if err := try("192.0.2.1"); err != nil {
			t.Errorf("after 5 s: %v", err)
		}
		if err := try("192.0.2.1"); err == nil {
			t.Error("two after 5 s")
		}
		if st := srv.Stats(); st.ConnectsRefused != 3 || st.Refused != 3 {
			t.Errorf("%d of %d refused", st.ConnectsRefused, st.Refused)
		}
		// Knock counts once, and Attach after it does not.
		hello := crosspeer.Hello{RemoteAddr: netip.MustParseAddrPort("198.51.100.1:1")}
		for range 2 {
			r := new(remote)
			if err := s.knock(r, r, hello); err != nil {
				t.Error(err)
			}
		}
		if _, err := s.hub.Knock(t.Context(), hello); !errors.Is(err, crosspeer.ErrTooOften) {
			t.Errorf("the third knock: %v", err)
		}
	})
}

func TestBans(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, s := server(t, crosspeer.Config{})
		here, _ := s.come(50, "192.0.2.7")
		other, _ := s.come(60, "192.0.3.7")
		here.said()
		other.said()
		prefix := netip.MustParsePrefix
		if err := srv.Ban(prefix("192.0.2.77/24"), time.Minute, "cheating"); err != nil {
			t.Fatal(err)
		}
		equal(t, "who is there from there", here.said(), []string{"close now=true: kicked by local"})
		equal(t, "another", other.said(), nil)
		_, err := s.come(70, "192.0.2.1")
		if !errors.Is(err, crosspeer.ErrBanned) || !strings.Contains(err.Error(), "for 1m0s more: cheating") {
			t.Errorf("banned: %v", err)
		}
		if err := s.hub.Admit(netip.MustParseAddrPort("[::ffff:192.0.2.1]:9"), 0); !errors.Is(err, crosspeer.ErrBanned) {
			t.Errorf("as IPv6: %v", err)
		}
		srv.Ban(prefix("::ffff:198.51.100.0/120"), 0, "")
		srv.Ban(prefix("2001:db8::/32"), 0, "")
		for _, from := range []string{"198.51.100.9", "2001:db8:9::1"} {
			if _, err := s.come(71, from); !errors.Is(err, crosspeer.ErrBanned) {
				t.Errorf("%s: %v", from, err)
			}
		}
		var list []string
		for _, b := range srv.Bans() {
			list = append(list, b.Prefix.String())
		}
		equal(t, "bans", list, []string{"192.0.2.0/24", "198.51.100.0/24", "2001:db8::/32"})

		<-time.After(time.Minute)
		if _, err := s.come(72, "192.0.2.1"); err != nil {
			t.Errorf("after its time: %v", err)
		}
		if !srv.Unban(prefix("198.51.100.0/24")) || srv.Unban(prefix("198.51.100.0/24")) {
			t.Error("Unban")
		}
		if _, err := s.come(73, "198.51.100.9"); err != nil {
			t.Errorf("after Unban: %v", err)
		}
		if srv.Ban(netip.Prefix{}, 0, "") == nil {
			t.Error("a ban of nothing")
		}
		srv.Close()
		if n := len(srv.Bans()); n != 1 {
			t.Errorf("%d bans outlive the session, want 1", n)
		}
	})
}

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

// hoarder is a link that makes the server keep much.
type hoarder struct {
	*remote
	bytes int
}

func (h hoarder) Stats() crosspeer.LinkStats {
	return crosspeer.LinkStats{QueuedBytes: h.bytes / 2, WaitingBytes: h.bytes / 2}
}

func TestWhoHoldsTheMostMemoryGoesFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, s := server(t, crosspeer.Config{Policy: crosspeer.Policy{MaxMemoryBytes: 1000}})
		var all []*remote
		for id, bytes := range []int{300, 600, 400, 200} {
			r := new(remote)
			s.attach(r, hoarder{r, bytes}, crosspeer.PeerID(50+id))
			all = append(all, r)
		}
		for _, r := range all {
			r.said()
		}
		<-time.After(300 * time.Millisecond)
		for i, r := range all {
			if closed := slices.Contains(r.said(), "close now=true: limit by policy"); closed != (i == 1) {
				t.Errorf("client %d: closed %v", i, closed)
			}
		}
		if m := srv.Stats().Memory; m != 1500 {
			t.Errorf("memory %d", m)
		}
	})
}

// TestNobodyGoesForWhatTheProgramDoesNotTake: that would not make it less.
func TestNobodyGoesForWhatTheProgramDoesNotTake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, s := server(t, crosspeer.Config{Policy: crosspeer.Policy{MaxMemoryBytes: 1000}})
		r := new(remote)
		s.attach(r, hoarder{r, 600}, 50)
		r.reliably(strings.Repeat("x", 1001))
		<-time.After(300 * time.Millisecond)
		equal(t, "the link", r.said(), nil)
		expect(t, srv, "connected 50", "50: "+strings.Repeat("x", 1001))
	})
}

func TestAPolicyThatIsNone(t *testing.T) {
	cfg := crosspeer.Config{Policy: crosspeer.Policy{PeersPerAddress: -1, BanFor: -1, MaxMemoryBytes: -1,
		Peer: crosspeer.PeerLimits{Reliable: crosspeer.Rate{Packets: -1}}}, AdmitTimeout: -1, MaxAdmitting: -1}
	err := cfg.Validate()
	for _, field := range []string{"PeersPerAddress", "BanFor", "MaxMemoryBytes", "Peer.Reliable.Packets", "AdmitTimeout", "MaxAdmitting"} {
		if err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%s is not named: %v", field, err)
		}
	}
}

// meterful is a link with figures.
type meterful struct {
	*remote
	crosspeer.LinkStats
}

func (m meterful) Stats() crosspeer.LinkStats { return m.LinkStats }

func TestConnectionsAreAddedUp(t *testing.T) {
	srv, s := server(t, crosspeer.Config{})
	one := crosspeer.LinkStats{RTT: 5, Loss: 0.5, Throttle: 1, BytesSent: 10, PacketsSent: 3, Resent: 1, QueuedBytes: 7, WaitingBytes: 4, NotTaken: 1}
	two := crosspeer.LinkStats{RTT: 9, Throttle: 0.5, BytesSent: 20, PacketsReceived: 2, DatagramsSent: 5, QueuedBytes: 1, Dropped: 2}
	three := crosspeer.LinkStats{BytesReceived: 30, QueuedPackets: 1} // without a throttle
	var remotes []*remote
	for i, st := range []crosspeer.LinkStats{one, two, three} {
		r := new(remote)
		s.attach(r, meterful{r, st}, crosspeer.PeerID(50+i))
		remotes = append(remotes, r)
	}
	want := crosspeer.LinkStats{RTT: 9, Loss: 0.25, Throttle: 0.75, BytesSent: 30, BytesReceived: 30, PacketsSent: 3, PacketsReceived: 2,
		DatagramsSent: 5, Resent: 1, QueuedBytes: 8, QueuedPackets: 1, WaitingBytes: 4, Dropped: 2, NotTaken: 1}
	if got := srv.LinkStats(); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	remotes[0].Detach(crosspeer.Reason{})
	want.Loss, want.Throttle = 0, 0.5
	want.QueuedBytes, want.WaitingBytes = 1, 0
	if got := srv.LinkStats(); got != want {
		t.Errorf("when one has gone: %+v, want %+v", got, want)
	}
}

// TestABanForALimitDoesNotShortenAnother: otherwise who is banned for good, and
// breaks a limit before his connection is over, could come back.
func TestABanForALimitDoesNotShortenAnother(t *testing.T) {
	srv, s := server(t, crosspeer.Config{Policy: crosspeer.Policy{
		Peer: crosspeer.PeerLimits{MaxPacketBytes: 10}, BanFor: time.Minute}})
	r, err := s.come(50, "192.0.2.7")
	if err != nil {
		t.Fatal(err)
	}
	srv.Ban(netip.MustParsePrefix("192.0.2.7/32"), 0, "cheating")
	r.reliably("0123456789a")
	if b := srv.Bans(); len(b) != 1 || !b[0].Until.IsZero() || b[0].Text != "cheating" {
		t.Errorf("%+v", b)
	}
}

func TestBansForALimitAreBounded(t *testing.T) {
	srv, s := server(t, crosspeer.Config{Policy: crosspeer.Policy{
		Peer: crosspeer.PeerLimits{MaxPacketBytes: 1}, BanFor: time.Hour}})
	own := netip.MustParsePrefix("198.51.100.0/24")
	srv.Ban(own, time.Minute, "")
	for i := range 1<<16 + 2 {
		a := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
		r, err := s.come(50, a.String())
		if err != nil {
			t.Fatal(err)
		}
		r.reliably("too long")
		r.Detach(crosspeer.Reason{})
		expect(t, srv, "connected 50", "disconnected 50: a packet of 8 bytes, at most 1")
	}
	bans := srv.Bans()
	if n := len(bans); n > 1<<16 || n < 1<<15 {
		t.Errorf("%d bans", n)
	}
	if !srv.Unban(own) {
		t.Error("the program's own ban is gone")
	}
}

func TestABanMeetsAddressesWithAZone(t *testing.T) {
	srv, s := server(t, crosspeer.Config{})
	r, err := s.come(50, "fe80::1%eth0")
	if err != nil {
		t.Fatal(err)
	}
	srv.Ban(netip.MustParsePrefix("fe80::/10"), 0, "")
	equal(t, "who is there", r.said(), []string{"close now=true: kicked by local"})
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
