package enetlink_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"crosspeer"
	"crosspeer/enet"
	"crosspeer/link/enetlink"
)

func TestClientsPortIsNotForStrangers(t *testing.T) {
	// stranger tries to connect to the client's own port.
	stranger := func(w *world, m *member) *rawPeer {
		h, err := enet.NewHost(w.socket(false), nil)
		if err != nil {
			w.t.Fatal(err)
		}
		w.t.Cleanup(func() { h.Close() })
		p, err := h.Connect(m.addr, 3, 1)
		if err != nil {
			w.t.Fatal(err)
		}
		return &rawPeer{Peer: p, t: w.t, h: h}
	}
	virtually(t, "while the client dials", func(t *testing.T, w *world) {
		m := w.member(crosspeer.Config{})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- w.dial(ctx, m, enetlink.Config{}) }()
		synctest.Wait()
		raw := stranger(w, m)
		w.wait(time.Second)
		raw.expect()
		m.expect()
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("Dial: %v", err)
		}
	})
	virtually(t, "while the client is connected", func(t *testing.T, w *world) {
		w.serve(crosspeer.Config{}, enetlink.Config{})
		m := w.join(enetlink.Config{})
		raw := stranger(w, m)
		w.wait(time.Second)
		raw.expect()
		m.expect()
	})
}

// The context ends a little before, at, and a little after the moment in which
// the connection is made.
func TestDialEitherConnectsOrFails(t *testing.T) {
	for patience := 2*lag - 3*time.Microsecond; patience <= 2*lag+3*time.Microsecond; patience += time.Microsecond {
		virtually(t, fmt.Sprintf("within %v", patience), func(t *testing.T, w *world) {
			server := w.serve(crosspeer.Config{}, enetlink.Config{})
			m := w.member(crosspeer.Config{})
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			err := w.dial(ctx, m, enetlink.Config{})
			w.settle()
			in := m.ConnectionStatus() == crosspeer.Connected
			if in != (err == nil) || in != (len(server.Peers()) == 1) {
				t.Errorf("Dial: %v, the client is %v, the server has %v", err, m.ConnectionStatus(), server.Peers())
			}
			if err != nil && !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("Dial: %v", err)
			}
			want := []string{"peer_connected 1", "connection_succeeded"}
			if err != nil {
				want = []string{"connection_failed"}
			}
			m.expect(want...)
		})
	}
}

func TestDialSaysWhatWentWrong(t *testing.T) {
	for _, tt := range []struct {
		name string
		dial func(*world) error
		says string
	}{
		{
			"nobody answers",
			func(w *world) error { return w.dial(w.t.Context(), w.member(crosspeer.Config{}), enetlink.Config{}) },
			"no reply from 10.0.0.1:4242 within 31.5 s",
		},
		{
			"the context ends first",
			func(w *world) error {
				ctx, cancel := context.WithTimeout(w.t.Context(), time.Second)
				defer cancel()
				return w.dial(ctx, w.member(crosspeer.Config{}), enetlink.Config{})
			},
			"no answer from 10.0.0.1:4242: context deadline exceeded",
		},
		{
			"the server refuses",
			func(w *world) error {
				w.serve(crosspeer.Config{}, enetlink.Config{}).SetRefuseNewConnections(true)
				return w.dial(w.t.Context(), w.member(crosspeer.Config{}), enetlink.Config{})
			},
			"refused by the server",
		},
	} {
		virtually(t, tt.name, func(t *testing.T, w *world) {
			if err := tt.dial(w); err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want %q", err, tt.says)
			}
		})
	}
}

// answerDNS makes every name that is looked up have the addresses, until the
// test ends.
func answerDNS(t *testing.T, addrs ...netip.Addr) {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var served sync.WaitGroup
	served.Go(func() {
		buf := make([]byte, 512)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			// RFC 1035 §4.1: a header of 12 bytes and the question, which ends
			// with its type and class; what follows it in the query is dropped.
			end := 12 + bytes.IndexByte(buf[12:n], 0) + 5
			reply := append([]byte{buf[0], buf[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, buf[12:end]...)
			if reply[end-3] == 1 { // A
				reply[7] = byte(len(addrs))
				for _, a := range addrs {
					reply = append(reply, 0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4)
					reply = append(reply, a.AsSlice()...)
				}
			}
			conn.WriteTo(reply, from)
		}
	})
	former := net.DefaultResolver
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
	t.Cleanup(func() {
		net.DefaultResolver = former
		conn.Close()
		served.Wait()
	})
}

func TestEveryAddressOfANameIsTried(t *testing.T) {
	ctx := testContext(t)
	addrs := []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("127.0.0.2")}
	answerDNS(t, addrs...)
	tried := uint64(0)
	for i, good := range addrs {
		bad := addrs[1-i]
		refusing, err := crosspeer.Listen(ctx, nil, enetlink.Listen(netip.AddrPortFrom(bad, 0).String()))
		if err != nil {
			t.Skipf("no %v here: %v", bad, err)
		}
		defer refusing.Close()
		refusing.SetRefuseNewConnections(true)
		_, port, _ := strings.Cut(address(refusing), ":")
		srv, err := crosspeer.Listen(ctx, nil, enetlink.Listen(good.String()+":"+port))
		if err != nil {
			t.Skipf("no %v here: %v", good, err)
		}
		defer srv.Close()
		cli, err := crosspeer.Dial(ctx, nil, enetlink.Dial("two.example:"+port))
		if err != nil {
			t.Fatal(err)
		}
		defer cli.Close()
		if info, err := cli.PeerInfo(1); err != nil || info.RemoteAddr.Addr() != good {
			t.Errorf("connected to %v, %v", info.RemoteAddr, err)
		}
		tried += refusing.Stats().Refused
	}
	if tried == 0 {
		t.Error("the refusing address never was the first")
	}
}
