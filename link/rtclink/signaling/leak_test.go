package signaling_test

import (
	"os"
	"runtime"
	"testing"
	"time"

	"crosspeer/link/rtclink/signaling"
)

// footprint is what a process holds.
type footprint struct {
	goroutines, files int
	heap              uint64
}

func measure() footprint {
	runtime.GC()
	runtime.GC() // the second one empties the pools
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	f := footprint{goroutines: runtime.NumGoroutine(), heap: m.HeapAlloc}
	if entries, err := os.ReadDir("/proc/self/fd"); err == nil {
		f.files = len(entries)
	}
	return f
}

func TestNothingIsLeftOf300Connections(t *testing.T) {
	srv, url := start(t, signaling.Config{})
	cycle := func() {
		host, err := signaling.Dial(t.Context(), url, signaling.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer host.Close()
		for ev := range host.Events(t.Context()) {
			switch ev := ev.(type) {
			case signaling.Joined:
				friend, err := signaling.Dial(t.Context(), url, signaling.Options{Lobby: ev.Lobby})
				if err != nil {
					t.Fatal(err)
				}
				defer friend.Close()
				if err := friend.SendOffer(t.Context(), 1, "v=0"); err != nil {
					t.Fatal(err)
				}
			case signaling.Offer:
				return
			}
		}
		t.Error("no offer")
	}
	for range 20 { // what is made once, is made
		cycle()
	}
	before := measure()
	for range 150 {
		cycle()
	}
	// The ends of connections, and of goroutines, may take a moment.
	after := measure()
	for end := time.Now().Add(10 * time.Second); after.goroutines > before.goroutines && time.Now().Before(end); after = measure() {
		runtime.Gosched()
	}
	if after.goroutines > before.goroutines || after.files > before.files {
		t.Errorf("%d goroutines and %d files became %d and %d", before.goroutines, before.files, after.goroutines, after.files)
	}
	if after.heap > before.heap+512<<10 {
		t.Errorf("the heap grew from %d to %d KiB", before.heap>>10, after.heap>>10)
	}
	if s := srv.Stats(); s.Joins != 340 || s.Lobbies != 0 || s.Members != 0 {
		t.Errorf("%+v", s)
	}
}
