package enetlink_test

import (
	"context"
	"errors"
	"net"
	"syscall"
	"testing"
	"testing/synctest"

	"crosspeer"
	"crosspeer/link/enetlink"
)

func TestCreate(t *testing.T) {
	ctx := testContext(t)
	t.Run("12 a server cannot be made of what is out of range, and the peer can be used again", func(t *testing.T) {
		busy, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer busy.Close()
		p := new(crosspeer.Peer)
		for _, tt := range []struct {
			name, addr string
			cfg        enetlink.Config
			is         error
		}{
			{"port -1", "127.0.0.1:-1", enetlink.Config{}, nil},
			{"port 65536", "127.0.0.1:65536", enetlink.Config{}, nil},
			{"no port", "127.0.0.1", enetlink.Config{}, nil},
			{"-1 clients", "127.0.0.1:0", enetlink.Config{MaxClients: -1}, nil},
			{"a port in use", busy.LocalAddr().String(), enetlink.Config{}, syscall.EADDRINUSE},
			{"somebody else's address", "192.0.2.1:0", enetlink.Config{}, syscall.EADDRNOTAVAIL},
		} {
			err := p.Listen(ctx, enetlink.Listen(tt.addr, tt.cfg))
			if err == nil || tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("%s: %v", tt.name, err)
			}
			if p.ConnectionStatus() != crosspeer.Disconnected {
				t.Errorf("%s: the peer is %v", tt.name, p.ConnectionStatus())
			}
		}
		if err := p.Listen(ctx, enetlink.Listen("127.0.0.1:0", enetlink.Config{MaxClients: 4095})); err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		if err := p.Listen(ctx, enetlink.Listen("127.0.0.1:0")); !errors.Is(err, crosspeer.ErrAlreadyActive) {
			t.Errorf("a second Listen: %v", err)
		}
	})
	t.Run("13 a client cannot be made of what is out of range, and the peer can be used again", func(t *testing.T) {
		srv, err := crosspeer.Listen(ctx, nil, enetlink.Listen("127.0.0.1:0"))
		if err != nil {
			t.Fatal(err)
		}
		defer srv.Close()
		p := new(crosspeer.Peer)
		var dns *net.DNSError
		for _, tt := range []struct {
			name, addr, local string
			as                any
		}{
			{"port -1", "127.0.0.1:-1", "", nil},
			{"port 0", "127.0.0.1:0", "", nil},
			{"port 65536", "127.0.0.1:65536", "", nil},
			{"local port 65536", address(srv), "127.0.0.1:65536", nil},
			{"a host that nobody knows", "no such host:4242", "", &dns},
		} {
			err := p.Dial(ctx, enetlink.Dial(tt.addr, enetlink.Config{LocalAddr: tt.local}))
			if err == nil || tt.as != nil && !errors.As(err, tt.as) {
				t.Errorf("%s: %v", tt.name, err)
			}
			if p.ConnectionStatus() != crosspeer.Disconnected {
				t.Errorf("%s: the peer is %v", tt.name, p.ConnectionStatus())
			}
		}
		if err := p.Dial(ctx, enetlink.Dial(address(srv))); err != nil {
			t.Fatal(err)
		}
		p.Close()
	})
	t.Run("13 a client uses the local port it was told to", func(t *testing.T) {
		srv, err := crosspeer.Listen(ctx, nil, enetlink.Listen("127.0.0.1:0"))
		if err != nil {
			t.Fatal(err)
		}
		defer srv.Close()
		free, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		local := free.LocalAddr().String()
		free.Close()
		p, err := crosspeer.Dial(ctx, nil, enetlink.Dial(address(srv), enetlink.Config{LocalAddr: local}))
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		if _, err := srv.Next(ctx); err != nil {
			t.Fatal(err)
		}
		if info, err := srv.PeerInfo(p.UniqueID()); err != nil || info.RemoteAddr.String() != local {
			t.Errorf("the server sees %v, %v, want %s", info.RemoteAddr, err, local)
		}
	})
	virtually(t, "14 opening a transport leaves alone what the program has set", func(t *testing.T, w *world) {
		server := w.member(crosspeer.Config{})
		server.SetRefuseNewConnections(true)
		if err := server.Listen(t.Context(), enetlink.ListenOn(w.socket(true))); err != nil {
			t.Fatal(err)
		}
		if !server.IsRefusingNewConnections() {
			t.Error("the server accepts connections")
		}
	})
	virtually(t, "15 a client that connects has an id and can send nothing", func(t *testing.T, w *world) {
		p := w.member(crosspeer.Config{})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- w.dial(ctx, p, enetlink.Config{}) }()
		synctest.Wait()
		if p.ConnectionStatus() != crosspeer.Connecting || p.UniqueID() < 2 {
			t.Errorf("it is %v and has id %d", p.ConnectionStatus(), p.UniqueID())
		}
		if err := p.PutPacket([]byte("x")); !errors.Is(err, crosspeer.ErrNotConnected) {
			t.Errorf("PutPacket: %v", err)
		}
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("Dial: %v", err)
		}
	})
	virtually(t, "16 300 clients have 300 ids", func(t *testing.T, w *world) {
		w.serve(crosspeer.Config{Relay: crosspeer.RelayOff}, enetlink.Config{MaxClients: 300})
		ids := map[crosspeer.PeerID]bool{}
		for range 300 {
			p := w.member(crosspeer.Config{})
			if err := w.dial(t.Context(), p, enetlink.Config{}); err != nil {
				t.Fatal(err)
			}
			if p.UniqueID() < 2 {
				t.Errorf("id %d", p.UniqueID())
			}
			ids[p.UniqueID()] = true
		}
		if len(ids) != 300 {
			t.Errorf("%d different ids", len(ids))
		}
	})
	virtually(t, "17 a request to connect carries the client's id", func(t *testing.T, w *world) {
		m, raw := w.rawJoin(enetlink.Config{})
		if got := raw.ConnectData(); got != uint32(m.UniqueID()) {
			t.Errorf("it carries %d, the id is %d", got, m.UniqueID())
		}
	})
	virtually(t, "22 after a failure a client is disconnected and can dial again", func(t *testing.T, w *world) {
		p := w.member(crosspeer.Config{})
		if err := w.dial(t.Context(), p, enetlink.Config{}); err == nil {
			t.Fatal("nobody answered, and Dial succeeded")
		}
		p.expect("connection_failed")
		if p.ConnectionStatus() != crosspeer.Disconnected {
			t.Errorf("it is %v", p.ConnectionStatus())
		}
		w.serve(crosspeer.Config{}, enetlink.Config{})
		if err := w.dial(t.Context(), p, enetlink.Config{}); err != nil {
			t.Fatal(err)
		}
		p.expect("peer_connected 1", "connection_succeeded")
	})
}
