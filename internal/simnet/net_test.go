package simnet

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"
)

// script is a node made of functions; a nil one does nothing.
type script struct {
	receive  func(now time.Duration, from netip.AddrPort, datagram []byte)
	flush    func(now time.Duration, send func(netip.AddrPort, []byte))
	deadline func() (time.Duration, bool)
}

func (s *script) Receive(now time.Duration, from netip.AddrPort, datagram []byte) {
	if s.receive != nil {
		s.receive(now, from, datagram)
	}
}

func (s *script) Flush(now time.Duration, send func(netip.AddrPort, []byte)) {
	if s.flush != nil {
		s.flush(now, send)
	}
}

func (s *script) Deadline() (time.Duration, bool) {
	if s.deadline != nil {
		return s.deadline()
	}
	return 0, false
}

func TestANodeIsFlushedWhenThereIsReasonTo(t *testing.T) {
	n, a, b := duo(1, Conditions{Delay: 10 * ms})
	a.send(0, bob, "1")
	a.send(0, bob, "2") // the same instant: one flush of bob after both
	a.send(25*ms, bob, "3")
	n.At(50*ms, func() { n.Wake(bob); n.Wake(bob) })
	drain(n)
	if want := []time.Duration{0, 25 * ms}; !slices.Equal(a.flushes, want) {
		t.Errorf("sender flushed at %v, want %v", a.flushes, want)
	}
	if want := []time.Duration{0, 10 * ms, 35 * ms, 50 * ms}; !slices.Equal(b.flushes, want) {
		t.Errorf("receiver flushed at %v, want %v", b.flushes, want)
	}
}

func TestADeadlineMovesWithEachFlush(t *testing.T) {
	tests := []struct {
		name string
		next time.Duration // the deadline after the wake at 10 ms
		ok   bool
		want []time.Duration
	}{
		{"earlier", 20 * ms, true, []time.Duration{0, 10 * ms, 20 * ms}},
		{"later", 90 * ms, true, []time.Duration{0, 10 * ms, 90 * ms}},
		{"the same", 50 * ms, true, []time.Duration{0, 10 * ms, 50 * ms}},
		{"now", 10 * ms, true, []time.Duration{0, 10 * ms, 10 * ms}},
		{"in the past, which is now", 3 * ms, true, []time.Duration{0, 10 * ms, 10 * ms}},
		{"none", 0, false, []time.Duration{0, 10 * ms}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var flushes []time.Duration
			node := &script{
				flush: func(now time.Duration, _ func(netip.AddrPort, []byte)) { flushes = append(flushes, now) },
				deadline: func() (time.Duration, bool) {
					switch len(flushes) {
					case 1:
						return 50 * ms, true
					case 2:
						return tt.next, tt.ok
					}
					return 0, false
				},
			}
			n := New(1, Conditions{})
			n.Attach(alice, node)
			n.At(10*ms, func() { n.Wake(alice) })
			drain(n)
			if !slices.Equal(flushes, tt.want) {
				t.Errorf("flushed at %v, want %v", flushes, tt.want)
			}
		})
	}
}

func TestANodeMayWakeItselfFromItsFlush(t *testing.T) {
	n := New(1, Conditions{})
	var flushes []time.Duration
	n.Attach(alice, &script{
		flush: func(now time.Duration, _ func(netip.AddrPort, []byte)) {
			if flushes = append(flushes, now); len(flushes) < 3 {
				n.Wake(alice)
			}
		},
		deadline: func() (time.Duration, bool) { return 50 * ms, len(flushes) < 4 },
	})
	drain(n)
	if want := []time.Duration{0, 0, 0, 50 * ms}; !slices.Equal(flushes, want) {
		t.Errorf("flushed at %v, want %v", flushes, want)
	}
}

func TestThingsOfOneInstantHappenInTheOrderInWhichTheyBecameKnown(t *testing.T) {
	n := New(1, Conditions{})
	var log []string
	add := func(s string) func() { return func() { log = append(log, s) } }
	n.At(5*ms, add("action 1"))
	n.Inject(alice, bob, []byte("x"), 5*ms)
	n.At(5*ms, func() {
		add("action 2")()
		n.At(5*ms, add("action 5"))
	})
	n.At(4*ms, add("action 0"))
	n.Attach(bob, &script{
		receive: func(time.Duration, netip.AddrPort, []byte) { add("datagram")() },
		flush: func(now time.Duration, _ func(netip.AddrPort, []byte)) {
			add("flush")()
		},
	})
	n.At(5*ms, add("action 4"))
	drain(n)
	want := []string{"flush", "action 0", "action 1", "datagram", "action 2", "action 4", "flush", "action 5"}
	if !slices.Equal(log, want) {
		t.Errorf("got  %q\nwant %q", log, want)
	}
}

func TestAWakeDoesNotPutOffAFlushThatIsDue(t *testing.T) {
	n, log := New(1, Conditions{}), ""
	n.At(5*ms, func() { log += "wake "; n.Wake(alice) })
	n.Attach(alice, &script{
		flush:    func(time.Duration, func(netip.AddrPort, []byte)) { log += "flush " },
		deadline: func() (time.Duration, bool) { return 5 * ms, n.Now() < 5*ms },
	})
	n.At(ms, func() { n.At(5*ms, func() { log += "action " }) })
	drain(n)
	if want := "flush wake flush action "; log != want {
		t.Errorf("order %q, want %q", log, want)
	}
}

func TestALateDeadlineDoesNotOvertakeTheOthers(t *testing.T) {
	n, log := New(1, Conditions{}), ""
	n.RunUntil(5 * ms)
	n.Attach(alice, &script{
		flush:    func(time.Duration, func(netip.AddrPort, []byte)) { log += "f" },
		deadline: func() (time.Duration, bool) { return 0, len(log) < 4 },
	})
	n.At(5*ms, func() { log += "a" })
	drain(n)
	if log != "faff" {
		t.Errorf("order %q, want faff", log)
	}
}

func TestADetachedNodeIsGone(t *testing.T) {
	n, a, b := duo(1, Conditions{Delay: 10 * ms})
	a.send(0, bob, "1")
	b.send(0, alice, "its last words")
	b.send(50*ms, alice, "never")
	n.At(5*ms, func() {
		if !n.Detach(bob) || n.Detach(bob) {
			t.Error("Detach does not tell whether there was a node")
		}
	})
	drain(n)
	if len(b.got) != 0 || len(b.flushes) != 1 {
		t.Errorf("received %v and was flushed at %v", b.got, b.flushes)
	}
	if want := []arrival{{10 * ms, bob, "its last words"}}; !slices.Equal(a.got, want) {
		t.Errorf("alice got %v, want %v", a.got, want)
	}
	if s := n.Stats(); s.LostNoReceiver != 1 || s.InFlight != 0 {
		t.Errorf("stats %+v", s)
	}
}

func TestANewNodeAtTheAddressGetsWhatIsUnderWay(t *testing.T) {
	n, a, _ := duo(1, Conditions{Delay: 10 * ms})
	a.send(0, bob, "1")
	next := &box{}
	n.At(5*ms, func() { n.Detach(bob); n.Attach(bob, next) })
	drain(n)
	if want := []arrival{{10 * ms, alice, "1"}}; !slices.Equal(next.got, want) {
		t.Errorf("got %v, want %v", next.got, want)
	}
}

func TestANodeMayDetachItself(t *testing.T) {
	n := New(1, Conditions{})
	n.Attach(alice, &script{
		flush:    func(time.Duration, func(netip.AddrPort, []byte)) { n.Detach(alice) },
		deadline: func() (time.Duration, bool) { t.Error("asked after it had gone"); return 0, false },
	})
	n.Attach(bob, &script{
		receive: func(time.Duration, netip.AddrPort, []byte) { n.Detach(bob) },
		flush: func(now time.Duration, _ func(netip.AddrPort, []byte)) {
			if now > 0 {
				t.Error("flushed after it had gone")
			}
		},
	})
	n.Inject(alice, bob, nil, ms)
	drain(n)
}

func TestPathsHaveTheirOwnConditionsPerDirection(t *testing.T) {
	n, a, b := duo(1, Conditions{Delay: 10 * ms})
	c := &box{}
	n.Attach(carol, c)
	n.SetPath(alice, bob, Conditions{Delay: 30 * ms})
	a.send(0, bob, "slow")
	a.send(0, carol, "plain")
	b.send(0, alice, "plain")
	a.send(100*ms, bob, "slower")
	a.send(200*ms, bob, "still")
	a.send(200*ms, carol, "changed")
	a.send(300*ms, bob, "like all")
	n.At(100*ms-1, func() { n.SetPath(alice, bob, Conditions{Delay: 40 * ms}) })
	n.At(150*ms, func() { n.SetConditions(Conditions{Delay: ms}) })
	n.At(250*ms, func() { n.ClearPath(alice, bob) })
	drain(n)
	if want := []arrival{{30 * ms, alice, "slow"}, {140 * ms, alice, "slower"}, {240 * ms, alice, "still"}, {301 * ms, alice, "like all"}}; !slices.Equal(b.got, want) {
		t.Errorf("bob got %v, want %v", b.got, want)
	}
	if want := []arrival{{10 * ms, alice, "plain"}, {201 * ms, alice, "changed"}}; !slices.Equal(c.got, want) {
		t.Errorf("carol got %v, want %v", c.got, want)
	}
	if want := []arrival{{10 * ms, bob, "plain"}}; !slices.Equal(a.got, want) {
		t.Errorf("alice got %v, want %v", a.got, want)
	}
}

func TestIPv4InIPv6IsTheSameAddress(t *testing.T) {
	mapped := func(a netip.AddrPort) netip.AddrPort {
		return netip.AddrPortFrom(netip.AddrFrom16(a.Addr().As16()), a.Port())
	}
	n, a, b := New(1, Conditions{}), &box{}, &box{}
	n.Attach(mapped(alice), a)
	n.Attach(bob, b)
	n.SetPath(alice, mapped(bob), Conditions{Delay: ms})
	a.send(0, mapped(bob), "1")
	drain(n)
	n.Inject(mapped(carol), mapped(bob), []byte("2"), 0)
	n.Wake(mapped(alice))
	drain(n)
	if want := []arrival{{ms, alice, "1"}, {ms, carol, "2"}}; !slices.Equal(b.got, want) {
		t.Errorf("got %v, want %v", b.got, want)
	}
	if !n.Detach(mapped(bob)) {
		t.Error("Detach did not find bob")
	}
}

func TestInjectedDatagramsAreNotSubjectToTheConditions(t *testing.T) {
	n, _, b := duo(1, Conditions{Loss: 1, Delay: time.Second, MTU: 1, Blackouts: []Blackout{{0, time.Hour}}})
	data := []byte("forged")
	n.Inject(carol, bob, data, 5*ms)
	data[0] = 'F' // the network has its own copy
	drain(n)
	if want := []arrival{{5 * ms, carol, "forged"}}; !slices.Equal(b.got, want) {
		t.Errorf("got %v, want %v", b.got, want)
	}
	if s := n.Stats(); s.Injected != 1 || s.Sent != 0 || s.Delivered != 1 {
		t.Errorf("stats %+v", s)
	}
}

func TestADatagramIsCopiedOnTheWayInAndTakenBackAfterReceive(t *testing.T) {
	n := New(1, Conditions{Delay: ms, Duplicate: 1})
	var kept [][]byte
	out := []byte("hello")
	n.Attach(alice, &script{flush: func(now time.Duration, send func(netip.AddrPort, []byte)) {
		send(bob, out)
		copy(out, "WRONG")
	}})
	n.Attach(bob, &script{receive: func(_ time.Duration, _ netip.AddrPort, d []byte) {
		if string(d) != "hello" {
			t.Errorf("received %q", d)
		}
		d[0] = 'J' // must not show in the copy
		kept = append(kept, d)
	}})
	drain(n)
	if len(kept) != 2 {
		t.Fatalf("received %d, want 2", len(kept))
	}
	for _, d := range kept {
		if d[1] == 'e' {
			t.Errorf("a kept slice still has its bytes: %q", d)
		}
	}
}

func TestWrongUsePanics(t *testing.T) {
	at := func(s string) netip.AddrPort { return netip.MustParseAddrPort(s) }
	n, _, _ := duo(1, Conditions{})
	n.RunUntil(10 * ms)
	mustPanic(t, "Attach at 10.0.0.2:7002, which is in use", func() { n.Attach(bob, &box{}) })
	mustPanic(t, "which is no full address", func() { n.Attach(netip.AddrPort{}, &box{}) })
	mustPanic(t, "Attach at 10.0.0.9:0,", func() { n.Attach(at("10.0.0.9:0"), &box{}) })
	mustPanic(t, "Attach at 0.0.0.0:5,", func() { n.Attach(at("0.0.0.0:5"), &box{}) })
	mustPanic(t, "Wake of [fd00::3]:7003, where no node is", func() { n.Wake(carol) })
	mustPanic(t, "At 9ms, but it is 10ms already", func() { n.At(9*ms, func() {}) })
	mustPanic(t, "RunUntil 9ms, but it is 10ms already", func() { n.RunUntil(9 * ms) })
	mustPanic(t, "RunUntil 9ms", func() { n.RunFor(-ms) })
	mustPanic(t, "limit -1ms", func() { n.RunWhile(-ms, func() bool { return true }) })
	mustPanic(t, "Inject after -1ms", func() { n.Inject(carol, bob, nil, -ms) })
	n.At(10*ms, func() { n.RunFor(ms) })
	mustPanic(t, "from within its own step", func() { n.Step() })
}

func TestSendIsValidOnlyDuringFlush(t *testing.T) {
	n := New(1, Conditions{})
	var keep func(netip.AddrPort, []byte)
	n.Attach(alice, &script{flush: func(_ time.Duration, send func(netip.AddrPort, []byte)) { keep = send }})
	n.Attach(bob, &script{flush: func(time.Duration, func(netip.AddrPort, []byte)) {
		mustPanic(t, "10.0.0.1:7001 sends outside of its Flush", func() { keep(bob, nil) })
	}})
	drain(n)
	n.Wake(alice) // the last flush is its own
	drain(n)
	mustPanic(t, "10.0.0.1:7001 sends outside of its Flush", func() { keep(bob, nil) })
}

func TestANodeWithoutProgressIsStopped(t *testing.T) {
	n, flushes := New(1, Conditions{}), 0
	n.At(7*ms, func() {
		n.Attach(alice, &script{
			flush:    func(time.Duration, func(netip.AddrPort, []byte)) { flushes++ },
			deadline: func() (time.Duration, bool) { return 0, true },
		})
		n.Inject(bob, alice, nil, 0) // one sign of life is not enough
	})
	mustPanic(t, "node 10.0.0.1:7001 was flushed more than 100000 times at 7ms without", func() { n.RunFor(time.Second) })
	if flushes != 100_002 { // the second follows the datagram
		t.Errorf("%d flushes", flushes)
	}
}

func TestProgressIsNotMistakenForALoop(t *testing.T) {
	n, left := New(1, Conditions{Loss: 1}), 50
	n.limits.idle = 3
	n.Attach(alice, &script{
		flush:    func(_ time.Duration, send func(netip.AddrPort, []byte)) { left--; send(bob, nil) },
		deadline: func() (time.Duration, bool) { return 0, left > 0 },
	})
	heard := 0 // each at the same instant, with a flush after it
	n.Attach(carol, &script{
		receive: func(time.Duration, netip.AddrPort, []byte) { heard++ },
		flush: func(time.Duration, func(netip.AddrPort, []byte)) {
			if heard < 50 {
				n.Inject(bob, carol, nil, 0)
			}
		},
	})
	for i := range 50 { // idle, but at different times
		n.At(time.Duration(i)*ms, func() { n.Wake(carol) })
	}
	drain(n)
	if left != 0 || heard != 50 {
		t.Errorf("%d left to send, %d heard", left, heard)
	}
}

func TestWhatNeverEndsAtOneInstantIsStopped(t *testing.T) {
	fresh := func() *Net {
		n := New(1, Conditions{})
		n.limits.steps = 1000
		return n
	}
	t.Run("two nodes that answer each other", func(t *testing.T) {
		n := fresh()
		echo := func(to netip.AddrPort) *script {
			return &script{flush: func(_ time.Duration, send func(netip.AddrPort, []byte)) { send(to, []byte("again")) }}
		}
		n.Attach(alice, echo(bob))
		n.Attach(bob, echo(alice))
		mustPanic(t, "more than 1000 steps at 0s, the next for the flush of 10.0.0.", func() { drain(n) })
	})
	t.Run("an action that repeats itself", func(t *testing.T) {
		n := fresh()
		var again func()
		again = func() { n.At(3*ms, again) }
		again()
		mustPanic(t, "more than 1000 steps at 3ms, the next for an action of the test", func() { drain(n) })
	})
	t.Run("a flood of datagrams", func(t *testing.T) {
		n := fresh()
		n.RunUntil(ms)
		for range 1000 {
			n.Inject(alice, bob, nil, 0)
		}
		n.Inject(carol, bob, nil, 0)
		mustPanic(t, "more than 1000 steps at 1ms, the next for a datagram from [fd00::3]:7003 to 10.0.0.2:7002", func() { drain(n) })
	})
	t.Run("but not what goes on at different times", func(t *testing.T) {
		n, steps := fresh(), 0
		for i := range 3000 {
			n.At(time.Duration(i/900), func() { steps++ })
		}
		drain(n)
		if steps != 3000 {
			t.Errorf("%d steps, want 3000", steps)
		}
	})
}

func TestRunningStopsWhereItShould(t *testing.T) {
	fresh := func() (*Net, *[]time.Duration) {
		n, seen := New(1, Conditions{}), new([]time.Duration)
		for _, at := range []time.Duration{10 * ms, 20 * ms, 20 * ms, 30 * ms} {
			n.At(at, func() { *seen = append(*seen, n.Now()) })
		}
		return n, seen
	}
	tests := []struct {
		name string
		run  func(n *Net, seen *[]time.Duration) bool
		want bool
		seen int
		now  time.Duration
	}{
		{"RunUntil includes its end", func(n *Net, _ *[]time.Duration) bool { n.RunUntil(20 * ms); return true }, true, 3, 20 * ms},
		{"RunUntil reaches a time at which nothing is due", func(n *Net, _ *[]time.Duration) bool { n.RunUntil(25 * ms); return true }, true, 3, 25 * ms},
		{"RunFor counts from now", func(n *Net, _ *[]time.Duration) bool { n.RunFor(5 * ms); n.RunFor(5 * ms); return true }, true, 1, 10 * ms},
		{"RunFor goes on when nothing is pending", func(n *Net, _ *[]time.Duration) bool { n.RunFor(time.Hour); return true }, true, 4, time.Hour},
		{"RunWhile stops when its condition ends", func(n *Net, s *[]time.Duration) bool {
			return n.RunWhile(time.Hour, func() bool { return len(*s) < 2 })
		}, true, 2, 20 * ms},
		{"RunWhile gives up at its limit", func(n *Net, s *[]time.Duration) bool {
			return n.RunWhile(25*ms, func() bool { return len(*s) < 4 })
		}, false, 3, 25 * ms},
		{"RunWhile includes its limit", func(n *Net, s *[]time.Duration) bool {
			return n.RunWhile(30*ms, func() bool { return len(*s) < 4 })
		}, true, 4, 30 * ms},
		{"RunWhile asks again at its limit", func(n *Net, s *[]time.Duration) bool {
			return n.RunWhile(25*ms, func() bool { return n.Now() < 25*ms })
		}, true, 3, 25 * ms},
		{"RunWhile does nothing when its condition is false", func(n *Net, s *[]time.Duration) bool {
			return n.RunWhile(time.Hour, func() bool { return false })
		}, true, 0, 0},
		{"RunWhile gives up when nothing is pending", func(n *Net, s *[]time.Duration) bool {
			return n.RunWhile(time.Hour, func() bool { return len(*s) < 5 })
		}, false, 4, time.Hour},
		{"Step runs one thing", func(n *Net, _ *[]time.Duration) bool { first := n.Step(); return first && n.Step() }, true, 2, 20 * ms},
		{"Step tells when nothing is pending", func(n *Net, _ *[]time.Duration) bool { drain(n); return n.Step() }, false, 4, 30 * ms},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n, seen := fresh()
			got := tt.run(n, seen)
			if got != tt.want || len(*seen) != tt.seen || n.Now() != tt.now {
				t.Errorf("returned %v with %d seen at %v, want %v with %d at %v", got, len(*seen), n.Now(), tt.want, tt.seen, tt.now)
			}
		})
	}
}

func TestASentDatagramCostsNoAllocation(t *testing.T) {
	n := New(1, Hostile())
	data := make([]byte, 1200)
	at := time.Duration(0)
	n.Attach(alice, &script{
		flush: func(now time.Duration, send func(netip.AddrPort, []byte)) {
			send(bob, data)
			send(carol, data) // where nobody is
			at = now + ms
		},
		deadline: func() (time.Duration, bool) { return at, true },
	})
	n.Attach(bob, &script{})
	n.RunFor(100 * time.Second) // until the most that can be under way has been
	if got := testing.AllocsPerRun(10, func() { n.RunFor(time.Second) }); got != 0 {
		t.Errorf("%v allocations per 2000 datagrams", got)
	}
}

func ExampleNet() {
	n := New(42, Conditions{Delay: 20 * time.Millisecond})
	a, b := &box{}, &box{}
	n.Attach(alice, a)
	n.Attach(bob, b)
	a.send(0, bob, "hello")
	n.Tap(func(e Event) { fmt.Println(e) })
	n.RunFor(time.Second)
	fmt.Println(n.Now(), n.Stats().Delivered)
	// Output:
	// 0s #1 10.0.0.1:7001 > 10.0.0.2:7002, 5 bytes: sent
	// 20ms #1 10.0.0.1:7001 > 10.0.0.2:7002, 5 bytes: delivered
	// 1s 1
}
