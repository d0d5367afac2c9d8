package enet

import (
	"testing"
	"time"

	"crosspeer/enet/internal/engine"
	"crosspeer/internal/udpbatch"
)

// hush is a socket that notes whether it is quiet.
type hush struct{ quiet, never bool }

func (h *hush) Quiet(on bool) bool { h.quiet = on && !h.never; return h.quiet }

func (h *hush) Pause(time.Duration) {}

// pacing is a loop with a load of the test's.
type pacing struct {
	l    *loop
	sock *hush
	now  time.Duration
}

func newPacing(delay time.Duration) *pacing {
	p := &pacing{sock: new(hush), l: &loop{Host: &Host{flushDelay: delay}}}
	p.l.pace.conn = p.sock
	return p
}

// wake is a read after a while that brings datagrams of a size; asked and
// relayed are what became of them.
func (p *pacing) wake(after time.Duration, datagrams, size int, asked, relayed bool) time.Duration {
	p.now += after
	in := make([]udpbatch.Message, datagrams)
	for i := range in {
		in[i].Data = make([]byte, size)
	}
	p.l.origin = time.Now()
	p.l.pace.read(p.l.origin, in)
	p.l.pace.now = p.now
	p.l.asked, p.l.relayed = asked, relayed
	return p.l.moderate()
}

// load repeats wakes, each millisecond, and gives the last nap.
func (p *pacing) load(d time.Duration, datagrams, size int, asked, relayed bool) (nap time.Duration) {
	for end := p.now + d; p.now < end; {
		nap = p.wake(time.Millisecond, datagrams, size, asked, relayed)
	}
	return nap
}

func TestTheLoopNapsOnlyWherePromptnessIsNotWanted(t *testing.T) {
	const long = time.Second
	for _, tt := range []struct {
		name      string
		delay     time.Duration
		datagrams int
		size      int
		asked     bool
		relayed   bool
		want      time.Duration
	}{
		{"inputs that are collected", 0, 6, 80, false, false, time.Millisecond},
		{"few datagrams", 0, 1, 80, false, false, 0},
		{"more than should wait", 0, 128, 80, false, false, 500 * time.Microsecond},
		{"a transfer", 0, 6, 1400, false, false, 0},
		{"answers", 0, 6, 80, true, false, 0},
		{"a relay", 0, 6, 80, true, true, 0},
		{"a relay with a delay", 5 * time.Millisecond, 6, 80, true, true, 5 * time.Millisecond},
		{"few datagrams, a relay with a delay", 5 * time.Millisecond, 1, 80, true, true, 5 * time.Millisecond},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPacing(tt.delay)
			p.l.sentAt = long
			nap := p.load(long, tt.datagrams, tt.size, tt.asked, tt.relayed)
			if nap != tt.want || p.sock.quiet != (tt.want > 0) {
				t.Errorf("naps %v, quiet %v; want %v", nap, p.sock.quiet, tt.want)
			}
		})
	}
}

func TestNapsEndWithTheLoad(t *testing.T) {
	p := newPacing(0)
	begun := p.load(50*time.Millisecond, 6, 80, false, false)
	if begun != 0 || p.sock.quiet {
		t.Error("a load of 50 ms is taken for one that lasts")
	}
	if p.load(time.Second, 6, 80, false, false) == 0 {
		t.Error("no nap")
	}
	if p.wake(time.Millisecond, 6, 80, true, true) != 0 {
		t.Error("a nap after what was relayed")
	}
	if p.wake(time.Millisecond, 6, 80, false, false) != 0 {
		t.Error("a nap soon after something was relayed")
	}
	if p.load(100*time.Millisecond, 6, 80, false, false) == 0 {
		t.Error("no nap when nothing is relayed any more")
	}
	if p.wake(time.Millisecond, 0, 0, false, false) != 0 {
		t.Error("a nap after a read that brought nothing")
	}
	if p.load(500*time.Millisecond, 0, 0, false, false); !p.sock.quiet {
		t.Error("a lull of half a second is taken for the end")
	}
	if p.load(2*time.Second, 0, 0, false, false); p.sock.quiet {
		t.Error("the socket stays quiet")
	}
}

func TestAPauseIsTheEndOfALoad(t *testing.T) {
	p := newPacing(0)
	p.load(time.Second, 6, 80, false, false)
	if !p.sock.quiet {
		t.Fatal("the socket is not quiet")
	}
	if p.wake(2*time.Second, 6, 80, false, false); p.sock.quiet {
		t.Error("the socket is quiet after two seconds without a datagram")
	}
}

// Twenty ticks a second, each of which is seen as several wakes, are no
// answers.
func TestTicksDoNotKeepTheLoopAwake(t *testing.T) {
	p := newPacing(0)
	naps := 0
	for range 100 {
		for k := range 50 {
			if p.wake(time.Millisecond, 6, 80, k < 3, false) > 0 {
				naps++
			}
		}
	}
	if naps < 4000 {
		t.Errorf("%d naps in 5000 wakes", naps)
	}
}

func TestASocketThatCannotBeQuietIsReadAtOnce(t *testing.T) {
	p := newPacing(0)
	p.sock.never = true
	if nap := p.load(time.Second, 6, 80, false, false); nap != 0 {
		t.Errorf("a nap of %v", nap)
	}
	if l := (&loop{Host: new(Host)}); l.moderate() != 0 {
		t.Error("a nap without such a socket")
	}
}

// What a handler passes on is told from what the program sends by itself.
func TestWhatIsRelayedIsKnown(t *testing.T) {
	received := engine.CopyPacket([]byte("x"))
	h := &Host{current: received}
	for _, tt := range []struct {
		pkt  Packet
		want bool
	}{{Packet{engine.CopyPacket([]byte("x"))}, false}, {Packet{received}, true}} {
		h.relayed = false
		h.sent(tt.pkt)
		if !h.asked || h.relayed != tt.want {
			t.Errorf("asked %v, relayed %v; want %v", h.asked, h.relayed, tt.want)
		}
	}
}
