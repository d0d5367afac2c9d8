package turnserver_test

import (
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"crosspeer/link/rtclink/turnserver"

	"github.com/pion/logging"
	"github.com/pion/turn/v5"
)

var loopback = netip.MustParsePrefix("127.0.0.0/8")

// patience bounds every wait for a packet.
const patience = 30 * time.Second

// listen starts a server on loopback that may relay to loopback.
func listen(t *testing.T, cfg turnserver.Config) *turnserver.Server {
	t.Helper()
	cfg.Addr = "127.0.0.1:0"
	if cfg.AllowPeers == nil {
		cfg.AllowPeers = []netip.Prefix{loopback}
	}
	s, err := turnserver.Listen(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// dial makes pion's client, over UDP or TCP.
func dial(t *testing.T, s *turnserver.Server, network, username, password string) *turn.Client {
	t.Helper()
	at := s.Addr().String()
	var conn net.PacketConn
	if network == "tcp" {
		stream, err := net.Dial("tcp", at)
		if err != nil {
			t.Fatal(err)
		}
		conn = turn.NewSTUNConn(stream)
	} else {
		packets, err := net.ListenPacket("udp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		conn = packets
	}
	c, err := turn.NewClient(&turn.ClientConfig{
		STUNServerAddr: at, TURNServerAddr: at, Conn: conn,
		Username: username, Password: password, Realm: turnserver.DefaultRealm,
		RequestedAddressFamily: family(s),
		LoggerFactory:          &logging.DefaultLoggerFactory{DefaultLogLevel: logging.LogLevelDisabled},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Listen(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(); conn.Close() })
	return c
}

// family is the IP version of a server and its relays.
func family(s *turnserver.Server) turn.RequestedAddressFamily {
	if s.Addr().Addr().Is4() {
		return turn.RequestedAddressFamilyIPv4
	}
	return turn.RequestedAddressFamilyIPv6
}

// member is a client with fresh credentials.
func member(t *testing.T, s *turnserver.Server, network, name string) *turn.Client {
	t.Helper()
	c := s.Credentials(time.Now(), name, time.Hour)
	return dial(t, s, network, c.Username, c.Password)
}

func allocate(t *testing.T, c *turn.Client) net.PacketConn {
	t.Helper()
	relay, err := c.Allocate()
	if err != nil {
		t.Fatal(err)
	}
	relay.SetDeadline(time.Now().Add(patience))
	t.Cleanup(func() { relay.Close() })
	return relay
}

// peer is a socket that is not behind the server.
func peer(t *testing.T) net.PacketConn {
	t.Helper()
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	conn.SetDeadline(time.Now().Add(patience))
	t.Cleanup(func() { conn.Close() })
	return conn
}

func receive(t *testing.T, conn net.PacketConn) (string, net.Addr) {
	t.Helper()
	b := make([]byte, 2000)
	n, from, err := conn.ReadFrom(b)
	if err != nil {
		t.Fatal(err)
	}
	return string(b[:n]), from
}

func TestPacketsAreRelayedBothWays(t *testing.T) {
	for _, network := range []string{"udp", "tcp"} {
		t.Run(network, func(t *testing.T) {
			s := listen(t, turnserver.Config{})
			relay, friend := allocate(t, member(t, s, network, "ann")), peer(t)
			if _, err := relay.WriteTo([]byte("to the friend"), friend.LocalAddr()); err != nil {
				t.Fatal(err)
			}
			got, from := receive(t, friend)
			if got != "to the friend" || from.String() != relay.LocalAddr().String() {
				t.Fatalf("got %q from %v, want it from the relay %v", got, from, relay.LocalAddr())
			}
			if _, err := friend.WriteTo([]byte("and back"), from); err != nil {
				t.Fatal(err)
			}
			if got, from := receive(t, relay); got != "and back" || from.String() != friend.LocalAddr().String() {
				t.Fatalf("got %q from %v", got, from)
			}
			if st := s.Stats(); st.Allocations != 1 || st.Denied != 0 {
				t.Errorf("%+v", st)
			}
		})
	}
}

func TestIPv6(t *testing.T) {
	probe, err := net.ListenPacket("udp6", "[::1]:0")
	if err != nil {
		t.Skipf("the machine has no IPv6: %v", err)
	}
	defer probe.Close()
	probe.SetDeadline(time.Now().Add(patience))
	s, err := turnserver.Listen(turnserver.Config{Addr: "[::1]:0", AllowPeers: []netip.Prefix{netip.MustParsePrefix("::1/128")}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if url := s.URLs()[0]; !strings.HasPrefix(url, "turn:[::1]:") {
		t.Errorf("the URL is %s", url)
	}
	relay := allocate(t, member(t, s, "tcp", "ann"))
	if _, err := relay.WriteTo([]byte("six"), probe.LocalAddr()); err != nil {
		t.Fatal(err)
	}
	if got, from := receive(t, probe); got != "six" || from.String() != relay.LocalAddr().String() {
		t.Errorf("got %q from %v", got, from)
	}
}

func TestTwoRelaysReachEachOther(t *testing.T) {
	s := listen(t, turnserver.Config{})
	a, b := allocate(t, member(t, s, "udp", "ann")), allocate(t, member(t, s, "tcp", "bob"))
	// Each end has to let the other in.
	if _, err := b.WriteTo([]byte("first"), a.LocalAddr()); err != nil {
		t.Fatal(err)
	}
	if _, err := a.WriteTo([]byte("hello"), b.LocalAddr()); err != nil {
		t.Fatal(err)
	}
	if got, from := receive(t, b); got != "hello" || from.String() != a.LocalAddr().String() {
		t.Fatalf("got %q from %v", got, from)
	}
}

func TestCredentialsThatDoNotHold(t *testing.T) {
	s := listen(t, turnserver.Config{})
	other := listen(t, turnserver.Config{})
	now := time.Now()
	good := s.Credentials(now, "ann", time.Hour)
	old := s.Credentials(now.Add(-2*time.Hour), "ann", time.Hour)
	later := s.Credentials(now, "ann", 2*time.Hour)
	foreign := other.Credentials(now, "ann", time.Hour)
	for _, test := range []struct{ name, username, password string }{
		{"expired", old.Username, old.Password},
		{"a password that is wrong", good.Username, "guess"},
		{"an expiry that was moved", later.Username, good.Password},
		{"a name that was changed", strings.Replace(good.Username, "ann", "bob", 1), good.Password},
		{"no time", "ann", good.Password},
		{"of another server", foreign.Username, foreign.Password},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := s.Stats().Rejected
			relay, err := dial(t, s, "udp", test.username, test.password).Allocate()
			if err == nil {
				relay.Close()
				t.Fatal("a relay was given")
			}
			if s.Stats().Rejected == before || s.Stats().Allocations != 0 {
				t.Errorf("%+v", s.Stats())
			}
		})
	}
	allocate(t, dial(t, s, "udp", good.Username, good.Password))
}

func TestServersWithOneSecretHonourEachOthersCredentials(t *testing.T) {
	a, b := listen(t, turnserver.Config{Secret: "shared"}), listen(t, turnserver.Config{Secret: "shared"})
	c := a.Credentials(time.Now(), "ann", time.Hour)
	allocate(t, dial(t, b, "udp", c.Username, c.Password))
}

func TestCredentialsHaveTheUsualForm(t *testing.T) {
	s := listen(t, turnserver.Config{Secret: "north", Host: "turn.example"})
	c := s.Credentials(time.Unix(1_700_000_000, 999), "player 7", time.Hour)
	// printf '1700003600:player 7' | openssl dgst -sha1 -hmac north -binary | base64
	if c.Username != "1700003600:player 7" || c.Password != "IGJemWgWvwQIlPXWU8xej38tjks=" {
		t.Errorf("%q %q", c.Username, c.Password)
	}
	if !c.Expires.Equal(time.Unix(1_700_003_600, 0)) {
		t.Errorf("expires %v", c.Expires)
	}
	port := s.Addr().String()[len("127.0.0.1"):]
	want := []string{"turn:turn.example" + port + "?transport=udp", "turn:turn.example" + port + "?transport=tcp"}
	if !slices.Equal(c.URLs, want) {
		t.Errorf("%q, want %q", c.URLs, want)
	}
}

func TestPeersInTheServersOwnNetworkAreDenied(t *testing.T) {
	s := listen(t, turnserver.Config{AllowPeers: []netip.Prefix{}})
	c, friend := member(t, s, "udp", "ann"), peer(t)
	allocate(t, c)
	if err := c.CreatePermission(friend.LocalAddr()); err == nil || !strings.Contains(err.Error(), "403") {
		t.Errorf("the error is %v, want one with 403", err)
	}
	if s.Stats().Denied == 0 {
		t.Error("not counted")
	}
}

func TestWhichPeersAreRelayedTo(t *testing.T) {
	none := turnserver.Config{}
	lan := turnserver.Config{
		AllowPeers: []netip.Prefix{netip.MustParsePrefix("192.168.0.0/16"), netip.MustParsePrefix("fd00::/8")},
		DenyPeers:  []netip.Prefix{netip.MustParsePrefix("192.168.7.0/24"), netip.MustParsePrefix("9.9.9.0/24")},
	}
	for _, test := range []struct {
		cfg *turnserver.Config
		ip  string
		may bool
	}{
		{&none, "8.8.8.8", true},
		{&none, "2600::1", true},
		{&none, "::ffff:8.8.8.8", true},
		{&none, "127.0.0.1", false},
		{&none, "::1", false},
		{&none, "::ffff:127.0.0.1", false},
		{&none, "::127.0.0.1", false},
		{&none, "10.1.2.3", false},
		{&none, "172.16.0.1", false},
		{&none, "172.32.0.1", true},
		{&none, "192.168.1.1", false},
		{&none, "::ffff:192.168.1.1", false},
		{&none, "100.64.0.1", false},
		{&none, "169.254.169.254", false},
		{&none, "198.18.0.1", false},
		{&none, "0.0.0.0", false},
		{&none, "0.1.2.3", false},
		{&none, "::", false},
		{&none, "224.0.0.1", false},
		{&none, "255.255.255.255", false},
		{&none, "250.0.0.1", false},
		{&none, "fe80::1", false},
		{&none, "fe80::1%eth0", false},
		{&none, "fd12::1", false},
		{&none, "fec0::1", false},
		{&none, "ff02::1", false},
		{&none, "64:ff9b::a00:1", false},
		{&none, "2002:a00:1::", false},
		{&none, "2001:0:a00:1::", false},
		{&lan, "192.168.1.1", true},
		{&lan, "::ffff:192.168.1.1", true},
		{&lan, "192.168.7.1", false},
		{&lan, "::ffff:192.168.7.1", false},
		{&lan, "10.0.0.1", false},
		{&lan, "fd12::1", true},
		{&lan, "9.9.9.9", false},
		{&lan, "8.8.8.8", true},
	} {
		if got := test.cfg.MayRelayTo(netip.MustParseAddr(test.ip)); got != test.may {
			t.Errorf("%s: %v, want %v", test.ip, got, test.may)
		}
	}
}

func TestAUserHasOnlySoManyRelays(t *testing.T) {
	s := listen(t, turnserver.Config{MaxPerUser: 1})
	first := allocate(t, member(t, s, "udp", "ann"))
	if _, err := member(t, s, "udp", "ann").Allocate(); err == nil || !strings.Contains(err.Error(), "486") {
		t.Fatalf("the error is %v, want one with 486", err)
	}
	allocate(t, member(t, s, "udp", "bob"))
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	again := member(t, s, "udp", "ann")
	// Nothing answers the end of a relay.
	for end := time.Now().Add(patience); ; {
		if relay, err := again.Allocate(); err == nil {
			relay.Close()
			break
		} else if time.Now().After(end) {
			t.Fatal(err)
		}
	}
}

func TestTheServerHasOnlySoManyRelays(t *testing.T) {
	s := listen(t, turnserver.Config{MaxAllocations: 1})
	allocate(t, member(t, s, "udp", "ann"))
	if _, err := member(t, s, "udp", "bob").Allocate(); err == nil || !strings.Contains(err.Error(), "508") {
		t.Fatalf("the error is %v, want one with 508", err)
	}
}

func TestRelaysAreInTheRangeAndSayTheAnnouncedAddress(t *testing.T) {
	free := peer(t)
	port := free.LocalAddr().(*net.UDPAddr).AddrPort().Port()
	free.Close()
	s := listen(t, turnserver.Config{MinPort: port, MaxPort: port, Announce: netip.MustParseAddr("198.51.100.7")})
	relay := allocate(t, member(t, s, "udp", "ann"))
	if got, want := relay.LocalAddr().String(), netip.AddrPortFrom(netip.MustParseAddr("198.51.100.7"), port).String(); got != want {
		t.Errorf("the relay is %s, want %s", got, want)
	}
	if !strings.HasPrefix(s.URLs()[0], "turn:198.51.100.7:") {
		t.Errorf("%q", s.URLs())
	}
	if _, err := member(t, s, "udp", "bob").Allocate(); err == nil || !strings.Contains(err.Error(), "508") {
		t.Errorf("a second relay on the only port: %v", err)
	}
}

func TestRelaysOverTCPAreRefused(t *testing.T) {
	s := listen(t, turnserver.Config{})
	if _, err := member(t, s, "tcp", "ann").AllocateTCP(); err == nil {
		t.Error("the server connects to anything")
	}
}

func TestTCPConnectionsAreLimitedAndEndWithTheServer(t *testing.T) {
	s := listen(t, turnserver.Config{MaxTCPConns: 1})
	first := member(t, s, "tcp", "ann")
	relay := allocate(t, first)
	second, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	second.SetDeadline(time.Now().Add(patience))
	if _, err := second.Read(make([]byte, 1)); err == nil || isTimeout(err) {
		t.Errorf("the second connection: %v, want its end", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := relay.WriteTo([]byte("x"), peer(t).LocalAddr()); err == nil {
		t.Error("a relay of a closed server took a packet")
	}
}

func isTimeout(err error) bool {
	ne, ok := err.(net.Error)
	return ok && ne.Timeout()
}

func TestOneTransportAlone(t *testing.T) {
	for _, test := range []struct {
		cfg  turnserver.Config
		have string
	}{
		{turnserver.Config{NoTCP: true}, "udp"},
		{turnserver.Config{NoUDP: true}, "tcp"},
	} {
		s := listen(t, test.cfg)
		if got := s.URLs(); len(got) != 1 || !strings.HasSuffix(got[0], "="+test.have) {
			t.Errorf("%q", got)
		}
		allocate(t, member(t, s, test.have, "ann"))
	}
}

func TestMistakesInTheConfigAreNamed(t *testing.T) {
	cfg := turnserver.Config{
		Addr: "nowhere", NoUDP: true, NoTCP: true, Announce: netip.IPv4Unspecified(),
		MinPort: 5, MaxPort: 4, Host: "turn:x/", MaxAllocations: -1, MaxPerUser: -2, MaxTCPConns: -3,
	}
	_, err := turnserver.Listen(cfg)
	if err == nil {
		t.Fatal("listens")
	}
	for _, name := range []string{"Addr", "NoUDP", "Announce", "MinPort", "Host", "MaxAllocations", "MaxPerUser", "MaxTCPConns"} {
		if !strings.Contains(err.Error(), "Config."+name) {
			t.Errorf("%s is not in:\n%v", name, err)
		}
	}
	if _, err := turnserver.Listen(turnserver.Config{Addr: "127.0.0.1:0", Announce: netip.MustParseAddr("2001:db8::1")}); err == nil {
		t.Error("an announced address of the other IP version is taken")
	}
}
