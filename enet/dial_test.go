package enet_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"crosspeer/enet"
)

func TestDialReportsARefusal(t *testing.T) {
	server := listen(t, &enet.Config{
		Admit:      func(netip.AddrPort, uint32) enet.Admission { return enet.Reject },
		RejectData: 9,
	})
	addr := server.LocalAddr().String()
	_, err := enet.Dial(t.Context(), addr, 1, 0, nil)
	var e *enet.DisconnectError
	if !errors.As(err, &e) || e.Reason != enet.ReasonRefused || e.Data != 9 {
		t.Fatalf("error %v", err)
	}
	if want := "dial " + addr + ": enet: refused by the remote (data 9)"; err.Error() != want {
		t.Errorf("error %q, want %q", err, want)
	}
}

func TestDialEndsWithItsContext(t *testing.T) {
	mute, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer mute.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	begun := time.Now()
	_, err = enet.Dial(ctx, mute.LocalAddr().String(), 1, 0, nil)
	if !errors.Is(err, context.DeadlineExceeded) || !strings.HasPrefix(err.Error(), "dial 127.0.0.1:") {
		t.Errorf("error %v", err)
	}
	if took := time.Since(begun); took > 10*time.Second {
		t.Errorf("took %v", took)
	}
	// A cancelled context later does not touch the connection.
	server := listen(t, nil)
	ctx, cancel = context.WithCancel(t.Context())
	peer, err := enet.Dial(ctx, server.LocalAddr().String(), 1, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer peer.Host().Close()
	cancel()
	send(t, peer, "still here")
	expect(t, server, enet.EventConnect)
	expectData(t, server, "still here")
}

func TestDialRefusesWhatCannotWork(t *testing.T) {
	busy := listen(t, nil)
	wait := func(context.Context, *enet.Host, *enet.Peer) error { return errors.New("not reached") }
	dial := func(address, local string, cfg *enet.Config) error {
		return enet.DialFunc(t.Context(), address, local, 1, 0, cfg, wait)
	}
	_, handled := enet.Dial(t.Context(), "127.0.0.1:7000", 1, 0, &enet.Config{Handler: func(enet.Event) {}})
	for name, tt := range map[string]struct {
		err  error
		want string
	}{
		"no port":               {dial("127.0.0.1", "", nil), `enet: address "127.0.0.1": address 127.0.0.1: missing port in address`},
		"port 0":                {dial("127.0.0.1:0", "", nil), `enet: address "127.0.0.1:0": port must be 1 to 65535`},
		"port too large":        {dial("127.0.0.1:65536", "", nil), `enet: address "127.0.0.1:65536": port must be 1 to 65535`},
		"a service":             {dial("127.0.0.1:http", "", nil), `enet: address "127.0.0.1:http": port must be 1 to 65535`},
		"no name":               {dial("name.invalid:7", "", nil), "enet: lookup name.invalid"},
		"no unicast address":    {dial("224.0.0.1:7", "", nil), "dial 224.0.0.1:7: enet: address cannot be connected to: 224.0.0.1:7"},
		"local port in use":     {dial("127.0.0.1:7", busy.LocalAddr().String(), nil), "address already in use"},
		"wrong configuration":   {dial("127.0.0.1:7", "", &enet.Config{MTU: 1}), "dial 127.0.0.1:7: enet: Config.MTU is 1"},
		"a Handler in Dial":     {handled, "enet: Dial 127.0.0.1:7000: Config.Handler is set; use DialFunc"},
		"the wait has an error": {dial("127.0.0.1:7", "127.0.0.1:0", nil), "dial 127.0.0.1:7: not reached"},
	} {
		if tt.err == nil || !strings.Contains(tt.err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", name, tt.err, tt.want)
		}
	}
}

func TestResolveGivesIPv4First(t *testing.T) {
	addrs, err := enet.Resolve(t.Context(), "localhost:7000")
	if err != nil {
		t.Fatal(err)
	}
	six := false
	for _, a := range addrs {
		if a.Port() != 7000 || a.Addr().Is4In6() || !a.Addr().IsLoopback() {
			t.Errorf("address %v", a)
		}
		if six && a.Addr().Is4() {
			t.Errorf("IPv4 behind IPv6: %v", addrs)
		}
		six = a.Addr().Is6()
	}
	for address, want := range map[string]string{
		":7":                  "127.0.0.1:7",
		"[::1]:7":             "[::1]:7",
		"[::ffff:10.1.2.3]:7": "10.1.2.3:7",
	} {
		if got, err := enet.Resolve(t.Context(), address); err != nil || len(got) != 1 || got[0].String() != want {
			t.Errorf("%s: %v, %v", address, got, err)
		}
	}
}

// Dial answers for its own peer only, whoever connects to its port meanwhile.
func TestAStrangerDoesNotEndADial(t *testing.T) {
	for name, cfg := range map[string]*enet.Config{
		"as it comes":      nil,
		"that lets all in": {Admit: func(netip.AddrPort, uint32) enet.Admission { return enet.Admit }},
	} {
		t.Run(name, func(t *testing.T) {
			mute, err := net.ListenPacket("udp4", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer mute.Close()
			stranger := listen(t, nil)
			go func() {
				_, from, err := mute.ReadFrom(make([]byte, 100))
				if err == nil {
					stranger.Connect(from.(*net.UDPAddr).AddrPort(), 2, 99)
				}
			}()
			ctx, cancel := context.WithTimeout(t.Context(), 700*time.Millisecond)
			defer cancel()
			p, err := enet.Dial(ctx, mute.LocalAddr().String(), 2, 0, cfg)
			if err == nil {
				t.Errorf("connected to %v, state %v", p.RemoteAddr(), p.State())
				p.Host().Close()
			} else if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("error %v", err)
			}
		})
	}
}
