package enet_test

import (
	"os"
	"runtime"
	"testing"
	"time"

	"crosspeer/enet"
)

// used is what a process can leak.
type used struct {
	goroutines, files int
	heap              int64
}

// use counts what is in use. It waits a while for goroutines that are about
// to end, as long as there are more than expected.
func use(expected int) used {
	for end := time.Now().Add(patience); runtime.NumGoroutine() > expected && time.Now().Before(end); {
		runtime.Gosched()
	}
	files, _ := os.ReadDir("/proc/self/fd") // empty on systems without it
	return used{runtime.NumGoroutine(), len(files), heap()}
}

// heap is the live heap in bytes.
func heap() int64 {
	var m runtime.MemStats
	for range 3 { // a pool keeps its content for two collections
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// unchanged runs f once to fill what is kept on purpose, and then count times
// more, which must leave nothing behind.
func unchanged(t *testing.T, count int, tolerance int64, f func(t *testing.T)) {
	t.Helper()
	f(t)
	before := use(runtime.NumGoroutine())
	for range count {
		f(t)
	}
	after := use(before.goroutines)
	if after.goroutines > before.goroutines || after.files != before.files || after.heap-before.heap > tolerance {
		t.Errorf("%d goroutines, %d files, %d bytes of heap; before %d, %d, %d",
			after.goroutines, after.files, after.heap, before.goroutines, before.files, before.heap)
	}
}

func TestNothingIsLeftOfConnections(t *testing.T) {
	server, client := listen(t, nil), listen(t, nil)
	cycle := func(t *testing.T) {
		c := connect(t, client, server.LocalAddr())
		expect(t, client, enet.EventConnect)
		s := expect(t, server, enet.EventConnect).Peer
		send(t, c, "question")
		expectData(t, server, "question")
		send(t, s, "answer")
		expectData(t, client, "answer")
		s.Disconnect(0)
		expect(t, client, enet.EventDisconnect)
		expect(t, server, enet.EventDisconnect)
	}
	// The remotes of the last seconds are remembered, to answer again if a
	// last acknowledgement was lost: about 200 bytes each.
	unchanged(t, 500, 500*400, cycle)
	if n := server.Stats().Peers + client.Stats().Peers + server.Stats().HalfOpen; n != 0 {
		t.Errorf("%d peers and handshakes are left", n)
	}
}

func TestNothingIsLeftOfHosts(t *testing.T) {
	unchanged(t, 200, 256<<10, func(t *testing.T) {
		server, err := enet.Listen("127.0.0.1:0", nil)
		if err != nil {
			t.Fatal(err)
		}
		defer server.Close()
		peer, err := enet.Dial(t.Context(), server.LocalAddr().String(), 1, 0, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer peer.Host().Close()
		send(t, peer, "hello")
	})
}
