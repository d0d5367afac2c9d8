package enet_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"crosspeer/enet"
	"crosspeer/internal/simnet"
)

func TestEveryKindOfPacketArrives(t *testing.T) {
	for _, tt := range []struct {
		name       string
		flags      enet.Flags
		small, big enet.Flags // as received in one datagram and in many
	}{
		{"unreliable", 0, 0, enet.Reliable},
		{"reliable", enet.Reliable, enet.Reliable, enet.Reliable},
		{"unsequenced", enet.Unsequenced, enet.Unsequenced, enet.Reliable},
		{"unreliable fragment", enet.UnreliableFragment, 0, enet.UnreliableFragment},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, simnet.Conditions{Delay: ms}, func(t *testing.T, w *simnet.Wire) {
				d := newDuo(t, w, nil, nil)
				for i, size := range []int{0, 1, 1364, 1365, 70000} {
					data := bytes.Repeat([]byte{byte(i + 1)}, size)
					want := tt.small
					if size > 1364 {
						want = tt.big
					}
					if err := d.c.Send(1, data, tt.flags); err != nil {
						t.Fatal(err)
					}
					ev := expect(t, d.server, enet.EventReceive)
					if ev.Channel != 1 || ev.Flags != want || !bytes.Equal(ev.Data(), data) {
						t.Errorf("%d bytes: channel %d, flags %d, %d bytes", size, ev.Channel, ev.Flags, len(ev.Data()))
					}
					ev.Packet.Release()
				}
			})
		})
	}
}

func TestErrorsOfSendSayWhy(t *testing.T) {
	bubble(t, simnet.Conditions{Delay: ms}, func(t *testing.T, w *simnet.Wire) {
		small := enet.Config{MaxPacketBytes: 1000, MaxQueuedPackets: 3}
		d := newDuo(t, w, nil, &small)
		connecting := connect(t, d.client, nobodyAddr)
		check := func(name string, err, want error, text string) {
			t.Helper()
			if !errors.Is(err, want) || err.Error() != text {
				t.Errorf("%s: %v\nwant %s", name, err, text)
			}
		}
		check("no channel", d.c.Send(2, nil, 0), enet.ErrChannel, "enet: no such channel: 2 of 2, to 10.0.0.1:7000")
		check("too large", d.c.Send(0, make([]byte, 1001), 0), enet.ErrTooLarge,
			"enet: packet is too large: 1001 bytes to 10.0.0.1:7000 at MTU 1392")
		check("not yet connected", connecting.Send(0, nil, 0), enet.ErrNotConnected,
			"enet: peer is not connected: 10.0.0.3:7000 is CONNECTING")
		check("ping", connecting.Ping(), enet.ErrNotConnected, "enet: peer is not connected: 10.0.0.3:7000 is CONNECTING")
		check("throttle", connecting.ConfigureThrottle(0, 0, 0), enet.ErrNotConnected,
			"enet: peer is not connected: 10.0.0.3:7000 is CONNECTING")
		for range 3 {
			send(t, d.c, "12345")
		}
		check("queue full", d.c.Send(0, nil, 0), enet.ErrQueueFull,
			"enet: send queue is full: 3 packets with 15 bytes wait for 10.0.0.1:7000")
		if got := d.c.Stats().QueueFull; got != 1 {
			t.Errorf("%d full queues counted", got)
		}
		d.c.Reset()
		check("no longer connected", d.c.Send(0, nil, 0), enet.ErrNotConnected,
			"enet: peer is not connected: 10.0.0.1:7000 is DISCONNECTED")
		if err := d.c.SendPacket(0, enet.Packet{}, 0); err == nil || !strings.Contains(err.Error(), "zero Packet") {
			t.Errorf("no packet: %v", err)
		}
	})
}

// A receiver acknowledges six windows of 4096 fragments beyond the last packet.
func TestAPacketThatCannotArriveIsRefused(t *testing.T) {
	bubble(t, simnet.Conditions{}, func(t *testing.T, w *simnet.Wire) {
		d := newDuo(t, w, nil, &enet.Config{MTU: 576})
		const most = 24576 * (576 - 28)
		if err := d.c.Send(0, make([]byte, most+1), enet.Reliable); !errors.Is(err, enet.ErrTooLarge) {
			t.Errorf("%d bytes: %v", most+1, err)
		}
		if err := d.c.Send(0, make([]byte, most), enet.Reliable); err != nil {
			t.Errorf("%d bytes: %v", most, err)
		}
		if ev := expect(t, d.server, enet.EventReceive); len(ev.Data()) != most {
			t.Errorf("%d bytes arrived", len(ev.Data()))
		}
	})
}

func TestOnePacketIsAlwaysQueued(t *testing.T) {
	bubble(t, simnet.Conditions{Delay: ms}, func(t *testing.T, w *simnet.Wire) {
		d := newDuo(t, w, nil, &enet.Config{MaxQueuedBytes: 10})
		send(t, d.c, strings.Repeat("x", 5000))
		if err := d.c.Send(0, []byte("y"), enet.Reliable); !errors.Is(err, enet.ErrQueueFull) {
			t.Errorf("beyond the limit: %v", err)
		}
		expect(t, d.server, enet.EventReceive)
		elapse(time.Second)
		send(t, d.c, "y")
		expectData(t, d.server, "y")
	})
}

func TestBroadcastReachesThoseWhoCanTakeIt(t *testing.T) {
	bubble(t, simnet.Conditions{Delay: ms}, func(t *testing.T, w *simnet.Wire) {
		server := on(t, w, serverAddr, nil)
		client := on(t, w, clientAddr, nil)
		for channels := 1; channels <= 3; channels++ {
			if _, err := client.Connect(serverAddr, channels, 0); err != nil {
				t.Fatal(err)
			}
			expect(t, client, enet.EventConnect)
			expect(t, server, enet.EventConnect)
		}
		connect(t, server, nobodyAddr) // is not connected
		if n := server.Broadcast(1, []byte("hello"), enet.Reliable); n != 2 {
			t.Errorf("%d peers took it, want the two with that channel", n)
		}
		for range 2 {
			if ev := expectData(t, client, "hello"); ev.Peer.ChannelCount() < 2 {
				t.Error("received by the one without that channel")
			}
		}
		quiet(t, client, time.Second)
		if n := server.BroadcastPacket(0, enet.Packet{}, 0); n != 0 {
			t.Errorf("%d peers took no packet", n)
		}
	})
}

// A large packet loses its bytes with its last owner, which shows that each
// peer gives up its share exactly once.
func TestASharedPacketIsReleasedOnce(t *testing.T) {
	const size = 50000
	for _, tt := range []struct {
		name  string
		flags enet.Flags
		end   func(p *enet.Peer) // of a receiver that has not acknowledged
	}{
		{"reliable, all receive", enet.Reliable, nil},
		{"unreliable, all receive", enet.UnreliableFragment, nil},
		{"reliable, one disconnects", enet.Reliable, func(p *enet.Peer) { p.Disconnect(0) }},
		{"reliable, one is disconnected now", enet.Reliable, func(p *enet.Peer) { p.DisconnectNow(0) }},
		{"reliable, one is reset", enet.Reliable, (*enet.Peer).Reset},
		{"reliable, one times out", enet.Reliable, func(p *enet.Peer) { p.SetTimeout(1, time.Second, 2*time.Second) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, simnet.Conditions{Delay: ms}, func(t *testing.T, w *simnet.Wire) {
				server := on(t, w, serverAddr, nil)
				var peers []*enet.Peer
				var received atomic.Int32
				for i := range 3 {
					addr := netip.AddrPortFrom(clientAddr.Addr(), uint16(i+1))
					client := on(t, w, addr, &enet.Config{Handler: func(ev enet.Event) {
						if ev.Type == enet.EventReceive && len(ev.Data()) == size {
							received.Add(1)
							ev.Packet.Release()
						}
					}})
					connect(t, client, serverAddr)
					peers = append(peers, expect(t, server, enet.EventConnect).Peer)
				}
				want := int32(3)
				if tt.end != nil {
					want = 2
					w.SetPath(serverAddr, peers[0].RemoteAddr(), simnet.Conditions{Loss: 1})
				}
				pkt := enet.MakePacket(size)
				copy(pkt.Bytes(), "hello")
				for _, p := range peers[:2] {
					if err := p.SendPacket(0, pkt, tt.flags); err != nil {
						t.Fatal(err)
					}
				}
				extra := pkt.Retain()
				if err := peers[2].SendPacket(0, extra, tt.flags); err != nil {
					t.Fatal(err)
				}
				pkt.Release()
				extra.Release()
				if tt.end != nil {
					elapse(500 * ms)
					if len(pkt.Bytes()) != size {
						t.Fatal("the bytes are gone while somebody needs them")
					}
					tt.end(peers[0])
				}
				elapse(20 * time.Second)
				if got := received.Load(); got != want {
					t.Errorf("%d of %d received it", got, want)
				}
				if pkt.Bytes() != nil {
					t.Error("an owner is left")
				}
				defer func() {
					if recover() == nil {
						t.Error("one Release too many does not panic")
					}
				}()
				pkt.Release()
			})
		})
	}
}

func TestARefusedPacketStaysTheCallers(t *testing.T) {
	bubble(t, simnet.Conditions{Delay: ms}, func(t *testing.T, w *simnet.Wire) {
		d := newDuo(t, w, nil, &enet.Config{MaxPacketBytes: 6000})
		pkt := enet.MakePacket(6001)
		for range 3 {
			if err := d.c.SendPacket(0, pkt, 0); !errors.Is(err, enet.ErrTooLarge) {
				t.Fatal(err)
			}
		}
		if len(pkt.Bytes()) != 6001 {
			t.Error("the packet is gone")
		}
		pkt.Release()
	})
}

func TestWaitQueue(t *testing.T) {
	bubble(t, simnet.Conditions{Delay: 50 * ms}, func(t *testing.T, w *simnet.Wire) {
		d := newDuo(t, w, nil, &enet.Config{MaxQueuedPackets: 100})
		ctx := t.Context()
		if err := d.c.WaitQueue(ctx, 0); err != nil {
			t.Fatalf("of an empty queue: %v", err)
		}
		// A transfer that goes on whenever there is room, and is never refused
		// twice.
		const count = 1000
		go func() {
			for i := range count {
				err := d.c.Send(0, fmt.Appendf(nil, "%04d%1000s", i, ""), enet.Reliable)
				if errors.Is(err, enet.ErrQueueFull) {
					if err = d.c.WaitQueue(ctx, 50); err == nil {
						if n := d.c.Stats().QueuedPackets; n > 50 {
							t.Errorf("%d packets wait, want 50 at most", n)
						}
						err = d.c.Send(0, fmt.Appendf(nil, "%04d%1000s", i, ""), enet.Reliable)
					}
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		}()
		for i := range count {
			expectData(t, d.server, fmt.Sprintf("%04d%1000s", i, ""))
		}
		if err := d.c.WaitQueue(ctx, 0); err != nil {
			t.Fatal(err)
		}
		if n := d.c.Stats().QueuedPackets; n != 0 {
			t.Errorf("%d packets wait", n)
		}
	})
}

func TestWaitQueueEndsWithItsContextOrTheConnection(t *testing.T) {
	bubble(t, simnet.Conditions{Delay: 50 * ms}, func(t *testing.T, w *simnet.Wire) {
		d := newDuo(t, w, nil, nil)
		w.SetConditions(simnet.Conditions{Loss: 1})
		send(t, d.c, "never acknowledged")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := d.c.WaitQueue(ctx, 0); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("with a context that ends: %v", err)
		}
		if err := d.c.WaitQueue(t.Context(), 1); err != nil {
			t.Errorf("for what is true already: %v", err)
		}
		if err := d.c.WaitQueue(t.Context(), 0); !errors.Is(err, enet.ErrNotConnected) {
			t.Errorf("until the time-out: %v", err)
		}
		expectEnd(t, d.client, enet.ReasonTimeout, 0)
	})
}

func TestChokeHoldsTheRemoteBack(t *testing.T) {
	bubble(t, simnet.Conditions{Delay: 5 * ms}, func(t *testing.T, w *simnet.Wire) {
		d := newDuo(t, w, nil, nil)
		d.s.Choke(true)
		send(t, d.c, "one")
		send(t, d.c, "two")
		quiet(t, d.server, 2*time.Second)
		if s := d.c.Stats(); s.QueuedPackets != 2 || s.Resent == 0 {
			t.Errorf("%d packets wait, %d were sent again", s.QueuedPackets, s.Resent)
		}
		if d.s.Stats().WaitingFull == 0 {
			t.Error("no refused packet is counted")
		}
		d.s.Choke(false)
		expectData(t, d.server, "one")
		expectData(t, d.server, "two")
	})
}

// A program that takes nothing is protected from a remote that sends on.
func TestWhatIsNotTakenIsBounded(t *testing.T) {
	bubble(t, simnet.Conditions{Delay: 5 * ms}, func(t *testing.T, w *simnet.Wire) {
		d := newDuo(t, w, &enet.Config{MaxWaitingPackets: 50}, nil)
		const count = 200
		for i := range count {
			send(t, d.c, fmt.Sprint(i))
		}
		for i := 0; i < count; {
			elapse(2 * time.Second)
			if n := d.s.Stats().WaitingPackets; n != 50 {
				t.Fatalf("%d packets wait after %d, want 50", n, i)
			}
			for range 50 {
				expectData(t, d.server, fmt.Sprint(i))
				i++
			}
		}
	})
}

func TestValuesOfAPeer(t *testing.T) {
	bubble(t, simnet.Conditions{}, func(t *testing.T, w *simnet.Wire) {
		p := connect(t, on(t, w, clientAddr, nil), nobodyAddr)
		for _, v := range []any{nil, "a name", 7, nil} {
			if p.SetValue(v); p.Value() != v {
				t.Errorf("%v, want %v", p.Value(), v)
			}
		}
	})
}
