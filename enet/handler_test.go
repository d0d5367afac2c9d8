package enet_test

import (
	"fmt"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"crosspeer/enet"
	"crosspeer/internal/simnet"
)

// goroutine gives the number of the calling goroutine.
func goroutine() string {
	var b [64]byte
	fields := strings.Fields(string(b[:runtime.Stack(b[:], false)]))
	return fields[1]
}

func TestTheHandlerGetsAllEventsInOrderOnOneGoroutine(t *testing.T) {
	bubble(t, simnet.Conditions{Delay: 20 * ms, Loss: 0.1, Jitter: 10 * ms}, func(t *testing.T, w *simnet.Wire) {
		var log []string
		on1 := map[string]bool{}
		server := on(t, w, serverAddr, &enet.Config{Handler: func(ev enet.Event) {
			on1[goroutine()] = true
			log = append(log, fmt.Sprint(ev.Type, " ", string(ev.Data())))
		}})
		client := on(t, w, clientAddr, nil)
		p := connect(t, client, serverAddr)
		expect(t, client, enet.EventConnect)
		want := []string{"connect "}
		for i := range 100 {
			send(t, p, fmt.Sprint(i))
			want = append(want, fmt.Sprint("receive ", i))
		}
		p.DisconnectLater(0)
		expectEnd(t, client, enet.ReasonLocal, 0)
		elapse(time.Second)
		if want = append(want, "disconnect "); !slices.Equal(log, want) {
			t.Errorf("%d events %q, want %d", len(log), log, len(want))
		}
		if len(on1) != 1 || on1[goroutine()] {
			t.Errorf("on goroutines %v", on1)
		}
		if _, ok := server.TryNext(); ok {
			t.Error("an event is left for Next")
		}
	})
}

// What a handler sends leaves with the next datagrams, without another event.
func TestAHandlerMayUseTheHost(t *testing.T) {
	bubble(t, simnet.Conditions{Delay: 10 * ms}, func(t *testing.T, w *simnet.Wire) {
		var server *enet.Host
		server = on(t, w, serverAddr, &enet.Config{Handler: func(ev enet.Event) {
			if ev.Type != enet.EventReceive {
				return
			}
			ev.Peer.Send(1, ev.Data(), enet.Reliable)
			server.Broadcast(0, []byte("to all"), enet.Reliable)
			server.Stats()
			server.Peers()
			ev.Peer.Stats()
			ev.Peer.SetPingInterval(time.Second)
			ev.Peer.Choke(false)
			if err := ev.Peer.Ping(); err != nil {
				t.Error(err)
			}
			if err := ev.Peer.ConfigureThrottle(time.Second, 2, 2); err != nil {
				t.Error(err)
			}
			ev.Peer.DisconnectLater(9)
		}})
		client := on(t, w, clientAddr, nil)
		p := connect(t, client, serverAddr)
		expect(t, client, enet.EventConnect)
		begun := time.Now()
		send(t, p, "echo")
		if ev := expectData(t, client, "echo"); ev.Channel != 1 {
			t.Errorf("on channel %d", ev.Channel)
		}
		expectData(t, client, "to all")
		if took := time.Since(begun); took > 25*ms {
			t.Errorf("the answers took %v, want one round trip", took)
		}
		expectEnd(t, client, enet.ReasonRemote, 9)
	})
}

// A peer that the handler has just disconnected gives it nothing more, though
// other packets arrived with the one that annoyed it.
func TestWhatAHandlerEndsIsOverAtOnce(t *testing.T) {
	for name, end := range map[string]func(*enet.Peer){
		"Disconnect":    func(p *enet.Peer) { p.Disconnect(0) },
		"DisconnectNow": func(p *enet.Peer) { p.DisconnectNow(0) },
		"Reset":         (*enet.Peer).Reset,
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, simnet.Conditions{Delay: 10 * ms}, func(t *testing.T, w *simnet.Wire) {
				received := 0
				on(t, w, serverAddr, &enet.Config{Handler: func(ev enet.Event) {
					if ev.Type == enet.EventReceive {
						received++
						end(ev.Peer)
					}
				}})
				client := on(t, w, clientAddr, nil)
				p := connect(t, client, serverAddr)
				expect(t, client, enet.EventConnect)
				for range 20 {
					send(t, p, "together")
				}
				expect(t, client, enet.EventDisconnect)
				if received != 1 {
					t.Errorf("%d packets were received after the end", received-1)
				}
			})
		})
	}
}

// A time-out comes out of sending, not out of a datagram; and what it causes
// comes out at once.
func TestTheHandlerHearsOfTimeouts(t *testing.T) {
	bubble(t, simnet.Conditions{}, func(t *testing.T, w *simnet.Wire) {
		var at time.Duration
		begun := time.Now()
		var client *enet.Host
		client = on(t, w, clientAddr, &enet.Config{ReportLocal: true, Handler: func(ev enet.Event) {
			if ev.Reason == enet.ReasonNoReply {
				at = time.Since(begun)
				p, _ := client.Connect(nobodyAddr, 1, 0)
				p.Reset() // an event from within
			}
		}})
		connect(t, client, nobodyAddr)
		elapse(time.Minute)
		if at < 31500*ms || at > 31600*ms {
			t.Errorf("after %v, want 31.5 s", at)
		}
	})
}

// A handler that is slow now and then costs its own time only: the
// acknowledgements that wait in the socket meanwhile are seen before anything
// is sent again, and what it has sent itself has its whole time-out before it.
func TestASlowHandlerCausesNoRetransmissions(t *testing.T) {
	bubble(t, simnet.Conditions{Delay: 5 * ms}, func(t *testing.T, w *simnet.Wire) {
		server := on(t, w, serverAddr, &enet.Config{Handler: func(ev enet.Event) {
			if ev.Type == enet.EventReceive {
				ev.Peer.Send(0, []byte("answer"), enet.Reliable)
				if d, err := time.ParseDuration(string(ev.Data())); err == nil {
					<-time.After(d)
				}
			}
		}})
		one := on(t, w, clientAddr, nil)
		two := on(t, w, netip.MustParseAddrPort("10.0.0.4:1"), nil)
		p, q := connect(t, one, serverAddr), connect(t, two, serverAddr)
		expect(t, one, enet.EventConnect)
		expect(t, two, enet.EventConnect)
		ask := func(h *enet.Host, p *enet.Peer) {
			send(t, p, "question")
			expectData(t, h, "answer")
		}
		for range 50 { // then the server is sure of the round-trip times
			ask(one, p)
			ask(two, q)
		}
		resent := func() (n uint64) {
			for _, s := range server.Peers() {
				n += s.Stats().Resent
			}
			return n
		}
		for _, d := range []time.Duration{5 * ms, 50 * ms, 90 * ms, 300 * ms} {
			before := resent()
			send(t, p, "question")
			elapse(3 * ms)
			send(t, q, d.String()) // is handled before the first answer is acknowledged
			expectData(t, one, "answer")
			expectData(t, two, "answer")
			elapse(time.Second)
			if n := resent() - before; n > 0 {
				t.Errorf("%v: %d commands were sent again by a server that lost nothing", d, n)
			}
		}
	})
}
