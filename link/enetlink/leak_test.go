package enetlink_test

import (
	"os"
	"runtime"
	"testing"
	"time"

	"crosspeer"
	"crosspeer/link/enetlink"
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

func TestNothingIsLeftOf500Connections(t *testing.T) {
	ctx := testContext(t)
	srv, err := crosspeer.Listen(ctx, nil, enetlink.Listen("127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	cycle := func() {
		cli, err := crosspeer.Dial(ctx, nil, enetlink.Dial(address(srv)))
		if err != nil {
			t.Fatal(err)
		}
		if err := cli.Send(crosspeer.Packet{Mode: crosspeer.Reliable, Data: make([]byte, 5000)}); err != nil {
			t.Fatal(err)
		}
		if _, err := srv.Receive(ctx); err != nil {
			t.Fatal(err)
		}
		cli.Close()
		for srv.Stats().Peers > 0 {
			if _, err := srv.Next(ctx); err != nil {
				t.Fatal(err)
			}
		}
	}
	for range 20 { // what is made once, is made
		cycle()
	}
	before := measure()
	for range 500 {
		cycle()
	}
	// A goroutine that has done its work may still have an instruction to go.
	after := measure()
	for end := time.Now().Add(5 * time.Second); after.goroutines > before.goroutines && time.Now().Before(end); after = measure() {
		runtime.Gosched()
	}
	if after.goroutines > before.goroutines || after.files > before.files {
		t.Errorf("%d goroutines and %d files became %d and %d", before.goroutines, before.files, after.goroutines, after.files)
	}
	if after.heap > before.heap+256<<10 {
		t.Errorf("the heap grew from %d to %d KiB", before.heap>>10, after.heap>>10)
	}
	t.Logf("before %+v, after %+v", before, after)
}
