package enet_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"crosspeer/enet"
	"crosspeer/internal/simnet"
)

// crowdOn connects n clients with one socket, eight at a time, and takes the
// events of both ends.
func crowdOn(t *testing.T, client, server *enet.Host, n int) {
	t.Helper()
	for done := 0; done < n; done += atOnce {
		for range atOnce {
			connect(t, client, serverAddr)
		}
		for range atOnce {
			expect(t, client, enet.EventConnect)
			expect(t, server, enet.EventConnect)
		}
	}
}

// Everybody is told, also when there are more than a host answers strangers
// at a time.
func TestCloseSaysGoodbyeToEveryone(t *testing.T) {
	const peers = 2000
	bubble(t, simnet.Conditions{Delay: ms}, func(t *testing.T, w *simnet.Wire) {
		server, client := on(t, w, serverAddr, nil), on(t, w, clientAddr, nil)
		crowdOn(t, client, server, peers)
		begun := time.Now()
		if err := server.Close(); err != nil {
			t.Fatal(err)
		}
		for range peers {
			expectEnd(t, client, enet.ReasonRemote, 0)
		}
		if took := time.Since(begun); took > 10*ms {
			t.Errorf("the goodbyes took %v", took)
		}
	})
}

func TestAClosedHostRefusesEverything(t *testing.T) {
	bubble(t, simnet.Conditions{Delay: ms}, func(t *testing.T, w *simnet.Wire) {
		d := newDuo(t, w, nil, nil)
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() { d.client.Close() })
		}
		all.Wait()
		ctx := t.Context()
		_, connectErr := d.client.Connect(serverAddr, 1, 0)
		_, nextErr := d.client.Next(ctx)
		for name, err := range map[string]error{
			"Connect":           connectErr,
			"Next":              nextErr,
			"Send":              d.c.Send(0, nil, 0),
			"Ping":              d.c.Ping(),
			"ConfigureThrottle": d.c.ConfigureThrottle(time.Second, 2, 2),
			"WaitQueue":         d.c.WaitQueue(ctx, 0),
		} {
			if !errors.Is(err, enet.ErrClosed) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if n := d.client.Broadcast(0, []byte("x"), 0); n != 0 {
			t.Errorf("%d peers took a broadcast", n)
		}
		if err := d.client.Shutdown(ctx); err != nil {
			t.Errorf("Shutdown: %v", err)
		}
		if _, ok := d.client.TryNext(); ok || d.c.State() != enet.StateDisconnected || len(d.client.Peers()) != 0 {
			t.Errorf("event %v, state %v, %d peers", ok, d.c.State(), len(d.client.Peers()))
		}
		for range d.client.Events(ctx) {
			t.Error("an event after Close")
		}
		d.c.Disconnect(0)
		d.c.Reset()
		d.c.Choke(true)
		d.client.SetBandwidth(1, 1)
	})
}

func TestEventsAreGivenOutAfterClose(t *testing.T) {
	bubble(t, simnet.Conditions{Delay: ms}, func(t *testing.T, w *simnet.Wire) {
		d := newDuo(t, w, nil, &enet.Config{ReportLocal: true})
		d.client.Close()
		expectEnd(t, d.client, enet.ReasonLocal, 0)
		if _, err := d.client.Next(t.Context()); !errors.Is(err, enet.ErrClosed) {
			t.Errorf("after the last event: %v", err)
		}
	})
}

func TestCloseEndsWaitingCalls(t *testing.T) {
	bubble(t, simnet.Conditions{Delay: ms}, func(t *testing.T, w *simnet.Wire) {
		d := newDuo(t, w, nil, nil)
		w.SetConditions(simnet.Conditions{Loss: 1})
		send(t, d.c, "never acknowledged")
		errs := make(chan error)
		go func() { _, err := d.client.Next(t.Context()); errs <- err }()
		go func() { errs <- d.c.WaitQueue(t.Context(), 0) }()
		elapse(time.Second)
		d.client.Close()
		for range 2 {
			if err := await(t, errs, "a call to return"); !errors.Is(err, enet.ErrClosed) {
				t.Error(err)
			}
		}
	})
}

func TestShutdownWaitsForDelivery(t *testing.T) {
	bubble(t, simnet.Conditions{Delay: 50 * ms, Loss: 0.2}, func(t *testing.T, w *simnet.Wire) {
		d := newDuo(t, w, nil, nil)
		const count = 300
		for i := range count {
			send(t, d.s, fmt.Sprintf("%04d%1000s", i, ""))
		}
		// Somebody who has said DisconnectLater already is no exception.
		d.s.DisconnectLater(8)
		connect(t, d.server, nobodyAddr) // and nobody waits for an attempt
		begun := time.Now()
		if err := d.server.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begun); took < 100*ms || took > 20*time.Second {
			t.Errorf("took %v", took)
		}
		for i := range count {
			expectData(t, d.client, fmt.Sprintf("%04d%1000s", i, ""))
		}
		expectEnd(t, d.client, enet.ReasonRemote, 8)
	})
}

func TestShutdownEndsWithItsContext(t *testing.T) {
	bubble(t, simnet.Conditions{Delay: 50 * ms}, func(t *testing.T, w *simnet.Wire) {
		d := newDuo(t, w, nil, nil)
		send(t, d.s, "hello")
		w.SetPath(clientAddr, serverAddr, simnet.Conditions{Loss: 1})
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		begun := time.Now()
		if err := d.server.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
		if took := time.Since(begun); took != 2*time.Second {
			t.Errorf("took %v", took)
		}
		// It has come to Close, which says goodbye.
		expectData(t, d.client, "hello")
		expectEnd(t, d.client, enet.ReasonRemote, 0)
	})
}

func TestShutdownLetsNobodyIn(t *testing.T) {
	bubble(t, simnet.Conditions{Delay: 50 * ms}, func(t *testing.T, w *simnet.Wire) {
		d := newDuo(t, w, &enet.Config{RejectData: 3}, nil)
		w.SetPath(clientAddr, serverAddr, simnet.Conditions{Loss: 1})
		send(t, d.s, "to somebody who does not answer for a while")
		early := on(t, w, netip.MustParseAddrPort("10.0.0.4:1"), nil)
		late := on(t, w, netip.MustParseAddrPort("10.0.0.5:1"), nil)
		// The server knows of this handshake when it shuts down, and has not
		// yet got its last datagram.
		connect(t, early, serverAddr)
		elapse(120 * ms)
		down := make(chan error)
		go func() { down <- d.server.Shutdown(context.Background()) }()
		expect(t, early, enet.EventConnect)
		expectEnd(t, early, enet.ReasonRemote, 0)
		connect(t, late, serverAddr)
		expectEnd(t, late, enet.ReasonRefused, 3)
		w.ClearPath(clientAddr, serverAddr)
		if err := await(t, down, "the end of Shutdown"); err != nil {
			t.Error(err)
		}
	})
}

// deadConn is a PacketConn whose reads fail from a moment on.
type deadConn struct {
	net.PacketConn
	mu  sync.Mutex
	err error
	n   int // failed reads
}

func (c *deadConn) ReadFrom(b []byte) (int, net.Addr, error) {
	n, from, err := c.PacketConn.ReadFrom(b)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		c.n++
		return 0, nil, c.err
	}
	return n, from, err
}

func (c *deadConn) fail(err error) {
	c.mu.Lock()
	c.err = err
	c.mu.Unlock()
	c.SetReadDeadline(time.Unix(1, 0))
}

func TestASocketThatIsClosedUnderTheHostEndsIt(t *testing.T) {
	for name, end := range map[string]func(*deadConn){
		"closed":                       func(c *deadConn) { c.Close() },
		"end of file":                  func(c *deadConn) { c.fail(io.EOF) },
		"pipe closed, wrapped in text": func(c *deadConn) { c.fail(fmt.Errorf("read: %w", io.ErrClosedPipe)) },
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, simnet.Conditions{Delay: ms}, func(t *testing.T, w *simnet.Wire) {
				inner, err := w.Listen(clientAddr)
				if err != nil {
					t.Fatal(err)
				}
				conn := &deadConn{PacketConn: inner}
				server := on(t, w, serverAddr, nil)
				client, err := enet.NewHost(conn, &enet.Config{ReportLocal: true})
				if err != nil {
					t.Fatal(err)
				}
				p := connect(t, client, serverAddr)
				expect(t, client, enet.EventConnect)
				expect(t, server, enet.EventConnect)
				end(conn)
				expectEnd(t, client, enet.ReasonLocal, 0)
				if _, err := client.Next(t.Context()); !errors.Is(err, enet.ErrClosed) {
					t.Errorf("Next: %v", err)
				}
				if err := p.Send(0, nil, 0); !errors.Is(err, enet.ErrClosed) || p.State() != enet.StateDisconnected {
					t.Errorf("Send: %v, state %v", err, p.State())
				}
				client.Close()
				expectEnd(t, server, enet.ReasonTimeout, 0) // nobody could tell
			})
		})
	}
}

func TestASocketThatFailsForAWhileIsTriedAgain(t *testing.T) {
	bubble(t, simnet.Conditions{Delay: ms}, func(t *testing.T, w *simnet.Wire) {
		inner, err := w.Listen(clientAddr)
		if err != nil {
			t.Fatal(err)
		}
		conn := &deadConn{PacketConn: inner}
		server := on(t, w, serverAddr, nil)
		client, err := enet.NewHost(conn, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { client.Close() })
		p := connect(t, client, serverAddr)
		expect(t, client, enet.EventConnect)
		expect(t, server, enet.EventConnect)
		conn.fail(errors.New("network is down"))
		elapse(2 * time.Second)
		conn.mu.Lock()
		tried := conn.n
		conn.err = nil
		conn.mu.Unlock()
		if tried < 10 || tried > 100 {
			t.Errorf("%d reads in 2 s, want about one in 100 ms", tried)
		}
		if got := client.Stats().ReadErrors; got < uint64(tried) {
			t.Errorf("%d of %d read errors counted", got, tried)
		}
		send(t, p, "back again")
		expectData(t, server, "back again")
	})
}
