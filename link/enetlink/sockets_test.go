package enetlink_test

import (
	"fmt"
	"strings"
	"testing"

	"crosspeer"
	"crosspeer/link/enetlink"
)

// serveOn opens a server with several sockets.
func serveOn(t *testing.T, cfg enetlink.Config) *crosspeer.Peer {
	t.Helper()
	needsSharing(t)
	srv, err := crosspeer.Listen(testContext(t), nil, enetlink.Listen("127.0.0.1:0", cfg))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { srv.Close() })
	return srv
}

// enter dials, and waits until the server has seen it.
func enter(t *testing.T, srv *crosspeer.Peer) *crosspeer.Peer {
	t.Helper()
	cli, err := crosspeer.Dial(testContext(t), nil, enetlink.Dial(address(srv), short))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cli.Close() })
	await[crosspeer.PeerConnected](t, srv)
	return cli
}

// await takes events until one is of a type.
func await[T crosspeer.Event](t *testing.T, p *crosspeer.Peer) T {
	t.Helper()
	for {
		ev, err := p.Next(testContext(t))
		if err != nil {
			t.Fatalf("waiting for %T: %v", *new(T), err)
		}
		if ev, ok := ev.(T); ok {
			return ev
		}
	}
}

// Clients of one address are divided over the sockets by their ports: with 24
// of them on two sockets, all on one has the probability of 2^-23.
func TestOneSessionOverSeveralSockets(t *testing.T) {
	srv := serveOn(t, enetlink.Config{Sockets: 2})
	var clients []*crosspeer.Peer
	for range 24 {
		clients = append(clients, enter(t, srv))
	}
	if addrs := srv.Addrs(); len(addrs) != 1 {
		t.Errorf("the server is at %v", addrs)
	}
	for i, c := range clients {
		text := fmt.Sprint("from ", i)
		if err := c.Send(crosspeer.Packet{Mode: crosspeer.Reliable, Data: []byte(text)}); err != nil {
			t.Fatal(err)
		}
		for k, other := range append(clients, srv) {
			if k == i {
				continue
			}
			pkt, err := other.Receive(testContext(t))
			if err != nil || string(pkt.Data) != text || pkt.From != c.UniqueID() {
				t.Fatalf("member %d got %q from %d, %v; want %q", k, pkt.Data, pkt.From, err, text)
			}
		}
	}
}

func TestLimitsHoldOverAllSockets(t *testing.T) {
	for _, tt := range []struct {
		name string
		cfg  enetlink.Config
	}{
		{"most clients", enetlink.Config{Sockets: 4, MaxClients: 3}},
		{"most clients of one address", enetlink.Config{Sockets: 4, MaxPeersPerIP: 3}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			srv := serveOn(t, tt.cfg)
			first := enter(t, srv)
			enter(t, srv)
			enter(t, srv)
			refused := func() {
				t.Helper()
				if cli, err := crosspeer.Dial(testContext(t), nil, enetlink.Dial(address(srv), short)); err == nil {
					cli.Close()
					t.Error("a fourth client is in")
				}
			}
			refused()
			first.Close() // there is room again
			await[crosspeer.PeerDisconnected](t, srv)
			enter(t, srv)
			refused()
		})
	}
}

func TestSocketsAreBounded(t *testing.T) {
	for _, n := range []int{-1, 65} {
		if err := (&enetlink.Config{Sockets: n}).Validate(); err == nil || !strings.Contains(err.Error(), "Sockets") {
			t.Errorf("%d sockets: %v", n, err)
		}
	}
}
