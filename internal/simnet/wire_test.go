package simnet

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// bubble runs f with a wire in a synctest bubble. The bubble does not end while
// a goroutine of it lives, and fails when one is blocked for good.
func bubble(t *testing.T, cond Conditions, f func(t *testing.T, w *Wire)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := NewWire(1, cond)
		defer w.Close()
		f(t, w)
	})
}

func listen(t *testing.T, w *Wire, addr netip.AddrPort) *Conn {
	t.Helper()
	c, err := w.Listen(addr)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func write(t *testing.T, c *Conn, to netip.AddrPort, data string) {
	t.Helper()
	if n, err := c.WriteToUDPAddrPort([]byte(data), to); n != len(data) || err != nil {
		t.Fatalf("wrote %d, %v", n, err)
	}
}

func read(t *testing.T, c *Conn) string {
	t.Helper()
	var b [2048]byte
	n, _, err := c.ReadFromUDPAddrPort(b[:])
	if err != nil {
		t.Fatal(err)
	}
	return string(b[:n])
}

func TestDatagramsPassWithTheirAddresses(t *testing.T) {
	for _, pair := range [][2]netip.AddrPort{{alice, bob}, {carol, alice}} {
		bubble(t, Conditions{}, func(t *testing.T, w *Wire) {
			mapped := func(a netip.AddrPort) netip.AddrPort {
				return netip.AddrPortFrom(netip.AddrFrom16(a.Addr().As16()), a.Port())
			}
			a, b := listen(t, w, mapped(pair[0])), listen(t, w, pair[1])
			// As a net.PacketConn, as most code knows it.
			var one, two net.PacketConn = a, b
			if n, err := one.WriteTo([]byte("hello"), two.LocalAddr()); n != 5 || err != nil {
				t.Fatal(n, err)
			}
			var buf [100]byte
			n, from, err := two.ReadFrom(buf[:])
			if err != nil || string(buf[:n]) != "hello" {
				t.Fatalf("read %q, %v", buf[:n], err)
			}
			udp, ok := from.(*net.UDPAddr)
			if !ok || udp.AddrPort() != pair[0] || udp.String() != one.LocalAddr().String() {
				t.Errorf("from %v, want %v", from, pair[0])
			}
			// The answer, by the other pair of methods, to a 4in6 address.
			write(t, b, mapped(udp.AddrPort()), "")
			n, source, err := a.ReadFromUDPAddrPort(buf[:])
			if n != 0 || err != nil || source != pair[1] {
				t.Errorf("read %d from %v, %v", n, source, err)
			}
			// One endpoint writes to several, itself among them.
			write(t, a, pair[1], "to you")
			write(t, a, pair[0], "to me")
			if mine, yours := read(t, a), read(t, b); mine != "to me" || yours != "to you" {
				t.Errorf("read %q and %q", mine, yours)
			}
		})
	}
}

func TestTheConditionsHoldInTheTimeOfTheBubble(t *testing.T) {
	cond := Conditions{Delay: 50 * ms, Bandwidth: 1000, Blackouts: []Blackout{{time.Second, 2 * time.Second}}}
	bubble(t, cond, func(t *testing.T, w *Wire) {
		a, b := listen(t, w, alice), listen(t, w, bob)
		start := time.Now()
		for i := range 3 {
			write(t, a, bob, strings.Repeat(fmt.Sprint(i), 100))
		}
		time.AfterFunc(time.Second, func() { write(t, a, bob, "blackout") })
		time.AfterFunc(2*time.Second, func() { write(t, a, bob, "after it") })
		var got []string
		for range 4 {
			s := read(t, b)
			got = append(got, fmt.Sprint(time.Since(start), " ", s[:1]))
		}
		if want := []string{"150ms 0", "250ms 1", "350ms 2", "2.058s a"}; !slices.Equal(got, want) {
			t.Errorf("got  %q\nwant %q", got, want)
		}
		if w.Now() != time.Since(start) || w.Stats().LostBlackout != 1 {
			t.Errorf("now %v, stats %+v", w.Now(), w.Stats())
		}
	})
}

// A node and a goroutine that send the same at the same times meet the same
// fate.
func TestWireAndNetAgree(t *testing.T) {
	const count, seed = 400, 77
	cond := Hostile()
	cond.Bandwidth, cond.QueueBytes = 9000, 3000
	cond.Burst = Burst{GoodToBad: 0.05, BadToGood: 0.2, LossBad: 0.9}
	type fact struct {
		at    time.Duration
		kind  Kind
		cause Cause
		id    uint64
	}
	note := func(log *[]fact) func(Event) {
		return func(e Event) { *log = append(*log, fact{e.Time, e.Kind, e.Cause, e.ID}) }
	}
	var virtual, real []fact
	n, a, _ := duo(seed, cond)
	n.Tap(note(&virtual))
	a.numbered(count, 5*ms, 50)
	plan := slices.Clone(a.plan)
	drain(n)
	synctest.Test(t, func(t *testing.T) {
		w := NewWire(seed, cond)
		defer w.Close()
		a := listen(t, w, alice)
		listen(t, w, bob)
		w.Tap(note(&real))
		tick := time.NewTicker(5 * ms)
		defer tick.Stop()
		for i := range count {
			write(t, a, bob, string(plan[i].data))
			<-tick.C
		}
		<-time.After(time.Hour)
	})
	// Events of one instant may be told in another order: a timer of the wire
	// and the ticker of the sender ring together.
	for _, log := range [][]fact{virtual, real} {
		slices.SortStableFunc(log, func(a, b fact) int {
			if a.at != b.at {
				return int(a.at - b.at)
			}
			return int(a.id) - int(b.id)
		})
	}
	if !slices.Equal(virtual, real) || len(virtual) < count*3/2 {
		t.Errorf("%d events of the Net, %d of the Wire", len(virtual), len(real))
	}
}

func TestListenRefusesAndPicksAddresses(t *testing.T) {
	bubble(t, Conditions{}, func(t *testing.T, w *Wire) {
		a := listen(t, w, alice)
		for _, addr := range []netip.AddrPort{alice, {}, netip.MustParseAddrPort("0.0.0.0:9"), netip.MustParseAddrPort("[::]:0")} {
			c, err := w.Listen(addr)
			var op *net.OpError
			if c != nil || !errors.As(err, &op) || op.Op != "listen" {
				t.Errorf("Listen(%v) = %v, %v", addr, c, err)
			}
		}
		if _, err := w.Listen(alice); err == nil || !strings.Contains(err.Error(), "10.0.0.1:7001: simnet: address already in use") {
			t.Errorf("error %v", err)
		}
		a.Close()
		listen(t, w, alice) // free again
		listen(t, w, netip.AddrPortFrom(alice.Addr(), 49153))
		var ports []int
		next := netip.AddrPortFrom(alice.Addr(), 0)
		for range 3 {
			ports = append(ports, listen(t, w, next).LocalAddr().(*net.UDPAddr).Port)
		}
		if want := []int{49152, 49154, 49155}; !slices.Equal(ports, want) {
			t.Errorf("ports %v, want %v", ports, want)
		}
		for range 65535 - 49155 {
			listen(t, w, next)
		}
		if _, err := w.Listen(next); err == nil {
			t.Error("a port beyond the last free one")
		}
		w.Close()
		if _, err := w.Listen(bob); !errors.Is(err, net.ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
		if err := w.Close(); err != nil {
			t.Errorf("second Close: %v", err)
		}
	})
}

func TestPathsConditionsAndInjectionReachAWire(t *testing.T) {
	bubble(t, Conditions{Delay: 10 * ms}, func(t *testing.T, w *Wire) {
		a, b := listen(t, w, alice), listen(t, w, bob)
		hop := func(from, to *Conn) time.Duration {
			began := time.Now()
			write(t, from, to.addr, "x")
			read(t, to)
			return time.Since(began)
		}
		w.SetPath(alice, bob, Conditions{Delay: 40 * ms})
		got := []time.Duration{hop(a, b), hop(b, a)}
		w.SetConditions(Conditions{Delay: 20 * ms})
		got = append(got, hop(a, b), hop(b, a))
		w.ClearPath(alice, bob)
		got = append(got, hop(a, b))
		if want := []time.Duration{40 * ms, 10 * ms, 40 * ms, 20 * ms, 20 * ms}; !slices.Equal(got, want) {
			t.Errorf("times %v, want %v", got, want)
		}
		start := time.Now()
		w.SetConditions(Conditions{Loss: 1})
		write(t, a, bob, "lost")
		w.Inject(carol, bob, []byte("late"), 7*ms)
		w.Inject(carol, bob, []byte("soon"), 3*ms) // the timer must go forward
		var buf [9]byte
		for _, want := range []string{"3ms soon", "7ms late"} {
			n, from, err := b.ReadFromUDPAddrPort(buf[:])
			if got := fmt.Sprintf("%v %s", time.Since(start), buf[:n]); got != want || from != carol || err != nil {
				t.Errorf("got %q from %v, %v, want %q", got, from, err, want)
			}
		}
		s := w.Stats()
		if s.Sent != 6 || s.Injected != 2 || s.Delivered != 7 || s.LostLoss != 1 || s.InFlight != 0 {
			t.Errorf("stats %+v", s)
		}
	})
}

func TestClosingTheWireDropsWhatIsUnderWay(t *testing.T) {
	bubble(t, Conditions{Delay: 10 * ms}, func(t *testing.T, w *Wire) {
		a := listen(t, w, alice)
		listen(t, w, bob)
		write(t, a, bob, "x")
		w.Close()
		w.Inject(carol, bob, nil, 0)
		<-time.After(time.Second)
		w.ring() // as a timer that rang while the wire was being closed
		if s := w.Stats(); s.Delivered != 0 || s.Lost() != 0 || s.InFlight != 1 || s.Injected != 0 {
			t.Errorf("stats %+v", s)
		}
	})
}

func TestAClosedEndpointReceivesNothing(t *testing.T) {
	bubble(t, Conditions{Delay: 10 * ms}, func(t *testing.T, w *Wire) {
		a, b := listen(t, w, alice), listen(t, w, bob)
		write(t, a, bob, "too late")
		b.Close()
		write(t, a, carol, "to nobody")
		<-time.After(10 * ms)
		synctest.Wait()
		if s := w.Stats(); s.LostNoReceiver != 2 || s.InFlight != 0 {
			t.Errorf("stats %+v", s)
		}
		write(t, a, bob, "for the next")
		a.Close() // what it sent is still delivered
		if got := read(t, listen(t, w, bob)); got != "for the next" {
			t.Errorf("read %q", got)
		}
	})
}

// Many goroutines at once, in real time as well as in a bubble, for the race
// detector. Each datagram is read once.
func TestManyGoroutinesShareAWire(t *testing.T) {
	run := func(t *testing.T) {
		w := NewWire(3, Conditions{Delay: ms / 10, Jitter: ms / 10})
		const writers, each = 4, 100
		sink := listen(t, w, bob)
		var writing, reading sync.WaitGroup
		var mu sync.Mutex
		seen := map[string]int{}
		for range 3 {
			reading.Go(func() {
				var b [64]byte
				for {
					n, _, err := sink.ReadFromUDPAddrPort(b[:])
					if err != nil {
						if !errors.Is(err, net.ErrClosed) {
							t.Error(err)
						}
						return
					}
					mu.Lock()
					seen[string(b[:n])]++
					all := len(seen) == writers*each
					mu.Unlock()
					if all {
						w.Close()
					}
				}
			})
		}
		for i := range writers {
			c := listen(t, w, netip.AddrPortFrom(alice.Addr(), 0))
			writing.Go(func() {
				for j := range each {
					if _, err := c.WriteToUDPAddrPort(fmt.Append(nil, i, j), bob); err != nil {
						t.Error(err)
					}
				}
			})
		}
		writing.Wait()
		reading.Wait()
		for s, n := range seen {
			if n != 1 {
				t.Errorf("%q was read %d times", s, n)
			}
		}
	}
	t.Run("in real time", run)
	t.Run("in a bubble", func(t *testing.T) { synctest.Test(t, run) })
}

func TestAWriteAndAReadCostNoAllocation(t *testing.T) {
	w := NewWire(1, Conditions{})
	defer w.Close()
	a, b := listen(t, w, alice), listen(t, w, bob)
	var buf [1200]byte
	once := func() {
		a.WriteToUDPAddrPort(buf[:], bob)
		b.ReadFromUDPAddrPort(buf[:])
	}
	once()
	if got := testing.AllocsPerRun(1000, once); got != 0 {
		t.Errorf("%v allocations", got)
	}
}
