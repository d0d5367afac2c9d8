package linktest

import (
	"context"
	"os"
	"runtime"
	"strconv"
	"testing"
	"time"

	"crosspeer"
)

// Cycles lets peers come and go many times, gives dials up at every moment, and
// opens and closes servers, each as a subtest of t: goroutines, open files and
// memory are afterwards what they were. The environment variable LEAK_CYCLES
// asks for more cycles; with -short it is a tenth.
func Cycles(t *testing.T, tr Transport, cycles int) {
	t.Helper()
	if v, err := strconv.Atoi(os.Getenv("LEAK_CYCLES")); err == nil {
		cycles = max(cycles, v)
	} else if testing.Short() {
		cycles = max(cycles/10, 1)
	}
	for _, c := range []struct {
		name string
		run  func(*suite, int)
	}{
		{"joins and leaves", cycleJoins},
		{"dials that are given up", cycleDials},
		{"servers", cycleServers},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(&suite{t, tr.populated()}, cycles) })
	}
}

// open opens a server that nobody but the case uses.
func (s *suite) open() (srv *crosspeer.Peer, dial DialTo) {
	s.Helper()
	listener, dial := s.New(s.TB)
	ctx, cancel := context.WithTimeout(context.Background(), s.Patience)
	defer cancel()
	srv, err := crosspeer.Listen(ctx, nil, listener)
	if err != nil {
		s.Fatal(err)
	}
	return srv, dial
}

// visit lets a client come, be heard, and go; who ends it changes.
func (s *suite) visit(srv *crosspeer.Peer, dial DialTo, i int) {
	s.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), s.Patience)
	defer cancel()
	cli, err := crosspeer.Dial(ctx, nil, dial(srv, 0))
	if err != nil {
		s.Fatal(err)
	}
	defer cli.Close()
	if err := cli.Send(crosspeer.Packet{To: crosspeer.TargetServer, Mode: crosspeer.Reliable, Data: make([]byte, 3000)}); err != nil {
		s.Fatal(err)
	}
	pkt, err := srv.Receive(ctx)
	if err != nil {
		s.Fatal(err)
	}
	switch i % 4 {
	case 0:
		srv.Disconnect(pkt.From, "out")
	case 1:
		srv.DisconnectNow(pkt.From, "out")
	case 2:
		cli.Shutdown(ctx)
	default:
		cli.Close()
	}
	s.drain(srv)
}

// drain takes a server's events until nobody is there.
func (s *suite) drain(srv *crosspeer.Peer) {
	s.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), s.Patience)
	defer cancel()
	for srv.Stats().Peers > 0 || srv.Pending() > 0 {
		if _, err := srv.Next(ctx); err != nil {
			s.Fatalf("%d peers do not leave: %v", srv.Stats().Peers, err)
		}
	}
}

func cycleJoins(s *suite, cycles int) {
	srv, dial := s.open()
	defer srv.Close()
	s.unchanged(cycles, func(i int) { s.visit(srv, dial, i) })
}

// cycleDials gives dials up between their first moment and a few milliseconds
// later, by which some have come through.
func cycleDials(s *suite, cycles int) {
	srv, dial := s.open()
	defer srv.Close()
	nowhere := dial(srv, 0)
	if s.Nowhere != nil {
		nowhere = s.Nowhere(s.TB)
	}
	s.unchanged(cycles, func(i int) {
		to := dial(srv, 0)
		if i%4 == 3 {
			to = nowhere
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Duration(i%16)*250*time.Microsecond)
		defer cancel()
		if cli, err := crosspeer.Dial(ctx, nil, to); err == nil {
			cli.Close()
		}
		s.drain(srv)
	})
	s.visit(srv, dial, 0)
}

func cycleServers(s *suite, cycles int) {
	s.unchanged(2*cycles, func(i int) {
		srv, dial := s.open()
		defer srv.Close()
		if i%4 == 0 {
			s.visit(srv, dial, i)
		}
	})
}

// footprint is what a process holds.
type footprint struct{ goroutines, files, heap int }

// spare is growth of the heap that is no leak: buffers of pools, maps that have
// room for their next keys, and what protocols remember of those who have just
// left.
const spare = 512 << 10

// unchanged runs a cycle until what is made once is made, and then many times
// more, which must leave nothing behind.
func (s *suite) unchanged(cycles int, cycle func(i int)) {
	s.Helper()
	for i := range min(24, cycles) {
		cycle(i)
	}
	before := s.measure(func(footprint) bool { return false }, calmDown)
	for i := range cycles {
		cycle(i)
	}
	after := s.measure(func(now footprint) bool { return now.goroutines <= before.goroutines && now.files <= before.files }, s.Patience)
	s.Logf("%d cycles: before %+v, after %+v", cycles, before, after)
	if after.goroutines > before.goroutines {
		s.Errorf("%d goroutines became %d; these run:\n%s", before.goroutines, after.goroutines, stacks())
	}
	if after.files > before.files {
		s.Errorf("%d open files became %d", before.files, after.files)
	}
	if after.heap > before.heap+before.heap/50+spare {
		s.Errorf("%d bytes of heap became %d", before.heap, after.heap)
	}
}

// calmDown is how long those who have just left may still be at work when it is
// counted what there was before.
const calmDown = 300 * time.Millisecond

// measure counts what is held, once that is little enough or has not become so
// for a while: the least that was seen.
func (s *suite) measure(enough func(footprint) bool, patience time.Duration) footprint {
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	f := footprint{goroutines: 1 << 30, files: 1 << 30}
	for end := time.Now().Add(patience); !enough(f) && time.Now().Before(end); <-look.C {
		f.goroutines = min(f.goroutines, runtime.NumGoroutine())
		entries, _ := os.ReadDir("/proc/self/fd") // none on systems without it
		f.files = min(f.files, len(entries))
	}
	for range 3 { // a pool keeps its content for two collections
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	f.heap = int(m.HeapAlloc)
	return f
}
