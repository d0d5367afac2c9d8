package enet_test

import (
	"errors"
	"net/netip"
	"testing"
	"time"

	"crosspeer/enet"
	"crosspeer/internal/simnet"
)

const ms = time.Millisecond

func TestConnect(t *testing.T) {
	bubble(t, simnet.Conditions{Delay: 20 * ms}, func(t *testing.T, w *simnet.Wire) {
		server := on(t, w, serverAddr, &enet.Config{MaxChannels: 5, MTU: 1200})
		client := on(t, w, clientAddr, nil)
		c, err := client.Connect(serverAddr, 8, 77)
		if err != nil {
			t.Fatal(err)
		}
		if c.State() != enet.StateConnecting || c.Host() != client || c.Incoming() || c.RemoteAddr() != serverAddr {
			t.Errorf("while connecting: %v, incoming %v, to %v", c.State(), c.Incoming(), c.RemoteAddr())
		}
		ev := expect(t, client, enet.EventConnect)
		if ev.Peer != c || ev.ConnectData != 0 || ev.Err() != nil || ev.Data() != nil {
			t.Errorf("client's event %+v", ev)
		}
		ev = expect(t, server, enet.EventConnect)
		s := ev.Peer
		if ev.ConnectData != 77 || s.ConnectData() != 77 || !s.Incoming() || s.RemoteAddr() != clientAddr {
			t.Errorf("server's event: data %d and %d, incoming %v, from %v", ev.ConnectData, s.ConnectData(), s.Incoming(), s.RemoteAddr())
		}
		for name, p := range map[string]*enet.Peer{"client": c, "server": s} {
			if p.State() != enet.StateConnected || p.ChannelCount() != 5 || p.MTU() != 1200 || p.Compression() != "none" {
				t.Errorf("%s: %v, %d channels, MTU %d, compression %s", name, p.State(), p.ChannelCount(), p.MTU(), p.Compression())
			}
		}
		if got := server.Peers(); len(got) != 1 || got[0] != s {
			t.Errorf("peers %v, want %v", got, s)
		}
	})
}

// The times are those of ENet: CONNECT at 0, 0.5, 1.5, 3.5, 7.5 and 15.5 s,
// given up when the next one would be due. The program asks for nothing
// meanwhile, so the timers must run by themselves.
func TestNoReply(t *testing.T) {
	bubble(t, simnet.Conditions{}, func(t *testing.T, w *simnet.Wire) {
		var sent []time.Duration
		w.Tap(func(e simnet.Event) {
			if e.Kind == simnet.Sent {
				sent = append(sent, e.Time.Truncate(10*ms))
			}
		})
		begun := time.Now()
		client := on(t, w, clientAddr, nil)
		peer := connect(t, client, nobodyAddr)
		ev := expectEnd(t, client, enet.ReasonNoReply, 0)
		if took := time.Since(begun); took < 31500*ms || took > 31600*ms {
			t.Errorf("given up after %v, want 31.5 s", took)
		}
		if ev.Peer != peer || peer.State() != enet.StateDisconnected || ev.Silent < 31400*ms {
			t.Errorf("%v, silent for %v", peer.State(), ev.Silent)
		}
		var e *enet.DisconnectError
		if err := ev.Err(); !errors.As(err, &e) || e.Reason != enet.ReasonNoReply ||
			err.Error() != "enet: no reply (nothing acknowledged for 31.5 s)" {
			t.Errorf("error %v", ev.Err())
		}
		want := []time.Duration{0, 500 * ms, 1500 * ms, 3500 * ms, 7500 * ms, 15500 * ms}
		if len(sent) != len(want) {
			t.Fatalf("CONNECT sent at %v, want %v", sent, want)
		}
		for i := range want {
			if sent[i] != want[i] {
				t.Errorf("CONNECT %d sent at %v, want %v", i, sent[i], want[i])
			}
		}
	})
}

func TestAServerSaysNoOrNothing(t *testing.T) {
	for _, tt := range []struct {
		name   string
		server enet.Config
		reason enet.Reason
		data   uint32
	}{
		{"rejected", enet.Config{Admit: func(netip.AddrPort, uint32) enet.Admission { return enet.Reject }, RejectData: 9},
			enet.ReasonRefused, 9},
		{"ignored", enet.Config{Admit: func(netip.AddrPort, uint32) enet.Admission { return enet.Ignore }},
			enet.ReasonNoReply, 0},
		{"full, said so", enet.Config{MaxPeers: 1, RejectWhenFull: true, FullData: 8}, enet.ReasonRefused, 8},
		{"full, silent", enet.Config{MaxPeers: 1}, enet.ReasonNoReply, 0},
		{"too many from one address", enet.Config{MaxPeersPerIP: 1}, enet.ReasonNoReply, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, simnet.Conditions{Delay: ms}, func(t *testing.T, w *simnet.Wire) {
				asked := uint32(0)
				if admit := tt.server.Admit; admit != nil {
					tt.server.Admit = func(from netip.AddrPort, data uint32) enet.Admission {
						asked = data
						return admit(from, data)
					}
				}
				server, client := on(t, w, serverAddr, &tt.server), on(t, w, clientAddr, nil)
				if tt.server.Admit == nil {
					connect(t, client, serverAddr)
					expect(t, client, enet.EventConnect)
					expect(t, server, enet.EventConnect)
				}
				if _, err := client.Connect(serverAddr, 2, 55); err != nil {
					t.Fatal(err)
				}
				expectEnd(t, client, tt.reason, tt.data)
				quiet(t, server, time.Second)
				if tt.server.Admit != nil && asked != 55 {
					t.Errorf("Admit was asked about data %d", asked)
				}
				s := server.Stats()
				if s.Full+s.Refused == 0 || s.HalfOpen != 0 {
					t.Errorf("full %d, refused %d, half-open %d", s.Full, s.Refused, s.HalfOpen)
				}
			})
		})
	}
}

func TestAddressesThatCannotBeConnectedTo(t *testing.T) {
	h := listen(t, &enet.Config{MaxPeers: 1})
	for _, addr := range []string{"0.0.0.0:7000", "127.0.0.1:0", "224.0.0.1:7000", "255.255.255.255:7000", "[::]:7000", "[ff02::1]:7000"} {
		if _, err := h.Connect(netip.MustParseAddrPort(addr), 1, 0); !errors.Is(err, enet.ErrAddress) {
			t.Errorf("%s: %v", addr, err)
		}
	}
	if _, err := h.Connect(netip.AddrPort{}, 1, 0); !errors.Is(err, enet.ErrAddress) {
		t.Errorf("no address: %v", err)
	}
	connect(t, h, netip.MustParseAddrPort("127.0.0.1:9"))
	_, err := h.Connect(netip.MustParseAddrPort("127.0.0.1:10"), 1, 0)
	if !errors.Is(err, enet.ErrHostFull) || err.Error() != "enet: host is full: 127.0.0.1:10" {
		t.Errorf("the second of one peer: %v", err)
	}
}

// A client that is not known any more is answered by nobody, and finds out by
// itself; the times are those that SetTimeout set.
func TestARemoteThatFallsSilentIsGivenUp(t *testing.T) {
	bubble(t, simnet.Conditions{Delay: 5 * ms}, func(t *testing.T, w *simnet.Wire) {
		d := newDuo(t, w, nil, nil)
		d.s.SetTimeout(4, 500*ms, 2*time.Second)
		w.SetPath(clientAddr, serverAddr, simnet.Conditions{Loss: 1})
		begun := time.Now()
		ev := expectEnd(t, d.server, enet.ReasonTimeout, 0)
		if took := time.Since(begun); took < 500*ms || took > 3*time.Second {
			t.Errorf("given up after %v", took)
		}
		if ev.Silent < 500*ms || ev.Silent > 2*time.Second+10*ms {
			t.Errorf("silent for %v", ev.Silent)
		}
	})
}

func TestReconnectingGivesANewPeer(t *testing.T) {
	bubble(t, simnet.Conditions{Delay: 5 * ms}, func(t *testing.T, w *simnet.Wire) {
		d := newDuo(t, w, nil, nil)
		for i := range uint32(10) {
			d.c.Disconnect(i)
			expectEnd(t, d.client, enet.ReasonLocal, 0)
			expectEnd(t, d.server, enet.ReasonRemote, i)
			again := connect(t, d.client, serverAddr)
			if again == d.c || d.c.State() != enet.StateDisconnected {
				t.Fatal("an ended peer has come back")
			}
			d.c = again
			expect(t, d.client, enet.EventConnect)
			expect(t, d.server, enet.EventConnect)
			send(t, d.c, "again")
			expectData(t, d.server, "again")
		}
	})
}
