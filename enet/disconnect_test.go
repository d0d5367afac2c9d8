package enet_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"crosspeer/enet"
	"crosspeer/internal/simnet"
)

func TestDisconnectDropsWhatIsQueuedAndTellsTheRemote(t *testing.T) {
	bubble(t, simnet.Conditions{Delay: 20 * ms}, func(t *testing.T, w *simnet.Wire) {
		d := newDuo(t, w, nil, nil)
		for range 200 { // more than the window lets out at once
			send(t, d.c, string(make([]byte, 1000)))
		}
		d.c.Disconnect(5)
		if got := d.c.State(); got != enet.StateDisconnecting {
			t.Errorf("state %v", got)
		}
		if err := d.c.Send(0, nil, enet.Reliable); !errors.Is(err, enet.ErrNotConnected) {
			t.Errorf("sending: %v", err)
		}
		expectEnd(t, d.client, enet.ReasonLocal, 0)
		elapse(time.Second)
		received := 0
		ev, _ := d.server.TryNext()
		for ; ev.Type == enet.EventReceive; ev, _ = d.server.TryNext() {
			received++
		}
		if received == 200 || ev.Type != enet.EventDisconnect || ev.Reason != enet.ReasonRemote || ev.DisconnectData != 5 {
			t.Errorf("after %d packets: %v, %v, data %d", received, ev.Type, ev.Reason, ev.DisconnectData)
		}
		if d.c.State() != enet.StateDisconnected || d.s.State() != enet.StateDisconnected {
			t.Errorf("states %v and %v", d.c.State(), d.s.State())
		}
		if n := len(d.client.Peers()) + len(d.server.Peers()); n != 0 {
			t.Errorf("%d peers are left", n)
		}
	})
}

func TestDisconnectLaterDeliversWhatIsQueued(t *testing.T) {
	bubble(t, simnet.Conditions{Delay: 20 * ms, Loss: 0.1}, func(t *testing.T, w *simnet.Wire) {
		d := newDuo(t, w, nil, nil)
		const count = 200
		for i := range count {
			send(t, d.c, fmt.Sprintf("%04d%1000s", i, ""))
		}
		d.c.DisconnectLater(6)
		d.c.DisconnectLater(7) // asks for the same, with other data
		if got := d.c.State(); got != enet.StateDisconnectLater {
			t.Errorf("state %v", got)
		}
		if err := d.c.Send(0, nil, enet.Reliable); !errors.Is(err, enet.ErrNotConnected) {
			t.Errorf("sending: %v", err)
		}
		for i := range count {
			expectData(t, d.server, fmt.Sprintf("%04d%1000s", i, ""))
		}
		expectEnd(t, d.server, enet.ReasonRemote, 7)
		expectEnd(t, d.client, enet.ReasonLocal, 0)
	})
}

func TestDisconnectNowAndResetForgetAtOnce(t *testing.T) {
	for _, report := range []bool{false, true} {
		t.Run(fmt.Sprintf("ReportLocal=%v", report), func(t *testing.T) {
			forget := func(t *testing.T, end func(*enet.Peer), reason enet.Reason, data uint32) {
				bubble(t, simnet.Conditions{Delay: 20 * ms}, func(t *testing.T, w *simnet.Wire) {
					d := newDuo(t, w, nil, &enet.Config{ReportLocal: report})
					end(d.c)
					if d.c.State() != enet.StateDisconnected || len(d.client.Peers()) != 0 {
						t.Errorf("state %v, %d peers", d.c.State(), len(d.client.Peers()))
					}
					if report {
						if ev := expectEnd(t, d.client, enet.ReasonLocal, 0); ev.Peer != d.c {
							t.Error("the event is of another peer")
						}
					}
					end(d.c) // is over already
					expectEnd(t, d.server, reason, data)
					quiet(t, d.client, time.Second)
				})
			}
			t.Run("DisconnectNow", func(t *testing.T) {
				forget(t, func(p *enet.Peer) { p.DisconnectNow(3) }, enet.ReasonRemote, 3)
			})
			t.Run("Reset", func(t *testing.T) {
				forget(t, (*enet.Peer).Reset, enet.ReasonTimeout, 0)
			})
		})
	}
}

func TestEndingAConnectionThatIsBeingMade(t *testing.T) {
	for name, end := range map[string]func(*enet.Peer){
		"Disconnect":      func(p *enet.Peer) { p.Disconnect(1) },
		"DisconnectLater": func(p *enet.Peer) { p.DisconnectLater(1) },
		"DisconnectNow":   func(p *enet.Peer) { p.DisconnectNow(1) },
		"Reset":           (*enet.Peer).Reset,
	} {
		for _, report := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/ReportLocal=%v", name, report), func(t *testing.T) {
				bubble(t, simnet.Conditions{Delay: 20 * ms}, func(t *testing.T, w *simnet.Wire) {
					client := on(t, w, clientAddr, &enet.Config{ReportLocal: report})
					p := connect(t, client, nobodyAddr)
					end(p)
					if p.State() != enet.StateDisconnected {
						t.Errorf("state %v", p.State())
					}
					if report {
						expectEnd(t, client, enet.ReasonLocal, 0)
					}
					quiet(t, client, time.Minute)
				})
			})
		}
	}
}

func TestBothDisconnectAtOnce(t *testing.T) {
	bubble(t, simnet.Conditions{Delay: 20 * ms}, func(t *testing.T, w *simnet.Wire) {
		d := newDuo(t, w, nil, nil)
		d.c.Disconnect(1)
		d.s.Disconnect(2)
		expectEnd(t, d.client, enet.ReasonRemote, 2)
		expectEnd(t, d.server, enet.ReasonRemote, 1)
	})
}

func TestDisconnectOfASilentRemoteEnds(t *testing.T) {
	bubble(t, simnet.Conditions{Delay: 20 * ms}, func(t *testing.T, w *simnet.Wire) {
		d := newDuo(t, w, nil, nil)
		w.SetConditions(simnet.Conditions{Loss: 1})
		d.c.SetTimeout(1, time.Second, 2*time.Second)
		d.c.Disconnect(1)
		expectEnd(t, d.client, enet.ReasonTimeout, 0)
	})
}

// The remote's last words come before its goodbye, also when they arrive
// together and the program is late. ENet protocol, disconnecting.
func TestPacketsBeforeTheGoodbyeAreDelivered(t *testing.T) {
	bubble(t, simnet.Conditions{Delay: 20 * ms}, func(t *testing.T, w *simnet.Wire) {
		d := newDuo(t, w, nil, nil)
		send(t, d.c, "one")
		send(t, d.c, "two")
		d.c.DisconnectLater(4)
		expectEnd(t, d.client, enet.ReasonLocal, 0)
		expectData(t, d.server, "one")
		expectData(t, d.server, "two")
		expectEnd(t, d.server, enet.ReasonRemote, 4)
	})
}

func TestWhatWasReceivedIsDroppedByOwnDisconnect(t *testing.T) {
	bubble(t, simnet.Conditions{Delay: 20 * ms}, func(t *testing.T, w *simnet.Wire) {
		d := newDuo(t, w, nil, nil)
		send(t, d.c, "unread")
		elapse(time.Second)
		d.s.Disconnect(1)
		expectEnd(t, d.server, enet.ReasonLocal, 0)
		expectEnd(t, d.client, enet.ReasonRemote, 1)
	})
}

// An end that waits can be overtaken by one that does not, before its first
// datagram has left or when that was lost.
func TestDisconnectNowTellsAlsoAfterAnEndThatWaits(t *testing.T) {
	for name, first := range map[string]func(*enet.Peer){
		"Disconnect":      func(p *enet.Peer) { p.Disconnect(7) },
		"DisconnectLater": func(p *enet.Peer) { p.DisconnectLater(7) },
	} {
		for _, lost := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, its datagram lost: %v", name, lost), func(t *testing.T) {
				bubble(t, simnet.Conditions{Delay: 20 * ms}, func(t *testing.T, w *simnet.Wire) {
					d := newDuo(t, w, nil, nil)
					elapse(time.Second)
					if lost {
						w.SetConditions(simnet.Conditions{Loss: 1})
					}
					first(d.c)
					if lost {
						elapse(10 * ms)
						w.SetConditions(simnet.Conditions{Delay: 20 * ms})
					}
					d.c.DisconnectNow(8)
					elapse(100 * ms)
					expectEnd(t, d.server, enet.ReasonRemote, 7)
				})
			})
		}
	}
}

func TestDisconnectThenCloseTellsTheRemote(t *testing.T) {
	bubble(t, simnet.Conditions{Delay: 20 * ms}, func(t *testing.T, w *simnet.Wire) {
		d := newDuo(t, w, nil, nil)
		elapse(time.Second)
		d.s.Disconnect(7)
		d.server.Close()
		elapse(100 * ms)
		expectEnd(t, d.client, enet.ReasonRemote, 7)
	})
}
