package enet_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"crosspeer/enet"
	"crosspeer/internal/simnet"
)

func TestNextOfACancelledContextLosesNothing(t *testing.T) {
	bubble(t, simnet.Conditions{Delay: ms}, func(t *testing.T, w *simnet.Wire) {
		d := newDuo(t, w, nil, nil)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for i := range 10 {
			send(t, d.c, fmt.Sprint(i))
			if i%2 == 1 {
				elapse(time.Second) // the event is there already
			}
			if _, err := d.server.Next(ctx); !errors.Is(err, context.Canceled) {
				t.Fatalf("Next: %v", err)
			}
		}
		// A wait that ends by its context while the event arrives.
		for i := range 10 {
			expectData(t, d.server, fmt.Sprint(i))
		}
		for i := range 100 {
			send(t, d.c, fmt.Sprint(i))
			ctx, cancel := context.WithTimeout(t.Context(), ms)
			ev, err := d.server.Next(ctx)
			cancel()
			if err != nil {
				ev = expect(t, d.server, enet.EventReceive)
			}
			if string(ev.Data()) != fmt.Sprint(i) {
				t.Fatalf("received %q, want %d", ev.Data(), i)
			}
		}
	})
}

func TestSeveralReadersShareTheEvents(t *testing.T) {
	bubble(t, simnet.Conditions{Delay: ms}, func(t *testing.T, w *simnet.Wire) {
		d := newDuo(t, w, nil, nil)
		const readers, count = 8, 1000
		var (
			mu   sync.Mutex
			seen = map[string]int{}
			all  sync.WaitGroup
		)
		ctx, cancel := context.WithCancel(t.Context())
		for range readers {
			all.Go(func() {
				for {
					ev, err := d.server.Next(ctx)
					if err != nil {
						return
					}
					mu.Lock()
					seen[string(ev.Data())]++
					mu.Unlock()
				}
			})
		}
		for i := range count {
			send(t, d.c, fmt.Sprint(i))
		}
		elapse(5 * time.Second)
		cancel()
		all.Wait()
		if len(seen) != count {
			t.Errorf("%d of %d messages were received", len(seen), count)
		}
		for m, n := range seen {
			if n != 1 {
				t.Errorf("message %s was given out %d times", m, n)
			}
		}
	})
}

// Every reader that waits is woken when as many events arrive together.
func TestEventsThatArriveTogetherWakeAllReaders(t *testing.T) {
	bubble(t, simnet.Conditions{Delay: ms}, func(t *testing.T, w *simnet.Wire) {
		d := newDuo(t, w, nil, nil)
		const readers = 10
		got := make(chan string, readers)
		for range readers {
			go func() {
				if ev, err := d.server.Next(t.Context()); err == nil {
					got <- string(ev.Data())
				}
			}()
		}
		synctest.Wait()
		for i := range readers {
			send(t, d.c, fmt.Sprint(i))
		}
		for range readers {
			await(t, got, "a reader")
		}
	})
}

func TestTryNextDoesNotWait(t *testing.T) {
	bubble(t, simnet.Conditions{Delay: ms}, func(t *testing.T, w *simnet.Wire) {
		d := newDuo(t, w, nil, nil)
		if ev, ok := d.server.TryNext(); ok {
			t.Fatalf("event %v", ev.Type)
		}
		send(t, d.c, "hello")
		if _, ok := d.server.TryNext(); ok {
			t.Fatal("an event before it can have arrived")
		}
		elapse(time.Second)
		if ev, ok := d.server.TryNext(); !ok || string(ev.Data()) != "hello" {
			t.Fatalf("event %v: %q", ok, ev.Data())
		}
	})
}

func TestEventsEndWithTheLoopItsContextOrTheHost(t *testing.T) {
	bubble(t, simnet.Conditions{Delay: ms}, func(t *testing.T, w *simnet.Wire) {
		d := newDuo(t, w, nil, nil)
		for range 3 {
			send(t, d.c, "x")
		}
		elapse(time.Second)
		for ev := range d.server.Events(t.Context()) {
			if ev.Type != enet.EventReceive {
				t.Fatal(ev.Type)
			}
			break
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		n := 0
		for range d.server.Events(ctx) {
			n++
			cancel() // there is one more
		}
		if n != 1 {
			t.Errorf("%d events with a context that ended at the first", n)
		}
		expectData(t, d.server, "x") // and it was not lost
		done := make(chan struct{})
		go func() {
			defer close(done)
			for range d.server.Events(t.Context()) {
				t.Error("an event of nothing")
			}
		}()
		synctest.Wait()
		d.server.Close()
		await(t, done, "Events to end")
	})
}

func TestTheEventsOfAPeerComeInOrder(t *testing.T) {
	bubble(t, simnet.Conditions{Delay: 20 * ms, Jitter: 15 * ms, Loss: 0.1}, func(t *testing.T, w *simnet.Wire) {
		server := on(t, w, serverAddr, nil)
		client := on(t, w, clientAddr, nil)
		const rounds, messages = 20, 5
		go func() {
			for range rounds {
				p, _ := client.Connect(serverAddr, 1, 0)
				client.Next(t.Context())
				for i := range messages {
					p.Send(0, []byte{byte(i)}, enet.Reliable)
				}
				p.DisconnectLater(0)
				client.Next(t.Context())
			}
		}()
		next := map[*enet.Peer]int{}
		for range rounds * (messages + 2) {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			ev, err := server.Next(ctx)
			cancel()
			if err != nil {
				t.Fatal(err)
			}
			at := next[ev.Peer]
			next[ev.Peer]++
			switch {
			case at == 0 && ev.Type == enet.EventConnect:
			case at > 0 && at <= messages && ev.Type == enet.EventReceive && ev.Data()[0] == byte(at-1):
			case at == messages+1 && ev.Type == enet.EventDisconnect && ev.Reason == enet.ReasonRemote:
			default:
				t.Fatalf("event %d of a peer is %v (%v)", at, ev.Type, ev.Reason)
			}
		}
		if len(next) != rounds {
			t.Errorf("%d peers, want %d", len(next), rounds)
		}
	})
}

func TestNamesOfEventsStatesAndReasons(t *testing.T) {
	for want, got := range map[string]fmt.Stringer{
		"connect":                           enet.EventConnect,
		"receive":                           enet.EventReceive,
		"disconnect":                        enet.EventDisconnect,
		"none":                              enet.EventType(0),
		"DISCONNECTED":                      enet.StateDisconnected,
		"CONNECTING":                        enet.StateConnecting,
		"CONNECTED":                         enet.StateConnected,
		"DISCONNECT_LATER":                  enet.StateDisconnectLater,
		"DISCONNECTING":                     enet.StateDisconnecting,
		"ACKNOWLEDGING_DISCONNECT":          enet.StateAcknowledgingDisconnect,
		"disconnected by the remote":        enet.ReasonRemote,
		"disconnected by this side":         enet.ReasonLocal,
		"timeout":                           enet.ReasonTimeout,
		"no reply":                          enet.ReasonNoReply,
		"refused by the remote":             enet.ReasonRefused,
		"unfitting answer to the handshake": enet.ReasonHandshake,
		"reason 99":                         enet.Reason(99),
	} {
		if got.String() != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	for want, e := range map[string]*enet.DisconnectError{
		"enet: timeout (nothing acknowledged for 5.2 s)": {Reason: enet.ReasonTimeout, Silent: 5200 * ms},
		"enet: disconnected by the remote (data 7)":      {Reason: enet.ReasonRemote, Data: 7},
		"enet: disconnected by this side":                {Reason: enet.ReasonLocal},
	} {
		if e.Error() != want {
			t.Errorf("%q, want %q", e.Error(), want)
		}
	}
}
