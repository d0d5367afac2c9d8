package server

import (
	"context"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"crosspeer"
	"crosspeer/link/enetlink"
	"crosspeer/link/wslink"
)

// footprint is what a process holds.
type footprint struct {
	goroutines, files int
	heap              uint64
}

// measure counts it, once there are no more goroutines than expected or it has
// not become so for a while: the least that was seen.
func measure(expected int, patience time.Duration) footprint {
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	f := footprint{goroutines: 1 << 30, files: 1 << 30}
	for end := time.Now().Add(patience); f.goroutines > expected && time.Now().Before(end); <-look.C {
		f.goroutines = min(f.goroutines, runtime.NumGoroutine())
		entries, _ := os.ReadDir("/proc/self/fd") // none on systems without it
		f.files = min(f.files, len(entries))
	}
	for range 3 { // a pool keeps its content for two collections
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	f.heap = m.HeapAlloc
	return f
}

// TestNothingIsLeft starts and stops whole servers in one process, with all
// transports, and visitors in some. LEAK_CYCLES=n asks for more than 100.
func TestNothingIsLeft(t *testing.T) {
	cycles := 100
	if v, err := strconv.Atoi(os.Getenv("LEAK_CYCLES")); err == nil {
		cycles = max(cycles, v)
	} else if testing.Short() {
		cycles = 10
	}
	cycle := func(i int) {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		s, err := Start(ctx, Config{ENet: "127.0.0.1:0", HTTP: "127.0.0.1:0", RTC: "127.0.0.1:0", TURN: "127.0.0.1:0"})
		if err != nil {
			t.Fatal(err)
		}
		var running sync.WaitGroup
		running.Go(s.Run)
		if i%2 == 0 {
			for _, to := range []crosspeer.Dialer{wslink.Dial(url(t, s, "ws")), enetlink.Dial(strings.TrimPrefix(url(t, s, "enet"), "enet://"))} {
				cli, err := crosspeer.Dial(ctx, nil, to)
				if err != nil {
					t.Fatal(err)
				}
				defer cli.Close()
			}
		}
		if err := s.Shutdown(ctx); err != nil {
			t.Fatal(err)
		}
		running.Wait()
	}
	for i := range 10 {
		cycle(i)
	}
	before := measure(0, 300*time.Millisecond)
	for i := range cycles {
		cycle(i)
	}
	after := measure(before.goroutines, 20*time.Second)
	t.Logf("%d servers: before %+v, after %+v", cycles, before, after)
	if after.goroutines > before.goroutines || after.files > before.files || after.heap > before.heap+before.heap/50+512<<10 {
		stacks := make([]byte, 1<<16)
		t.Errorf("%+v became %+v; these run:\n%s", before, after, stacks[:runtime.Stack(stacks, true)])
	}
}
