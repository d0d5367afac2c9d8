package dtls_test

import (
	"context"
	"crypto/tls"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"runtime"
	"testing"
	"time"

	"crosspeer/enet"
	"crosspeer/enet/dtls"
	"crosspeer/internal/testcert"
)

// patience bounds every wait.
const patience = time.Minute

// TestMain fails the run when a test has left a goroutine behind. Fuzzing
// leaves some of its own.
func TestMain(m *testing.M) {
	before := runtime.NumGoroutine()
	code := m.Run()
	if flag.Lookup("test.fuzz").Value.String() != "" {
		os.Exit(code)
	}
	for end := time.Now().Add(2 * time.Second); runtime.NumGoroutine() > before && time.Now().Before(end); {
		runtime.Gosched()
	}
	if left := runtime.NumGoroutine(); left > before && code == 0 {
		stacks := make([]byte, 1<<20)
		fmt.Fprintf(os.Stderr, "%d goroutines are left, %d were there before:\n%s\n", left, before, stacks[:runtime.Stack(stacks, true)])
		code = 1
	}
	os.Exit(code)
}

// localhost is the certificate of most tests.
var localhost = testcert.Kind{Name: "localhost", DNS: []string{"localhost"}}

// timeless is a certificate that also holds in virtual time, which begins in
// the year 2000.
var timeless = testcert.Kind{Name: "localhost", From: time.Unix(0, 0), To: time.Now().Add(time.Hour)}

// serving is a server's settings with one certificate.
func serving(c *tls.Certificate) dtls.ServerConfig {
	return dtls.ServerConfig{Certificate: func() (*tls.Certificate, error) { return c, nil }}
}

// listen opens a server until the end of the test.
func listen(tb testing.TB, s enet.Security) *enet.Host {
	tb.Helper()
	h, err := enet.Listen("127.0.0.1:0", &enet.Config{Security: s})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { h.Close() })
	return h
}

// dial connects to a server by the name localhost, until the end of the test.
func dial(tb testing.TB, server *enet.Host, s enet.Security) (*enet.Peer, error) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	p, err := enet.Dial(ctx, fmt.Sprintf("localhost:%d", server.LocalAddr().Port()), 2, 7, &enet.Config{Security: s})
	if err == nil {
		tb.Cleanup(func() { p.Host().Close() })
	}
	return p, err
}

// expect takes the next event, which must be of a type.
func expect(tb testing.TB, h *enet.Host, want enet.EventType) enet.Event {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	ev, err := h.Next(ctx)
	if err != nil {
		tb.Fatalf("waiting for %v: %v", want, err)
	}
	if ev.Type != want {
		tb.Fatalf("event %v (%v), want %v", ev.Type, ev.Err(), want)
	}
	return ev
}

// say sends a message and expects it at the other end.
func say(tb testing.TB, from *enet.Peer, to *enet.Host, text string) enet.Event {
	tb.Helper()
	if err := from.Send(0, []byte(text), enet.Reliable); err != nil {
		tb.Fatal(err)
	}
	ev := expect(tb, to, enet.EventReceive)
	if string(ev.Data()) != text {
		tb.Fatalf("received %q, want %q", ev.Data(), text)
	}
	return ev
}

// loopback is a port of this machine.
func loopback(port int) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(port))
}
