package simnet

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// delays returns how long each datagram took, by number; the first arrival
// counts.
func delays(t *testing.T, b *box, gap time.Duration) map[int]time.Duration {
	t.Helper()
	out := map[int]time.Duration{}
	for i, no := range b.numbers(t) {
		if _, again := out[no]; !again {
			out[no] = b.got[i].at - time.Duration(no)*gap
		}
	}
	return out
}

func TestDelayIsExact(t *testing.T) {
	for _, d := range []time.Duration{0, 1, 37 * ms, time.Hour} {
		n, a, b := duo(1, Conditions{Delay: d})
		a.numbered(3, 10*ms, 8)
		drain(n)
		got := delays(t, b, 10*ms)
		if len(got) != 3 || got[0] != d || got[1] != d || got[2] != d {
			t.Errorf("delays %v, want three of %v", got, d)
		}
	}
}

// 40,000 datagrams in four equal classes: each class holds 10,000 ± 350, four
// standard deviations.
func TestJitterIsUniformAroundTheDelay(t *testing.T) {
	const count = 40_000
	n, a, b := duo(2, Conditions{Delay: 50 * ms, Jitter: 20 * ms})
	a.numbered(count, ms, 8)
	drain(n)
	var class [4]int
	lowest, highest := time.Hour, time.Duration(0)
	for _, d := range delays(t, b, ms) {
		lowest, highest = min(lowest, d), max(highest, d)
		if d < 30*ms || d > 70*ms {
			t.Fatalf("a delay of %v", d)
		}
		class[min(3, (d-30*ms)/(10*ms))]++
	}
	for i, got := range class {
		near(t, "class "+string(rune('0'+i)), float64(got), count/4, 350)
	}
	if lowest > 30*ms+ms/100 || highest < 70*ms-ms/100 {
		t.Errorf("delays from %v to %v do not reach the ends", lowest, highest)
	}
}

func TestJitterIncludesBothEnds(t *testing.T) {
	n, a, b := duo(2, Conditions{Delay: 10, Jitter: 1})
	a.numbered(200, ms, 8)
	drain(n)
	seen := map[time.Duration]int{}
	for _, d := range delays(t, b, ms) {
		seen[d]++
	}
	if len(seen) != 3 || seen[9] == 0 || seen[10] == 0 || seen[11] == 0 {
		t.Errorf("delays %v, want 9, 10 and 11 ns", seen)
	}
}

func TestJitterAboveTheDelayDoesNotGoBackInTime(t *testing.T) {
	n, a, b := duo(2, Conditions{Delay: ms, Jitter: 5 * ms})
	a.numbered(1000, 10*ms, 8)
	drain(n)
	zero := 0
	for no, d := range delays(t, b, 10*ms) {
		if d < 0 || d > 6*ms {
			t.Fatalf("number %d took %v", no, d)
		}
		if d == 0 {
			zero++
		}
	}
	near(t, "share without delay", float64(zero)/1000, 0.4, 0.062)
}

func TestWithoutJitterAndReorderTheOrderIsKept(t *testing.T) {
	tests := []struct {
		name string
		cond Conditions
		gap  time.Duration
	}{
		{"all at one instant on a perfect network", Conditions{}, 0},
		{"all at one instant with delay", Conditions{Delay: 20 * ms}, 0},
		{"with loss and copies", Conditions{Delay: 5 * ms, Loss: 0.2, Duplicate: 0.2}, ms},
		{"through a queue", Conditions{Delay: 5 * ms, Bandwidth: 10_000}, ms / 10},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n, a, b := duo(3, tt.cond)
			a.numbered(500, tt.gap, 20)
			drain(n)
			if got := b.numbers(t); !slices.IsSorted(got) || len(got) < 300 {
				t.Errorf("%d arrived, sorted: %v", len(got), slices.IsSorted(got))
			}
		})
	}
}

// Tolerance: four standard deviations.
func TestReorderHoldsBackTheSaidShare(t *testing.T) {
	tests := []struct {
		name  string
		delay time.Duration
		want  time.Duration
	}{
		{"by its delay", 7 * ms, 27 * ms},
		{"by ten milliseconds unless said otherwise", 0, 30 * ms},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			const count = 10_000
			n, a, b := duo(4, Conditions{Delay: 20 * ms, Reorder: 0.1, ReorderDelay: tt.delay})
			a.numbered(count, ms, 8)
			drain(n)
			held := 0
			for no, d := range delays(t, b, ms) {
				switch d {
				case 20 * ms:
				case tt.want:
					held++
				default:
					t.Fatalf("number %d took %v", no, d)
				}
			}
			near(t, "share", float64(held)/count, 0.1, 0.012)
			if slices.IsSorted(b.numbers(t)) {
				t.Error("nothing was overtaken")
			}
		})
	}
}

// Tolerance: four standard deviations.
func TestDuplicateMakesOneCopyWithTheSameBytes(t *testing.T) {
	const count = 10_000
	n, a, b := duo(5, Conditions{Delay: 50 * ms, Jitter: 20 * ms, Duplicate: 0.25})
	a.numbered(count, ms, 300)
	drain(n)
	arrivals := map[string][]time.Duration{}
	for _, g := range b.got {
		arrivals[g.data] = append(arrivals[g.data], g.at)
	}
	if len(arrivals) != count {
		t.Errorf("%d different datagrams arrived, want %d", len(arrivals), count)
	}
	twice, together := 0, 0
	for _, at := range arrivals {
		switch len(at) {
		case 1:
		case 2:
			twice++
			if at[0] == at[1] {
				together++
			}
		default:
			t.Fatalf("one datagram arrived %d times", len(at))
		}
	}
	near(t, "share", float64(twice)/count, 0.25, 0.0174)
	if got := n.Stats().Duplicated; got != uint64(twice) {
		t.Errorf("Duplicated = %d, but %d arrived twice", got, twice)
	}
	if together > twice/100 {
		t.Errorf("%d of %d copies have the jitter of their original", together, twice)
	}
}

func TestBandwidthPacesToTheNanosecond(t *testing.T) {
	const (
		rate  = 1_000_003 // does not divide a second, so roundings would add up
		size  = 777
		count = 5000
		delay = 3 * ms
	)
	n, a, b := duo(1, Conditions{Bandwidth: rate, Delay: delay})
	a.numbered(count, 0, size)
	// One more when the line has been idle starts a new account.
	const later = 30 * time.Second
	a.send(later, bob, strings.Repeat("1", size))
	drain(n)
	if len(b.got) != count+1 {
		t.Fatalf("%d arrived", len(b.got))
	}
	for i, g := range b.got[:count] {
		want := time.Duration(int64(i+1)*size*int64(time.Second)/rate) + delay
		if g.at != want {
			t.Fatalf("number %d arrived at %v, want %v", i, g.at, want)
		}
	}
	want := later + time.Duration(int64(size)*int64(time.Second)/rate) + delay
	if got := b.got[count].at; got != want {
		t.Errorf("the late one arrived at %v, want %v", got, want)
	}
}

func TestNothingArrivesBeforeTheLineHasSentIt(t *testing.T) {
	// Ten bytes take a millisecond.
	n, a, b := duo(2, Conditions{Bandwidth: 10_000, Jitter: 5 * ms, Duplicate: 1})
	a.numbered(200, 0, 10)
	drain(n)
	for i, no := range b.numbers(t) {
		sent := time.Duration(no+1) * ms
		if at := b.got[i].at; at < sent || at > sent+5*ms {
			t.Errorf("number %d, sent at %v, arrived at %v", no, sent, at)
		}
	}
	if len(b.got) != 400 {
		t.Errorf("%d arrived, want 400", len(b.got))
	}
}

func TestAFullQueueDropsItsTail(t *testing.T) {
	// 100 bytes take 100 ms. One is on the line, two fit into 250 bytes.
	n, a, b := duo(1, Conditions{Bandwidth: 1000, QueueBytes: 250})
	for i := range 5 {
		a.send(0, bob, strings.Repeat(string(rune('a'+i)), 100))
	}
	a.send(0, bob, strings.Repeat("s", 50)) // small enough for the rest
	a.send(100*ms-1, bob, strings.Repeat("t", 100))
	a.send(100*ms, bob, strings.Repeat("u", 100)) // the second left the queue
	a.send(450*ms, bob, strings.Repeat("v", 900)) // an idle line takes any size
	drain(n)
	var got strings.Builder
	var at []time.Duration
	for _, g := range b.got {
		got.WriteByte(g.data[0])
		at = append(at, g.at)
	}
	if got.String() != "abcsuv" {
		t.Errorf("arrived %q, want abcsuv", got.String())
	}
	if want := []time.Duration{100 * ms, 200 * ms, 300 * ms, 350 * ms, 450 * ms, 1350 * ms}; !slices.Equal(at, want) {
		t.Errorf("arrived at %v, want %v", at, want)
	}
	if lost := n.Stats().LostQueue; lost != 3 {
		t.Errorf("LostQueue = %d, want 3", lost)
	}
}

func TestALostDatagramHasUsedItsBandwidth(t *testing.T) {
	n, a, b := duo(1, Conditions{Bandwidth: 1000, Loss: 1})
	a.send(0, bob, strings.Repeat("x", 100))
	a.send(0, bob, "1")
	n.RunUntil(0)
	n.SetConditions(Conditions{Bandwidth: 1000})
	a.send(ms, bob, "2")
	n.Wake(alice)
	drain(n)
	if want := []arrival{{102 * ms, alice, "2"}}; !slices.Equal(b.got, want) {
		t.Errorf("got %v, want %v", b.got, want)
	}
}

func TestAChangedBandwidthKeepsTheOrderAndTheQueue(t *testing.T) {
	for _, rate := range []int{0, 500, 100_000} {
		n, a, b := duo(1, Conditions{Bandwidth: 1000})
		a.numbered(4, 0, 100)
		n.RunUntil(150 * ms)
		n.SetConditions(Conditions{Bandwidth: rate})
		a.send(150*ms, bob, strings.Repeat("9", 100))
		n.Wake(alice)
		drain(n)
		want := []time.Duration{100 * ms, 200 * ms, 300 * ms, 400 * ms, 400 * ms}
		if rate > 0 {
			want[4] += 100 * time.Second / time.Duration(rate)
		}
		var at []time.Duration
		for _, g := range b.got {
			at = append(at, g.at)
		}
		if !slices.Equal(at, want) || b.got[4].data[0] != '9' {
			t.Errorf("then at %d: arrived at %v, want %v", rate, at, want)
		}
	}
}
