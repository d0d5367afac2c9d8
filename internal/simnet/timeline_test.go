package simnet

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// The timeline is compared with a plain list over 20,000 random operations.
func TestTheTimelineIsAStablePriorityQueue(t *testing.T) {
	type entry struct {
		at time.Duration
		t  *task
	}
	var (
		l    timeline
		list []entry // in the order of putting
		rng  = rand.New(rand.NewPCG(1, 2))
	)
	forget := func(tk *task) {
		list = slices.DeleteFunc(list, func(e entry) bool { return e.t == tk })
	}
	for i := range 20_000 {
		at := time.Duration(rng.IntN(20))
		switch op := rng.IntN(10); {
		case op < 4:
			tk := &task{}
			l.put(at, tk)
			list = append(list, entry{at, tk})
		case op < 6 && len(list) > 0: // move
			tk := list[rng.IntN(len(list))].t
			forget(tk)
			l.put(at, tk)
			list = append(list, entry{at, tk})
		case op < 7 && len(list) > 0:
			tk := list[rng.IntN(len(list))].t
			forget(tk)
			l.remove(tk)
			l.remove(tk) // again is harmless
		case len(list) > 0:
			want := slices.MinFunc(list, func(a, b entry) int { return int(a.at - b.at) })
			if next, ok := l.next(); !ok || next != want.at || l.due(want.t) != want.at {
				t.Fatalf("operation %d: next %v %v, want %v", i, next, ok, want.at)
			}
			at, tk := l.pop()
			if at != want.at || tk != want.t || tk.place != 0 {
				t.Fatalf("operation %d: popped %v, want %v", i, at, want.at)
			}
			forget(tk)
		}
		if len(l.slots) != len(list) {
			t.Fatalf("operation %d: %d in the timeline, want %d", i, len(l.slots), len(list))
		}
	}
	if _, ok := new(timeline).next(); ok {
		t.Error("an empty timeline has a next task")
	}
}

func TestFifoKeepsTheOrderAndItsMemoryBounded(t *testing.T) {
	var q fifo[int]
	in, out := 0, 0
	for range 1000 {
		for range 7 {
			q.push(in)
			in++
			if rest := q.items[len(q.items):cap(q.items)]; slices.ContainsFunc(rest, func(i int) bool { return i != 0 }) {
				t.Fatal("items that have gone are still referred to")
			}
		}
		for range 7 {
			if *q.first() != out || q.pop() != out {
				t.Fatalf("not %d", out)
			}
			out++
			if out == 3 {
				q.push(in) // from now on the queue never gets empty
				in++
			}
		}
		if q.len() > 1 {
			t.Fatalf("%d left", q.len())
		}
	}
	if cap(q.items) > 256 {
		t.Errorf("capacity %d for at most 8 items", cap(q.items))
	}
}
