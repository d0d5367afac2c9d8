package crosspeer_test

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

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
