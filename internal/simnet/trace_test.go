package simnet

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
)

// chatter is a node that sends to its peers at random-looking times and answers
// some of what it gets.
type chatter struct {
	peers []netip.AddrPort
	next  time.Duration
	count int
	reply []netip.AddrPort
}

func (c *chatter) Receive(_ time.Duration, from netip.AddrPort, d []byte) {
	if len(d)%3 == 0 {
		c.reply = append(c.reply, from)
	}
}

func (c *chatter) Flush(now time.Duration, send func(netip.AddrPort, []byte)) {
	for _, to := range c.reply {
		send(to, []byte("pong"))
	}
	c.reply = c.reply[:0]
	for c.next <= now && c.count < 300 {
		to := c.peers[c.count%len(c.peers)]
		send(to, filler[:20+c.count*7%600])
		c.count++
		c.next += time.Duration(1+c.count%5) * ms
	}
}

var filler = []byte(strings.Repeat("crosspeer ", 62))

func (c *chatter) Deadline() (time.Duration, bool) { return c.next, c.count < 300 }

// party is a busy scenario of three nodes with changes on the way.
func party(seed uint64, cond Conditions, tap func(*Net, Event)) *Net {
	n := New(seed, cond)
	if tap != nil {
		n.Tap(func(e Event) { tap(n, e) })
	}
	all := []netip.AddrPort{alice, bob, carol}
	for i, addr := range all {
		n.Attach(addr, &chatter{peers: []netip.AddrPort{all[(i+1)%3], all[(i+2)%3]}})
	}
	n.At(100*ms, func() { n.SetPath(alice, carol, Conditions{Loss: 0.5}) })
	n.At(200*ms, func() { n.SetConditions(Mobile()) })
	n.At(300*ms, func() { n.Detach(bob); n.Inject(bob, alice, []byte("ghost"), ms) })
	n.RunFor(time.Hour)
	return n
}

func TestTheSameSeedGivesTheSameTrace(t *testing.T) {
	for _, p := range Presets() {
		t.Run(p.Name, func(t *testing.T) {
			for seed := range Seeds(t, 5) {
				one, two := party(seed, p.Conditions, nil), party(seed, p.Conditions, nil)
				if one.Hash() != two.Hash() || one.Stats() != two.Stats() {
					t.Fatalf("hashes %x and %x, stats\n%+v\n%+v", one.Hash(), two.Hash(), one.Stats(), two.Stats())
				}
			}
		})
	}
}

func TestAnotherSeedGivesAnotherTrace(t *testing.T) {
	seen := map[uint64]uint64{}
	for seed := range uint64(200) {
		h := party(seed, LossyWiFi(), nil).Hash()
		if other, ok := seen[h]; ok {
			t.Errorf("seeds %d and %d have the hash %x", seed, other, h)
		}
		seen[h] = seed
	}
}

// The value is pinned: a change of it means that all seeds of all tests that
// anybody wrote down mean something else from now on.
func TestTheTraceOfASeedStaysTheSameOverTime(t *testing.T) {
	const want = 0x4eb1c4108787b779
	if got := party(2024, Hostile(), nil).Hash(); got != want {
		t.Errorf("hash %#x, want %#x", got, uint64(want))
	}
}

func TestTheHashTakesInEachPartOfAnEvent(t *testing.T) {
	run := func(cond Conditions, from, to netip.AddrPort, at time.Duration, data string) uint64 {
		n := New(1, cond)
		a := &box{}
		n.Attach(from, a)
		a.send(at, to, data)
		drain(n)
		return n.Hash()
	}
	delayed := Conditions{Delay: ms}
	zoned := netip.AddrPortFrom(netip.MustParseAddr("fe80::1%eth0"), 7001)
	traces := map[string]uint64{
		"plain":        run(delayed, alice, bob, 0, "data"),
		"the bytes":    run(delayed, alice, bob, 0, "dat4"),
		"the length":   run(delayed, alice, bob, 0, "data\x00"),
		"no bytes":     run(delayed, alice, bob, 0, ""),
		"the time":     run(delayed, alice, bob, 1, "data"),
		"the sender":   run(delayed, carol, bob, 0, "data"),
		"the receiver": run(delayed, alice, carol, 0, "data"),
		"the port":     run(delayed, netip.AddrPortFrom(alice.Addr(), 1), bob, 0, "data"),
		"a zone":       run(delayed, zoned, bob, 0, "data"),
		"another zone": run(delayed, netip.AddrPortFrom(zoned.Addr().WithZone("eth1"), 7001), bob, 0, "data"),
		"turned round": run(delayed, bob, alice, 0, "data"),
		"the arrival":  run(Conditions{Delay: 2 * ms}, alice, bob, 0, "data"),
		"lost":         run(Conditions{Loss: 1}, alice, bob, 0, "data"),
		"lost else":    run(Conditions{Burst: Burst{LossGood: 1}}, alice, bob, 0, "data"),
		"twice":        run(Conditions{Delay: ms, Duplicate: 1}, alice, bob, 0, "data"),
		"nothing":      New(1, delayed).Hash(),
	}
	seen := map[uint64]string{}
	for name, h := range traces {
		if other, ok := seen[h]; ok {
			t.Errorf("%q and %q have the same hash", name, other)
		}
		seen[h] = name
	}
}

func TestTapsSeeWhatHappenedToEachDatagram(t *testing.T) {
	tests := []struct {
		name string
		cond Conditions
		to   netip.AddrPort
		want []string
	}{
		{"delivered", Conditions{Delay: 5 * ms}, bob, []string{
			"1ms #1 10.0.0.1:7001 > 10.0.0.2:7002, 4 bytes: sent",
			"6ms #1 10.0.0.1:7001 > 10.0.0.2:7002, 4 bytes: delivered"}},
		{"duplicated", Conditions{Delay: 5 * ms, Duplicate: 1}, bob, []string{
			"1ms #1 10.0.0.1:7001 > 10.0.0.2:7002, 4 bytes: sent",
			"1ms #1 10.0.0.1:7001 > 10.0.0.2:7002, 4 bytes: duplicated",
			"6ms #1 10.0.0.1:7001 > 10.0.0.2:7002, 4 bytes: delivered",
			"6ms #1 10.0.0.1:7001 > 10.0.0.2:7002, 4 bytes: delivered"}},
		{"lost", Conditions{Loss: 1}, bob, []string{
			"1ms #1 10.0.0.1:7001 > 10.0.0.2:7002, 4 bytes: sent",
			"1ms #1 10.0.0.1:7001 > 10.0.0.2:7002, 4 bytes: lost by loss"}},
		{"lost in a burst", Conditions{Loss: 1, Burst: Burst{1, 1, 1, 0}}, bob, []string{
			"1ms #1 10.0.0.1:7001 > 10.0.0.2:7002, 4 bytes: sent",
			"1ms #1 10.0.0.1:7001 > 10.0.0.2:7002, 4 bytes: lost by burst"}},
		{"lost in a blackout", Conditions{Loss: 1, Blackouts: []Blackout{{0, ms + 1}}}, bob, []string{
			"1ms #1 10.0.0.1:7001 > 10.0.0.2:7002, 4 bytes: sent",
			"1ms #1 10.0.0.1:7001 > 10.0.0.2:7002, 4 bytes: lost by blackout"}},
		{"too big", Conditions{Loss: 1, MTU: 3}, bob, []string{
			"1ms #1 10.0.0.1:7001 > 10.0.0.2:7002, 4 bytes: sent",
			"1ms #1 10.0.0.1:7001 > 10.0.0.2:7002, 4 bytes: lost by mtu"}},
		{"to nobody", Conditions{Delay: 5 * ms}, carol, []string{
			"1ms #1 10.0.0.1:7001 > [fd00::3]:7003, 4 bytes: sent",
			"6ms #1 10.0.0.1:7001 > [fd00::3]:7003, 4 bytes: lost by no receiver"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n, a, _ := duo(1, tt.cond)
			var got []string
			n.Tap(func(e Event) {
				if string(e.Datagram) != "data" || e.SentAt != ms || e.Forged {
					t.Errorf("event %+v", e)
				}
				got = append(got, e.String())
			})
			second := 0
			n.Tap(func(Event) { second++ })
			a.send(ms, tt.to, "data")
			drain(n)
			if !slices.Equal(got, tt.want) {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
			if second != len(got) {
				t.Errorf("the second tap saw %d of %d", second, len(got))
			}
		})
	}
}

func TestATapSeesForgedDatagramsAsSuch(t *testing.T) {
	n, _, _ := duo(1, Conditions{})
	var got []string
	n.Tap(func(e Event) { got = append(got, e.String()) })
	n.Inject(alice, bob, []byte("data"), ms)
	drain(n)
	want := []string{
		"0s #1 10.0.0.1:7001 > 10.0.0.2:7002, 4 bytes: injected, forged",
		"1ms #1 10.0.0.1:7001 > 10.0.0.2:7002, 4 bytes: delivered, forged",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestATapSeesAFullQueue(t *testing.T) {
	n, a, _ := duo(1, Conditions{Bandwidth: 1000, QueueBytes: 1})
	var got []string
	n.Tap(func(e Event) {
		if e.Kind == Lost {
			got = append(got, fmt.Sprint(e.ID, e.Cause))
		}
	})
	a.numbered(3, 0, 8)
	drain(n)
	if want := []string{"2 queue", "3 queue"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// The totals agree with the events at every moment, and no datagram is left
// over.
func TestEveryDatagramHasOneEnd(t *testing.T) {
	for _, p := range Presets() {
		t.Run(p.Name, func(t *testing.T) {
			open, bad, events := map[uint64]int{}, 0, 0
			n := party(9, p.Conditions, func(n *Net, e Event) {
				events++
				switch e.Kind {
				case Sent, Injected, Duplicated:
					open[e.ID]++
				case Delivered, Lost:
					if open[e.ID]--; open[e.ID] < 0 {
						bad++
					}
				}
				if (e.Kind == Lost) != (e.Cause != CauseNone) {
					bad++
				}
			})
			for _, left := range open {
				if left != 0 {
					bad++
				}
			}
			if bad != 0 || events < 1000 {
				t.Errorf("%d mistakes in %d events", bad, events)
			}
			s := n.Stats()
			if s.InFlight != 0 || s.Sent+s.Injected+s.Duplicated != s.Delivered+s.Lost() || s.LostNoReceiver == 0 {
				t.Errorf("stats %+v", s)
			}
			if s.SentBytes <= s.Sent || s.DeliveredBytes <= s.Delivered {
				t.Errorf("bytes %+v", s)
			}
		})
	}
}

func TestStatsBalanceAtEveryStep(t *testing.T) {
	n := New(3, Hostile())
	n.Attach(alice, &chatter{peers: []netip.AddrPort{bob}})
	n.Attach(bob, &chatter{peers: []netip.AddrPort{alice, carol}})
	most := uint64(0)
	for n.Step() {
		s := n.Stats()
		if s.Sent+s.Duplicated != s.Delivered+s.Lost()+s.InFlight {
			t.Fatalf("at %v: %+v", n.Now(), s)
		}
		most = max(most, s.InFlight)
	}
	if most < 10 {
		t.Errorf("never more than %d under way", most)
	}
}

func TestKindsAndCausesHaveNames(t *testing.T) {
	got := fmt.Sprint(Kind(0), Sent, Injected, Duplicated, Delivered, Lost, Kind(9),
		CauseNone, CauseLoss, CauseBurst, CauseQueue, CauseBlackout, CauseMTU, CauseNoReceiver, CauseBuffer, Cause(99))
	want := "Kind(0) sent injected duplicated delivered lost Kind(9) " +
		"none loss burst queue blackout mtu no receiver buffer Cause(99)"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
