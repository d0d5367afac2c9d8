package enet

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

var (
	first  = netip.MustParseAddrPort("10.0.0.1:1")
	second = netip.MustParseAddrPort("10.0.0.2:2")
	third  = netip.MustParseAddrPort("10.0.0.3:3")
)

func TestAddressesAreTriedInTurn(t *testing.T) {
	refused := &DisconnectError{Reason: ReasonRefused, Data: 7}
	silent := &DisconnectError{Reason: ReasonNoReply}
	for _, tt := range []struct {
		name    string
		answers map[netip.AddrPort]error // of those that answer
		timeout time.Duration
		want    error
		took    time.Duration
		tried   int
	}{
		{"the first one answers", map[netip.AddrPort]error{first: nil, second: nil}, 0, nil, 0, 1},
		{"the first one is silent", map[netip.AddrPort]error{second: nil}, 0, nil, 5 * time.Second, 2},
		{"only the last one answers", map[netip.AddrPort]error{third: nil}, 0, nil, 10 * time.Second, 3},
		{"one that refuses does not end it", map[netip.AddrPort]error{first: refused, second: nil}, 0, nil, 0, 2},
		{"a refusal says more than silence", map[netip.AddrPort]error{first: refused, third: silent}, 0, refused, 5 * time.Second, 3},
		{"nobody answers", map[netip.AddrPort]error{third: silent}, 0, silent, 10 * time.Second, 3},
		{"the caller gives up at the first", nil, 2 * time.Second, context.DeadlineExceeded, 2 * time.Second, 1},
		{"the caller gives up at the last", nil, time.Minute, context.DeadlineExceeded, time.Minute, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := t.Context(), context.CancelFunc(func() {})
				if tt.timeout > 0 {
					ctx, cancel = context.WithTimeout(ctx, tt.timeout)
				}
				defer cancel()
				begun, tried := time.Now(), 0
				err := dialEach(ctx, []netip.AddrPort{first, second, third}, dialStep,
					func(ctx context.Context, addr netip.AddrPort) error {
						tried++
						if err, ok := tt.answers[addr]; ok {
							return err
						}
						<-ctx.Done()
						return ctx.Err()
					})
				if err != tt.want || time.Since(begun) != tt.took || tried != tt.tried {
					t.Errorf("%v after %v at %d addresses, want %v after %v at %d", err, time.Since(begun), tried, tt.want, tt.took, tt.tried)
				}
			})
		})
	}
}

// The same with sockets: the first address belongs to somebody who does not
// speak ENet.
func TestDialGoesOnToTheAddressThatAnswers(t *testing.T) {
	mute, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer mute.Close()
	server, err := Listen("127.0.0.1:0", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	addrs := []netip.AddrPort{mute.LocalAddr().(*net.UDPAddr).AddrPort(), server.LocalAddr()}
	var hosts []*Host
	err = dialEach(t.Context(), addrs, 100*time.Millisecond, func(ctx context.Context, addr netip.AddrPort) error {
		return dialOne(ctx, addr, "", 2, 5, nil, func(ctx context.Context, h *Host, p *Peer) error {
			hosts = append(hosts, h)
			ev, err := h.Next(ctx)
			if err == nil {
				err = ev.Err()
			}
			return err
		})
	})
	if err != nil || len(hosts) != 2 {
		t.Fatalf("%v with %d hosts", err, len(hosts))
	}
	defer hosts[1].Close()
	if ev, err := server.Next(t.Context()); err != nil || ev.ConnectData != 5 {
		t.Errorf("%v, %v", ev, err)
	}
	if _, err := hosts[0].Connect(server.LocalAddr(), 1, 0); !errors.Is(err, ErrClosed) {
		t.Errorf("the host of the failed attempt is open: %v", err)
	}
}

// A settable clock would kill connections when it jumps.
func TestTimeIsMonotonic(t *testing.T) {
	h, err := Listen("127.0.0.1:0", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	for name, at := range map[string]time.Time{"origin": h.origin, "deadline": h.origin.Add(time.Hour)} {
		if !strings.Contains(at.String(), "m=") {
			t.Errorf("the %s has no monotonic reading: %v", name, at)
		}
	}
}
