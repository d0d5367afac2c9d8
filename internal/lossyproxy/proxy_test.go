package lossyproxy

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"slices"
	"testing"
	"time"

	"crosspeer/internal/simnet"
)

// patience bounds what a test waits for.
const patience = 10 * time.Second

func listen(t *testing.T) *net.UDPConn {
	t.Helper()
	c, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func addrOf(c *net.UDPConn) netip.AddrPort { return c.LocalAddr().(*net.UDPAddr).AddrPort() }

func start(t *testing.T, config Config) *Proxy {
	t.Helper()
	p, err := Start(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

func send(t *testing.T, c *net.UDPConn, to netip.AddrPort, text string) {
	t.Helper()
	if _, err := c.WriteToUDPAddrPort([]byte(text), to); err != nil {
		t.Fatal(err)
	}
}

// receive returns the next datagram, or "" when none came within the wait.
func receive(t *testing.T, c *net.UDPConn, wait time.Duration) (string, netip.AddrPort) {
	t.Helper()
	buf := make([]byte, simnet.MaxDatagram)
	c.SetReadDeadline(time.Now().Add(wait))
	n, from, err := c.ReadFromUDPAddrPort(buf)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return "", from
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(buf[:n]), from
}

func expect(t *testing.T, c *net.UDPConn, want string) netip.AddrPort {
	t.Helper()
	got, from := receive(t, c, patience)
	if got != want {
		t.Fatalf("got %q, want %q", got, want)
	}
	return from
}

func TestEachClientHasASocketAndGetsItsOwnAnswers(t *testing.T) {
	server, one, two := listen(t), listen(t), listen(t)
	p := start(t, Config{Target: addrOf(server)})

	send(t, one, p.Addr(), "from one")
	seenOne := expect(t, server, "from one")
	send(t, two, p.Addr(), "from two")
	seenTwo := expect(t, server, "from two")
	if seenOne == seenTwo {
		t.Fatalf("the server sees both clients at %v", seenOne)
	}
	send(t, server, seenTwo, "to two")
	send(t, server, seenOne, "to one")
	expect(t, one, "to one")
	expect(t, two, "to two")

	send(t, one, p.Addr(), "again")
	if again := expect(t, server, "again"); again != seenOne {
		t.Errorf("a client moved from %v to %v", seenOne, again)
	}
	want := Stats{Clients: 2, Up: Direction{Sent: 3, Delivered: 3}, Down: Direction{Sent: 2, Delivered: 2}}
	if got := p.Stats(); got != want {
		t.Errorf("stats %+v, want %+v", got, want)
	}
}

// fates sends datagrams upwards one after another and returns what became of
// each.
func fates(t *testing.T, seed uint64, count int) []simnet.Kind {
	t.Helper()
	server, client := listen(t), listen(t)
	p := start(t, Config{Target: addrOf(server), Seed: seed, Up: simnet.Conditions{Loss: 0.5}})
	ends := make(chan simnet.Kind, 1)
	p.wire.Tap(func(e simnet.Event) {
		if e.Kind != simnet.Sent {
			ends <- e.Kind
		}
	})
	var got []simnet.Kind
	for range count {
		send(t, client, p.Addr(), "x")
		select {
		case end := <-ends:
			got = append(got, end)
		case <-time.After(patience):
			t.Fatalf("datagram %d did not reach the wire", len(got))
		}
	}
	return got
}

func TestTheSeedAloneDecidesWhatIsLost(t *testing.T) {
	const count = 64
	first := fates(t, 1, count)
	if !slices.Contains(first, simnet.Lost) || !slices.Contains(first, simnet.Delivered) {
		t.Fatalf("half of the datagrams should be lost: %v", first)
	}
	if again := fates(t, 1, count); !slices.Equal(first, again) {
		t.Errorf("seed 1 twice:\n%v\n%v", first, again)
	}
	if other := fates(t, 2, count); slices.Equal(first, other) {
		t.Errorf("seeds 1 and 2 both gave %v", first)
	}
}

func TestADatagramIsDelayedInItsDirection(t *testing.T) {
	const delay = 50 * time.Millisecond
	server, client := listen(t), listen(t)
	p := start(t, Config{Target: addrOf(server), Down: simnet.Conditions{Delay: delay}})
	send(t, client, p.Addr(), "up")
	from := expect(t, server, "up")
	sent := time.Now()
	send(t, server, from, "down")
	expect(t, client, "down")
	if took := time.Since(sent); took < delay {
		t.Errorf("down took %v, want %v or more", took, delay)
	}
}

func TestADuplicateArrivesTwice(t *testing.T) {
	server, client := listen(t), listen(t)
	p := start(t, Config{Target: addrOf(server), Up: simnet.Conditions{Duplicate: 1}})
	send(t, client, p.Addr(), "twin")
	expect(t, server, "twin")
	expect(t, server, "twin")
	want := Direction{Sent: 1, Duplicated: 1, Delivered: 2}
	if got := p.Stats().Up; got != want {
		t.Errorf("up %+v, want %+v", got, want)
	}
}

func TestNewConditionsHoldForKnownAndNewClients(t *testing.T) {
	server, known, fresh := listen(t), listen(t), listen(t)
	p := start(t, Config{Target: addrOf(server)})
	send(t, known, p.Addr(), "before")
	expect(t, server, "before")

	p.SetConditions(simnet.Conditions{Duplicate: 1}, simnet.Conditions{})
	for _, c := range []*net.UDPConn{known, fresh} {
		send(t, c, p.Addr(), "after")
		expect(t, server, "after")
		expect(t, server, "after")
	}
}

func TestClientsBeyondTheLimitAreRefused(t *testing.T) {
	server, one, two := listen(t), listen(t), listen(t)
	p := start(t, Config{Target: addrOf(server), MaxClients: 1})
	send(t, one, p.Addr(), "one")
	expect(t, server, "one")
	send(t, two, p.Addr(), "two")
	send(t, one, p.Addr(), "one again")
	expect(t, server, "one again")
	if s := p.Stats(); s.Clients != 1 || s.Refused != 1 {
		t.Errorf("%d clients and %d refused, want 1 and 1", s.Clients, s.Refused)
	}
}

func TestAClientOutlivesAServerThatRestarts(t *testing.T) {
	server, client := listen(t), listen(t)
	target := addrOf(server)
	p := start(t, Config{Target: target})
	send(t, client, p.Addr(), "first")
	expect(t, server, "first")
	server.Close()

	// The second one meets the ICMP error that the first one caused.
	ends := make(chan simnet.Kind, 3)
	p.wire.Tap(func(e simnet.Event) {
		if e.Kind == simnet.Delivered {
			ends <- e.Kind
		}
	})
	for range 2 {
		send(t, client, p.Addr(), "nobody home")
		select {
		case <-ends:
		case <-time.After(patience):
			t.Fatal("the proxy stopped")
		}
	}
	again, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(target))
	if err != nil {
		t.Skipf("the port was taken meanwhile: %v", err)
	}
	t.Cleanup(func() { again.Close() })
	send(t, client, p.Addr(), "back")
	text, from := receive(t, again, patience)
	for text == "nobody home" { // still on its way when the port was opened
		text, from = receive(t, again, patience)
	}
	if text != "back" {
		t.Fatalf("got %q after the restart", text)
	}
	send(t, again, from, "welcome")
	expect(t, client, "welcome")
}

func TestWrongConfigsAreRefused(t *testing.T) {
	target := netip.MustParseAddrPort("127.0.0.1:9")
	for name, config := range map[string]Config{
		"no target":           {},
		"target without port": {Target: netip.MustParseAddrPort("127.0.0.1:0")},
		"loss above 1":        {Target: target, Up: simnet.Conditions{Loss: 2}},
		"delay below 0":       {Target: target, Down: simnet.Conditions{Delay: -1}},
		"negative clients":    {Target: target, MaxClients: -1},
		"foreign listen":      {Target: target, Listen: netip.MustParseAddrPort("192.0.2.1:1")},
	} {
		if p, err := Start(config); err == nil {
			p.Close()
			t.Errorf("%s: no error", name)
		}
	}
}

func TestCloseEndsAllGoroutinesAndCanBeRepeated(t *testing.T) {
	server, client := listen(t), listen(t)
	p := start(t, Config{Target: addrOf(server)})
	send(t, client, p.Addr(), "x")
	expect(t, server, "x")
	for range 2 {
		if err := p.Close(); err != nil { // waits for the goroutines
			t.Fatal(err)
		}
	}
	send(t, client, p.Addr(), "late")
	if got, _ := receive(t, server, 20*time.Millisecond); got != "" {
		t.Errorf("a closed proxy forwarded %q", got)
	}
}
