package simnet

import (
	"slices"
	"testing"
	"time"
)

func countOf(fate []Cause, c Cause) int {
	n := 0
	for _, f := range fate {
		if f == c {
			n++
		}
	}
	return n
}

// meanRun returns the mean length of the runs of lost datagrams.
func meanRun(fate []Cause) float64 {
	lost, runs := 0, 0
	for i, f := range fate {
		if f == CauseNone {
			continue
		}
		lost++
		if i == 0 || fate[i-1] == CauseNone {
			runs++
		}
	}
	return float64(lost) / float64(runs)
}

// Tolerances are four standard deviations for 20,000 datagrams.
func TestLossIsIndependentAndAsOftenAsSaid(t *testing.T) {
	const count = 20_000
	tests := []struct {
		name      string
		loss      float64
		tolerance float64
	}{
		{"none", 0, 0},
		{"one in a hundred", 0.01, 0.0028},
		{"one in five", 0.2, 0.0113},
		{"one in two", 0.5, 0.0141},
		{"all", 1, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, fate := lossRun(7, Conditions{Loss: tt.loss}, count, 8)
			lost := countOf(fate, CauseLoss)
			near(t, "share", float64(lost)/count, tt.loss, tt.tolerance)
			if other := count - lost - countOf(fate, CauseNone); other != 0 {
				t.Errorf("%d lost by another cause", other)
			}
			if tt.loss == 0.2 {
				// Independent losses run for 1/(1-p) on average.
				near(t, "mean run", meanRun(fate), 1.25, 0.05)
			}
		})
	}
}

func TestBurstLosesInRuns(t *testing.T) {
	const count = 100_000
	tests := []struct {
		name  string
		burst Burst
		share float64
		run   float64
	}{
		{"every datagram of a bad spell of ten", Burst{GoodToBad: 0.01, BadToGood: 0.1, LossBad: 1}, 0.0909, 10},
		{"half of a bad spell of five", Burst{GoodToBad: 0.02, BadToGood: 0.2, LossBad: 0.5}, 0.04545, 1.667},
		{"only between the bad spells", Burst{GoodToBad: 0.5, BadToGood: 0.5, LossGood: 0.2}, 0.1, 1.111},
		{"the good state without any bad one", Burst{LossGood: 0.25}, 0.25, 1.333},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			fate := judged(3, Conditions{Burst: tt.burst}, count, 8)
			near(t, "share", float64(countOf(fate, CauseBurst))/count, tt.share, tt.share*0.07)
			near(t, "mean run", meanRun(fate), tt.run, tt.run*0.07)
		})
	}
}

func TestAPathJudgesAsItsNetworkDoes(t *testing.T) {
	_, want := lossRun(8, LossyWiFi(), 5000, 100)
	if !slices.Equal(judged(8, LossyWiFi(), 5000, 100), want) {
		t.Error("a path alone and in a network lose different datagrams")
	}
}

func TestBurstAndLossActBesideEachOther(t *testing.T) {
	const count = 50_000
	_, fate := lossRun(3, Conditions{Loss: 0.1, Burst: Burst{LossGood: 0.2}}, count, 8)
	near(t, "by burst", float64(countOf(fate, CauseBurst))/count, 0.2, 0.008)
	near(t, "by loss", float64(countOf(fate, CauseLoss))/count, 0.08, 0.005)
}

func TestConditionsWithoutBurstEndABadSpell(t *testing.T) {
	n, a, b := duo(1, Conditions{Burst: Burst{GoodToBad: 1, BadToGood: 1e-9, LossBad: 1}})
	a.numbered(3, ms, 8)
	n.At(ms, func() { n.SetConditions(Conditions{}) })
	// Back to bursts, in which a new bad spell is as good as impossible.
	n.At(2*ms, func() {
		n.SetConditions(Conditions{Burst: Burst{GoodToBad: 1e-9, BadToGood: 1e-9, LossBad: 1}})
	})
	drain(n)
	if got := b.numbers(t); !slices.Equal(got, []int{1, 2}) {
		t.Errorf("arrived %v, want 1 and 2", got)
	}
}

func TestMTULosesOnlyWhatIsBigger(t *testing.T) {
	tests := []struct {
		name string
		mtu  int
		size int
		want Cause
	}{
		{"as big as the MTU", 100, 100, CauseNone},
		{"one byte more", 100, 101, CauseMTU},
		{"the biggest of UDP without an MTU", 0, MaxDatagram, CauseNone},
		{"bigger than UDP without an MTU", 0, MaxDatagram + 1, CauseMTU},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, fate := lossRun(1, Conditions{MTU: tt.mtu}, 1, tt.size)
			if fate[0] != tt.want {
				t.Errorf("fate %v, want %v", fate[0], tt.want)
			}
		})
	}
}

func TestABlackoutTakesWhatIsSentFromItsStartUntilBeforeItsEnd(t *testing.T) {
	cond := Conditions{Delay: 30 * ms, Blackouts: []Blackout{{100 * ms, 200 * ms}, {300 * ms, 300*ms + 1}}}
	n, a, b := duo(1, cond)
	a.send(100*ms-1, bob, "just before, under way when it begins")
	a.send(100*ms, bob, "at the start")
	a.send(200*ms-1, bob, "just before the end")
	a.send(200*ms, bob, "at the end")
	a.send(300*ms-1, bob, "before the second")
	a.send(300*ms, bob, "in the second")
	a.send(300*ms+1, bob, "after the second")
	drain(n)
	want := []arrival{
		{130*ms - 1, alice, "just before, under way when it begins"},
		{230 * ms, alice, "at the end"},
		{330*ms - 1, alice, "before the second"},
		{330*ms + 1, alice, "after the second"},
	}
	if !slices.Equal(b.got, want) {
		t.Errorf("got  %v\nwant %v", b.got, want)
	}
	if got := n.Stats().LostBlackout; got != 3 {
		t.Errorf("LostBlackout = %d, want 3", got)
	}
}

// The fate of datagram i depends on i, the path and the seed only.
func TestOtherImpairmentsDoNotShiftTheLosses(t *testing.T) {
	const count = 2000
	_, want := lossRun(5, Conditions{Loss: 0.1}, count, 8)
	changed := Conditions{
		Loss: 0.1, Delay: 20 * ms, Jitter: 10 * ms, Reorder: 0.3, Duplicate: 0.3, Bandwidth: 1 << 30,
		Burst: Burst{GoodToBad: 0.1, BadToGood: 0.1},
	}
	if _, got := lossRun(5, changed, count, 8); !slices.Equal(got, want) {
		t.Error("other datagrams were lost")
	}
	if _, got := lossRun(6, Conditions{Loss: 0.1}, count, 8); slices.Equal(got, want) {
		t.Error("another seed lost the same datagrams")
	}
}

func TestTrafficElsewhereDoesNotShiftTheLosses(t *testing.T) {
	run := func(elsewhere bool) []int {
		n, a, b := duo(5, Conditions{Loss: 0.3})
		c := &box{}
		n.Attach(carol, c)
		a.numbered(500, ms, 8)
		if elsewhere {
			for i := range 500 {
				b.send(time.Duration(i)*ms, alice, "back")
				c.send(time.Duration(i)*ms/3, bob, "00999999")
			}
		}
		drain(n)
		return slices.DeleteFunc(b.numbers(t), func(i int) bool { return i == 999999 })
	}
	quiet, busy := run(false), run(true)
	if !slices.Equal(quiet, busy) {
		t.Errorf("arrived %d alone, %d beside other traffic", len(quiet), len(busy))
	}
}

func TestTheTwoDirectionsLoseDifferentDatagrams(t *testing.T) {
	n, a, b := duo(5, Conditions{Loss: 0.5})
	a.numbered(64, ms, 8)
	for i := range a.plan {
		b.send(a.plan[i].at, alice, string(a.plan[i].data))
	}
	drain(n)
	if slices.Equal(a.numbers(t), b.numbers(t)) {
		t.Error("the same datagrams were lost both ways")
	}
}
