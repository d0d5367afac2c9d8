package dtls_test

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"crosspeer/enet"
	"crosspeer/enet/dtls"
	"crosspeer/internal/simnet"
	"crosspeer/internal/testcert"
)

var trusting = dtls.ClientConfig{Insecure: true}

func TestAnAssociationEndsSomeSecondsAfterItsLastConnection(t *testing.T) {
	cert := testcert.Make(t, timeless)
	virtually(t, simnet.Conditions{Delay: time.Millisecond}, dtls.Server(serving(cert)), func(t *testing.T, w *world) {
		_, _, ours := w.connect(clientAddr, dtls.Client(trusting))
		elapse(3 * time.Second)
		ours.Disconnect(3)
		if ev := expect(t, w.server, enet.EventDisconnect); ev.Err() == nil {
			t.Fatal("no end")
		}
		elapse(5 * time.Second)
		if ours.Security().Version == "" {
			t.Error("the association ends with the connection: a lost acknowledgement cannot be asked for again")
		}
		elapse(10 * time.Second)
		if ours.Security().Version != "" {
			t.Error("the association stays for ever")
		}
		// close_notify: an alert of 2 bytes, in a record that is protected.
		if _, _, last := w.tap.with(clientAddr); len(last) == 0 || last[0] != 21 || last[4] != 1 {
			t.Errorf("the last record is % x, want an alert", last)
		}
	})
}

func TestAnAssociationWithoutAConnectionEnds(t *testing.T) {
	cert := testcert.Make(t, timeless)
	virtually(t, simnet.Conditions{Delay: time.Millisecond}, dtls.Server(serving(cert)), func(t *testing.T, w *world) {
		client := w.host(w.socket(clientAddr), dtls.Client(trusting))
		p, err := client.Connect(serverAddr, 1, 0)
		if err != nil {
			t.Fatal(err)
		}
		elapse(100 * time.Millisecond)
		if p.Security().Version == "" {
			t.Fatal("the handshake is not complete")
		}
		expect(t, w.server, enet.EventConnect).Peer.Reset()
		// The client's program hangs, and with it its ENet.
		w.wire.SetPath(clientAddr, serverAddr, simnet.Conditions{Loss: 1})
		elapse(30 * time.Second)
		if _, _, last := w.tap.with(clientAddr); last[0] != 23 {
			t.Errorf("too early, the last record is % x", last)
		}
		elapse(10 * time.Second)
		if _, _, last := w.tap.with(clientAddr); last[0] != 21 || last[4] != 1 {
			t.Errorf("the last record is % x, want an alert", last)
		}
		// The alert has reached it.
		expect(t, client, enet.EventConnect)
		if ev := expect(t, client, enet.EventDisconnect); ev.Reason == enet.ReasonSecurity && !errors.Is(ev.Cause, io.EOF) {
			t.Errorf("ended with %v", ev.Err())
		}
	})
}

// TestTheLastWordIsHeard holds that the end of an association does not overtake
// what was said before it.
func TestTheLastWordIsHeard(t *testing.T) {
	cert := testcert.Make(t, timeless)
	virtually(t, simnet.Conditions{Delay: time.Millisecond}, dtls.Server(serving(cert)), func(t *testing.T, w *world) {
		synctest.Wait()
		before := runtime.NumGoroutine()
		for i := range 50 {
			client, _, _ := w.connect(netip.AddrPortFrom(clientAddr.Addr(), uint16(100+i)), dtls.Client(trusting))
			client.Close()
			if ev := expect(t, w.server, enet.EventDisconnect); ev.Reason != enet.ReasonRemote {
				t.Fatalf("ended with %v", ev.Err())
			}
		}
		elapse(time.Second)
		// A goroutine that has done its work may still have an instruction to
		// go.
		for n := 0; runtime.NumGoroutine() > before && n < 1000; n++ {
			runtime.Gosched()
		}
		if n := runtime.NumGoroutine(); n > before {
			t.Errorf("%d goroutines became %d", before, n)
		}
	})
}

func TestACloseNotifyEndsTheConnection(t *testing.T) {
	cert := testcert.Make(t, timeless)
	virtually(t, simnet.Conditions{Delay: time.Millisecond}, dtls.Server(serving(cert)), func(t *testing.T, w *world) {
		client, _, _ := w.connect(clientAddr, dtls.Client(trusting))
		// What the client says of ENet's end is lost; the alert is not.
		w.tap.drop = func(b []byte) bool { return b[0] == 23 }
		client.Close()
		ev := expect(t, w.server, enet.EventDisconnect)
		if ev.Reason != enet.ReasonSecurity || !errors.Is(ev.Cause, dtls.ErrClosed) || !errors.Is(ev.Cause, io.EOF) {
			t.Errorf("ended with %v", ev.Err())
		}
	})
}

func TestAServerThatClosesSaysSo(t *testing.T) {
	cert := testcert.Make(t, timeless)
	virtually(t, simnet.Conditions{Delay: time.Millisecond}, dtls.Server(serving(cert)), func(t *testing.T, w *world) {
		client, _, _ := w.connect(clientAddr, dtls.Client(trusting))
		w.server.Close()
		if ev := expect(t, client, enet.EventDisconnect); ev.Reason != enet.ReasonRemote {
			t.Errorf("ended with %v", ev.Err())
		}
		if _, _, last := w.tap.with(clientAddr); len(last) == 0 || last[0] != 21 {
			t.Errorf("the last record is % x, want an alert", last)
		}
	})
}

func TestAHandshakeAndASessionOverABadNetwork(t *testing.T) {
	for _, rsa := range []bool{false, true} {
		kind := timeless
		kind.RSA = rsa
		cert := testcert.Make(t, kind)
		bad := simnet.Conditions{Delay: 40 * time.Millisecond, Jitter: 20 * time.Millisecond, Loss: 0.15, Duplicate: 0.05}
		virtually(t, bad, dtls.Server(serving(cert)), func(t *testing.T, w *world) {
			for i := range 10 {
				addr := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 1, byte(i)}), 5)
				cfg := trusting
				cfg.HandshakeTimeout = 25 * time.Second
				client, theirs, ours := w.connect(addr, dtls.Client(cfg))
				for range 20 {
					say(t, theirs, w.server, "through the storm")
					say(t, ours, client, "and back")
				}
			}
		})
	}
}

func TestNobodyWhoAnswersInDTLS(t *testing.T) {
	cert := testcert.Make(t, timeless)
	for _, tt := range []struct {
		name   string
		server enet.Security
		client enet.Security
		want   func(enet.Event) bool
	}{
		{"a server that does not encrypt", nil, dtls.Client(trusting), func(ev enet.Event) bool {
			return ev.Reason == enet.ReasonSecurity && errors.Is(ev.Cause, dtls.ErrNoAnswer) && errors.Is(ev.Cause, os.ErrDeadlineExceeded)
		}},
		{"a client that does not encrypt", dtls.Server(serving(cert)), nil, func(ev enet.Event) bool { return ev.Reason == enet.ReasonNoReply }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			virtually(t, simnet.Conditions{Delay: time.Millisecond}, tt.server, func(t *testing.T, w *world) {
				client := w.host(w.socket(clientAddr), tt.client)
				if _, err := client.Connect(serverAddr, 1, 0); err != nil {
					t.Fatal(err)
				}
				if ev := expect(t, client, enet.EventDisconnect); !tt.want(ev) {
					t.Errorf("ended with %v", ev.Err())
				}
			})
		})
	}
}

// TestPlainAndEncryptedClientsShareAPort also has a client change from one to
// the other at its address: its old connection ends, since whoever completes a
// handshake need not be who spoke before.
func TestPlainAndEncryptedClientsShareAPort(t *testing.T) {
	cert := testcert.Make(t, timeless)
	cfg := serving(cert)
	cfg.Mode = dtls.Allow
	virtually(t, simnet.Conditions{Delay: time.Millisecond}, dtls.Server(cfg), func(t *testing.T, w *world) {
		plain, theirs, ours := w.connect(clientAddr, nil)
		_, _, secret := w.connect(netip.MustParseAddrPort("10.0.0.3:1"), dtls.Client(trusting))
		if ours.Security().String() != "none" || secret.Security().Version != "DTLS 1.2" {
			t.Errorf("%v and %v", ours.Security(), secret.Security())
		}
		// A hello that anybody can forge changes nothing for the plain client.
		forged := hello(w)
		w.forge(clientAddr, forged)
		elapse(10 * time.Millisecond)
		say(t, theirs, w.server, "in the clear")

		w.wire.SetPath(clientAddr, serverAddr, simnet.Conditions{Loss: 1})
		plain.Close()
		w.wire.SetPath(clientAddr, serverAddr, simnet.Conditions{Delay: time.Millisecond})
		// Nor does it keep a client waiting that means it.
		w.forge(clientAddr, forged)
		begun := time.Now()
		again := w.host(w.socket(clientAddr), dtls.Client(trusting))
		if _, err := again.Connect(serverAddr, 1, 0); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			ev, err := w.server.Next(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			switch ev.Type {
			case enet.EventDisconnect:
				if ev.Peer != ours || ev.Reason != enet.ReasonSecurity {
					t.Errorf("%v ended with %v", ev.Peer.RemoteAddr(), ev.Err())
				}
			case enet.EventConnect:
				if ev.Peer.Security().Version != "DTLS 1.2" {
					t.Error("not encrypted")
				}
			}
		}
		if d := time.Since(begun); d > time.Second {
			t.Errorf("it took %v", d)
		}
	})
}

func TestALateLastFlightIsAnsweredAgain(t *testing.T) {
	cert := testcert.Make(t, timeless)
	virtually(t, simnet.Conditions{Delay: time.Millisecond}, dtls.Server(serving(cert)), func(t *testing.T, w *world) {
		// The server's last flight, with Finished, is lost: it is the first
		// of its datagrams that begins with a ChangeCipherSpec.
		lost := false
		w.tap.lose = func(b []byte) bool {
			if b[0] == 20 && !lost {
				lost = true
				return true
			}
			return false
		}
		w.connect(clientAddr, dtls.Client(trusting))
		if !lost {
			t.Error("nothing was lost")
		}
	})
}

func TestAConfigurationThatCannotBeIsRefused(t *testing.T) {
	for _, tt := range []struct {
		name string
		s    enet.Security
	}{
		{"no certificate", dtls.Server(dtls.ServerConfig{})},
		{"a mode that is none", dtls.Server(dtls.ServerConfig{Certificate: serving(nil).Certificate, Mode: 9})},
		{"a negative time-out", dtls.Client(dtls.ClientConfig{ServerName: "x", HandshakeTimeout: -1})},
		{"nobody to verify", dtls.Client(dtls.ClientConfig{})},
	} {
		conn, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		if h, err := enet.NewHost(conn, &enet.Config{Security: tt.s}); err == nil {
			h.Close()
			t.Errorf("%s is accepted", tt.name)
		}
		conn.Close()
	}
	if _, err := enet.Listen("127.0.0.1:0", &enet.Config{MTU: 4096, Security: dtls.Server(serving(nil))}); err == nil {
		t.Error("an MTU whose records would not fit is accepted")
	}
	for _, m := range []dtls.Mode{dtls.Require, dtls.Allow} {
		if got, err := dtls.ParseMode(m.String()); got != m || err != nil {
			t.Errorf("%v: %v, %v", m, got, err)
		}
	}
}

// TestNothingGoesOutInTheClear has a server that allows both send to a client
// without pause, while its association ends and another takes its place.
func TestNothingGoesOutInTheClear(t *testing.T) {
	cert := testcert.Make(t, timeless)
	cfg := serving(cert)
	cfg.Mode = dtls.Allow
	virtually(t, simnet.Conditions{Delay: time.Millisecond}, dtls.Server(cfg), func(t *testing.T, w *world) {
		ended := make(chan struct{})
		stop := make(chan struct{})
		clear := make(chan []byte, 1)
		w.tap.lose = func(b []byte) bool {
			if len(b) < 3 || b[0] < 20 || b[0] > 25 || b[1] != 0xfe {
				select {
				case clear <- append([]byte(nil), b...):
				default:
				}
			}
			return false
		}
		go func() {
			defer close(ended)
			tick := time.NewTicker(100 * time.Microsecond)
			defer tick.Stop()
			for {
				select {
				case <-stop:
					return
				case <-tick.C:
					w.server.Broadcast(0, []byte("for that client only"), enet.Unsequenced)
				}
			}
		}()
		defer func() {
			close(stop)
			<-ended
		}()
		for i := range 30 {
			client, _, _ := w.connect(clientAddr, dtls.Client(trusting))
			switch i % 3 {
			case 0: // says goodbye
				client.Close()
				expect(t, w.server, enet.EventDisconnect)
			case 1: // only its association does
				w.tap.setDrop(func(b []byte) bool { return b[0] == 23 })
				client.Close()
				expect(t, w.server, enet.EventDisconnect)
				w.tap.setDrop(nil)
			case 2: // dies, and begins anew
				w.wire.SetPath(clientAddr, serverAddr, simnet.Conditions{Loss: 1})
				client.Close()
				w.wire.SetPath(clientAddr, serverAddr, simnet.Conditions{Delay: time.Millisecond})
				again := w.host(w.socket(clientAddr), dtls.Client(trusting))
				if _, err := again.Connect(serverAddr, 2, 0); err != nil {
					t.Fatal(err)
				}
				expect(t, w.server, enet.EventDisconnect)
				expect(t, w.server, enet.EventConnect)
				again.Close()
				expect(t, w.server, enet.EventDisconnect)
			}
			elapse(10 * time.Millisecond)
		}
		select {
		case b := <-clear:
			t.Errorf("in the clear: % x", b)
		default:
		}
	})
}
