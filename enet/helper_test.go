package enet_test

import (
	"context"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"crosspeer/enet"
	"crosspeer/internal/simnet"
)

// patience bounds every wait: real time for real sockets, virtual time in a
// bubble.
const patience = time.Minute

var (
	serverAddr = netip.MustParseAddrPort("10.0.0.1:7000")
	clientAddr = netip.MustParseAddrPort("10.0.0.2:7000")
	nobodyAddr = netip.MustParseAddrPort("10.0.0.3:7000")
)

// listen opens a host on a free port of the loopback interface, until the end
// of the test.
func listen(tb testing.TB, cfg *enet.Config) *enet.Host {
	tb.Helper()
	h, err := enet.Listen("127.0.0.1:0", cfg)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { h.Close() })
	return h
}

// bubble runs f in virtual time, with a network of its own. It fails when a
// goroutine of the hosts is left behind.
func bubble(t *testing.T, cond simnet.Conditions, f func(t *testing.T, w *simnet.Wire)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := simnet.NewWire(1, cond)
		t.Cleanup(func() { w.Close() })
		f(t, w)
	})
}

// on opens a host on a virtual network.
func on(t *testing.T, w *simnet.Wire, addr netip.AddrPort, cfg *enet.Config) *enet.Host {
	t.Helper()
	conn, err := w.Listen(addr)
	if err != nil {
		t.Fatal(err)
	}
	h, err := enet.NewHost(conn, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return h
}

// duo is a server and a client with a connection of two channels between them.
type duo struct {
	server, client *enet.Host
	s, c           *enet.Peer // the connection, as the server and as the client see it
}

// newDuo connects two hosts without a Handler.
func newDuo(t *testing.T, w *simnet.Wire, server, client *enet.Config) duo {
	t.Helper()
	d := duo{server: on(t, w, serverAddr, server), client: on(t, w, clientAddr, client)}
	d.c = connect(t, d.client, serverAddr)
	expect(t, d.client, enet.EventConnect)
	d.s = expect(t, d.server, enet.EventConnect).Peer
	return d
}

// connect begins a connection with two channels.
func connect(tb testing.TB, h *enet.Host, to netip.AddrPort) *enet.Peer {
	tb.Helper()
	p, err := h.Connect(to, 2, 0)
	if err != nil {
		tb.Fatal(err)
	}
	return p
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
		tb.Fatalf("event %v (%v), want %v", ev.Type, ev.Reason, want)
	}
	return ev
}

// expectData takes the next event, which must be this message.
func expectData(tb testing.TB, h *enet.Host, want string) enet.Event {
	tb.Helper()
	ev := expect(tb, h, enet.EventReceive)
	if string(ev.Data()) != want {
		tb.Fatalf("received %q, want %q", ev.Data(), want)
	}
	return ev
}

// expectEnd takes the next event, which must be the end of a connection.
func expectEnd(tb testing.TB, h *enet.Host, reason enet.Reason, data uint32) enet.Event {
	tb.Helper()
	ev := expect(tb, h, enet.EventDisconnect)
	if ev.Reason != reason || ev.DisconnectData != data {
		tb.Fatalf("ended with %v, data %d; want %v, data %d", ev.Reason, ev.DisconnectData, reason, data)
	}
	return ev
}

// quiet fails the test if there is an event, now or within a while of virtual
// time.
func quiet(t *testing.T, h *enet.Host, while time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), while)
	defer cancel()
	if ev, err := h.Next(ctx); err == nil {
		t.Fatalf("event %v (%v), want none", ev.Type, ev.Reason)
	}
}

// elapse lets virtual time pass, and everything happen that is due until then.
func elapse(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// send sends a reliable message on channel 0.
func send(tb testing.TB, p *enet.Peer, message string) {
	tb.Helper()
	if err := p.Send(0, []byte(message), enet.Reliable); err != nil {
		tb.Fatal(err)
	}
}

// await takes an element from c.
func await[T any](tb testing.TB, c <-chan T, what string) T {
	tb.Helper()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case v := <-c:
		return v
	case <-timer.C:
		tb.Fatalf("waited %v for %s", patience, what)
		panic("unreachable")
	}
}
