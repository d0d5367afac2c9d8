package simnet

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"
)

const ms = time.Millisecond

var (
	alice = netip.MustParseAddrPort("10.0.0.1:7001")
	bob   = netip.MustParseAddrPort("10.0.0.2:7002")
	carol = netip.MustParseAddrPort("[fd00::3]:7003")
)

// box is a node that sends what it is told to, when it is told to, and keeps
// what arrives.
type box struct {
	plan    []sending // in the order of time
	got     []arrival
	flushes []time.Duration
}

type sending struct {
	at   time.Duration
	to   netip.AddrPort
	data []byte
}

type arrival struct {
	at   time.Duration
	from netip.AddrPort
	data string
}

func (b *box) Receive(now time.Duration, from netip.AddrPort, datagram []byte) {
	b.got = append(b.got, arrival{now, from, string(datagram)})
}

func (b *box) Flush(now time.Duration, send func(netip.AddrPort, []byte)) {
	b.flushes = append(b.flushes, now)
	for len(b.plan) > 0 && b.plan[0].at <= now {
		send(b.plan[0].to, b.plan[0].data)
		b.plan = b.plan[1:]
	}
}

func (b *box) Deadline() (time.Duration, bool) {
	if len(b.plan) == 0 {
		return 0, false
	}
	return b.plan[0].at, true
}

func (b *box) send(at time.Duration, to netip.AddrPort, data string) {
	b.plan = append(b.plan, sending{at, to, []byte(data)})
}

// numbered plans count datagrams to bob, every gap, that carry their number in
// eight digits and are padded to size.
func (b *box) numbered(count int, gap time.Duration, size int) {
	for i := range count {
		s := fmt.Sprintf("%08d", i)
		b.send(time.Duration(i)*gap, bob, s+strings.Repeat(".", max(0, size-len(s))))
	}
}

// numbers returns the numbers of what arrived.
func (b *box) numbers(t *testing.T) []int {
	t.Helper()
	var out []int
	for _, a := range b.got {
		var i int
		if _, err := fmt.Sscanf(a.data[:8], "%d", &i); err != nil {
			t.Fatalf("arrived: %q: %v", a.data, err)
		}
		out = append(out, i)
	}
	return out
}

// duo returns a network with two boxes, at alice and bob.
func duo(seed uint64, cond Conditions) (n *Net, a, b *box) {
	n, a, b = New(seed, cond), &box{}, &box{}
	n.Attach(alice, a)
	n.Attach(bob, b)
	return n, a, b
}

// drain runs until nothing is pending.
func drain(n *Net) {
	for n.Step() {
	}
}

// lossRun sends numbered datagrams a millisecond apart under the conditions
// and says which were lost, and by what.
func lossRun(seed uint64, cond Conditions, count, size int) (*Net, []Cause) {
	n, a, _ := duo(seed, cond)
	fate := make([]Cause, count)
	n.Tap(func(e Event) {
		if e.Kind == Lost {
			fate[e.ID-1] = e.Cause
		}
	})
	a.numbered(count, ms, size)
	drain(n)
	return n, fate
}

// judged asks a path alone about datagrams a millisecond apart: the fates of
// lossRun, without the cost of a network.
func judged(seed uint64, cond Conditions, count, size int) []Cause {
	var m medium
	m.init(seed, cond)
	p, fate := m.path(alice, bob), make([]Cause, count)
	for i := range fate {
		fate[i] = p.judge(time.Duration(i)*ms, size).cause
	}
	return fate
}

func mustPanic(t *testing.T, want string, f func()) {
	t.Helper()
	defer func() {
		t.Helper()
		got := fmt.Sprint(recover())
		if !strings.Contains(got, want) {
			t.Errorf("panic %q, want one with %q", got, want)
		}
	}()
	f()
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if got < want-tolerance || got > want+tolerance {
		t.Errorf("%s = %v, want %v ± %v", what, got, want, tolerance)
	}
}
