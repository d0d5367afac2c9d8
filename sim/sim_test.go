package sim

import (
	"os"
	"strconv"
	"testing"
	"time"

	"crosspeer/internal/simnet"
)

// duration is that of a run: SIM_HOURS of virtual time, or what a test takes by
// default.
func duration(t *testing.T, d time.Duration) time.Duration {
	t.Helper()
	s := os.Getenv("SIM_HOURS")
	if s == "" {
		return d
	}
	hours, err := strconv.ParseFloat(s, 64)
	if err != nil || hours <= 0 {
		t.Fatalf("SIM_HOURS = %q, want a number above 0", s)
	}
	return time.Duration(hours * float64(time.Hour))
}

// short is what the race detector, under which a run takes thirty times as
// long, and -short leave of a test.
func short() bool { return testing.Short() || raceEnabled }

// TestTheLawsHold runs sessions of 64 members for three minutes each, or one
// for SIM_HOURS, or SIM_SEEDS of them.
func TestTheLawsHold(t *testing.T) {
	seeds, d := 6, 3*time.Minute
	switch {
	case os.Getenv("SIM_HOURS") != "":
		seeds = 1
	case short():
		seeds, d = 2, 20*time.Second
	}
	for seed := range simnet.Seeds(t, seeds) {
		begin := time.Now()
		r, err := Run(seed, Options{Duration: duration(t, d)})
		if err != nil {
			t.Error(err)
		}
		t.Logf("seed %d in %v: %v", seed, time.Since(begin).Round(time.Millisecond), r)
	}
}

func TestARunRepeatsFromItsSeed(t *testing.T) {
	d := 40 * time.Second
	if short() {
		d = 5 * time.Second
	}
	run := func(seed uint64) uint64 {
		r, err := Run(seed, Options{Duration: d})
		if err != nil {
			t.Fatal(err)
		}
		return r.Hash
	}
	first := run(1)
	if again := run(1); again != first {
		t.Errorf("two runs of a seed give %016x and %016x", first, again)
	}
	if other := run(2); other == first {
		t.Errorf("two seeds give the same run, %016x", first)
	}
}

// TestEverySortOfTroubleHappens holds that the simulation does what it says.
func TestEverySortOfTroubleHappens(t *testing.T) {
	if short() {
		t.Skip("takes eight minutes of virtual time")
	}
	r, err := Run(3, Options{Duration: 8 * time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	for i, a := range actions {
		if r.Actions[i] == 0 && a.weight > 1 {
			t.Errorf("%q never happens", a.name)
		}
	}
	for what, n := range map[string]uint64{
		"datagrams lost": r.Lost, "leaves": r.Leaves, "failed attempts": r.Failed, "full queues": r.Busy,
		"refused": r.Stats.Refused, "slow": r.Stats.Slow, "spoofed": r.Stats.Spoofed, "for nobody": r.Stats.UnknownTarget,
		"malformed": r.Stats.Malformed, "dropped at the inbox": r.Stats.InboxDropped, "dropped at a link": r.Stats.LinkDropped,
	} {
		if n == 0 {
			t.Errorf("%s: none", what)
		}
	}
	if r.Quiets < 2 {
		t.Errorf("all was quiet %d times", r.Quiets)
	}
}
