package linktest

import (
	"context"
	"runtime"
	"sync"

	"crosspeer"
)

// raceAll has everybody do everything at once. It is for the race detector,
// for deadlocks and for what is left afterwards.
func raceAll(s *suite) {
	const clients, sends = 5, 150
	r := s.newRoom(nil, clients)
	stop, cancel := context.WithCancel(context.Background())
	var readers, work sync.WaitGroup
	for _, m := range r.all() {
		readers.Go(func() {
			for range m.Events(stop) {
			}
		})
		for _, mode := range modes {
			work.Go(func() {
				for i := range sends {
					m.Send(crosspeer.Packet{Mode: mode, Data: pattern(i, i)}) // fails when it has gone
					m.Stats()
					m.PeerInfo(crosspeer.TargetServer)
				}
			})
		}
	}
	for i, c := range r.clients[1:] { // the first one stays
		work.Go(func() {
			for range 30 {
				c.Send(crosspeer.Packet{To: r.clients[0].id, Mode: crosspeer.Reliable, Data: []byte("30")})
			}
			switch i % 3 {
			case 0:
				r.srv.Disconnect(c.id, "in order")
				r.srv.DisconnectNow(c.id, "now")
			case 1:
				c.Close()
			case 2:
				r.srv.DisconnectNow(c.id, "now")
				c.Close()
			}
		})
	}
	s.in("senders, leavers and kickers", func(context.Context) error { work.Wait(); return nil })
	s.eventually("only one client is left", "call Port.Detach whatever ended the connection", func() bool {
		return r.srv.Stats().Peers == 1
	})
	r.clients[0].reliable(crosspeer.TargetServer, "still here")
	s.in("two Closes at once", func(context.Context) error {
		var closes sync.WaitGroup
		closes.Go(func() { r.srv.Close() })
		r.srv.Close()
		closes.Wait()
		return nil
	})
	cancel()
	s.in("readers", func(context.Context) error { readers.Wait(); return nil })
}

func raceGoroutines(s *suite) {
	start := runtime.NumGoroutine()
	r := s.newRoom(nil, 1)
	r.intact()
	before := runtime.NumGoroutine()
	const joins = 100
	for i := range joins {
		c := r.join(nil, 0)
		r.left(c)
		switch i % 4 {
		case 0:
			c.close()
		case 1:
			s.in("Shutdown", c.Shutdown)
		case 2:
			s.in("Disconnect", func(context.Context) error { return r.srv.Disconnect(c.id, "out") })
			c.lost()
			c.close()
		case 3:
			s.in("DisconnectNow", func(context.Context) error { return r.srv.DisconnectNow(c.id, "out") })
			c.lost()
			c.close()
		}
		r.srv.disconnected(c.id)
		r.clients[0].disconnected(c.id)
	}
	s.quiet(before+joins/10, "100 joins and leaves") // some start late
	r.clients[0].close()
	r.srv.close()
	s.quiet(start, "Close of all")
}

// quiet waits until there are no more than n goroutines.
func (s *suite) quiet(n int, after string) {
	s.Helper()
	if !s.becomes(func() bool { return runtime.NumGoroutine() <= n }) {
		s.Fatalf("%d goroutines after %s, want at most %d\n"+
			"transport: Transport.Close and the end of a link must end their goroutines; these run:\n%s",
			runtime.NumGoroutine(), after, n, stacks())
	}
}

// stacks are the goroutines that run.
func stacks() string {
	buf := make([]byte, 1<<16)
	return string(buf[:runtime.Stack(buf, true)])
}

func statsAddUp(s *suite) {
	r := s.newRoom(nil, 3)
	const n = 40
	srv := r.srv
	send := func(from *member, to crosspeer.PeerID) {
		for range n {
			from.reliable(to, "x")
		}
	}
	c1, c2, c3 := r.clients[0], r.clients[1], r.clients[2]
	send(c1, 0)       // srv, c2, c3
	send(c1, 1)       // srv
	send(c1, -1)      // c2, c3
	send(c2, c3.id)   // c3
	send(c2, -c3.id)  // srv, c1
	send(srv, 0)      // c1, c2, c3
	send(srv, -c1.id) // c2, c3
	send(srv, c1.id)  // c1
	want := map[*member]crosspeer.Stats{
		srv: {Peers: 3, Sent: 3 * n, Received: 3 * n, Relayed: 4 * n},
		c1:  {Peers: 3, Sent: 3 * n, Received: 3 * n},
		c2:  {Peers: 3, Sent: 2 * n, Received: 4 * n},
		c3:  {Peers: 3, Received: 5 * n},
	}
	for m, w := range want {
		for range w.Received {
			m.packet()
		}
		if !s.becomes(func() bool { return m.Stats() == w }) {
			s.Fatalf("Stats of %s:\n%+v, want\n%+v\ntransport: is every frame delivered once?", m.name, m.Stats(), w)
		}
	}
	for _, m := range r.all() {
		s.eventually("nothing is queued any more", "see Link.Stats: QueuedPackets and QueuedBytes", m.idle)
	}
}

// idle says whether nothing waits to be delivered.
func (m *member) idle() bool {
	for _, id := range m.Peers() {
		if info, err := m.PeerInfo(id); err == nil && (info.QueuedPackets != 0 || info.QueuedBytes != 0) {
			return false
		}
	}
	return true
}
