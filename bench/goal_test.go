package main

import (
	"slices"
	"strings"
	"testing"
)

func TestVerdicts(t *testing.T) {
	for _, c := range []struct {
		rule            rule
		must, stretch   float64
		reference, ours []float64
		want            string
	}{
		{ratioAtMost, 0.8, 0.6, []float64{10, 10, 10}, []float64{5, 6, 20}, "stretch met"},
		{ratioAtMost, 0.8, 0.6, []float64{10}, []float64{8}, "must met"},
		{ratioAtMost, 0.8, 0.6, []float64{10}, []float64{8.8}, "missed by 10 %"},
		{ratioAtMost, 0.8, 0.6, []float64{1000}, []float64{801}, "missed by 1 %"},
		{ratioAtLeast, 1.2, 1.35, []float64{10}, []float64{13.5}, "stretch met"},
		{ratioAtLeast, 1.2, 1.35, []float64{10}, []float64{12}, "must met"},
		{ratioAtLeast, 1.2, 1.35, []float64{10}, []float64{9}, "missed by 25 %"},
		{valueAtMost, 3, 1.8, []float64{0}, []float64{1, 2, 9}, "must met"},
		{valueAtMost, 3, 1.8, nil, []float64{1.8}, "stretch met"},
		{sumAtMost, 0, 0, []float64{1, 0, 0}, []float64{0, 0, 0}, "stretch met"},
		{sumAtMost, 0, 0, []float64{0, 0, 0}, []float64{1, 0, 2}, "missed by 3.00"},
		{ratioAtMost, 0.8, 0.6, []float64{missing, 10}, []float64{10, missing}, "not measured"},
		{sumAtMost, 0, 0, nil, []float64{missing}, "not measured"},
	} {
		g := goal{rule: c.rule, must: c.must, stretch: c.stretch}
		if got := g.verdict(g.measure(c.reference, c.ours)); got != c.want {
			t.Errorf("rule %d, %v against %v: %q, want %q", c.rule, c.ours, c.reference, got, c.want)
		}
	}
}

func TestTheGoalTableHasEveryServerAndRatio(t *testing.T) {
	cpu, lost := figure{label: "CPU µs", key: "cpu"}, figure{label: "peers lost", key: "lost"}
	o := outcome{
		c: testCase{goals: []goal{{"relay", cpu, ratioAtMost, 0.8, 0.6}, {"burst", lost, sumAtMost, 0, 0}}},
		runs: [][]result{
			{{"cpu": 4.0, "lost": 1.0}, {"cpu": 4.0, "lost": 2.0}},
			{{"cpu": 2.0, "lost": 0.0}, {"cpu": 2.0, "lost": 0.0}},
			{{"cpu": 1.0, "lost": 0.0}, nil},
		},
	}
	servers := []server{{name: "c"}, {name: "go"}, {name: "base"}}
	var b strings.Builder
	goalTable(servers, []outcome{o}).markdown(&b)
	want := strings.Join([]string{
		"| work | figure | c | go | base | go/c | go/base | must | stretch | verdict |",
		"| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
		"| relay | CPU µs | 4.00 | 2.00 | 1.00 | 0.500 (0.500-0.500) | 2.00 | ≤ 0.800 | ≤ 0.600 | stretch met |",
		"| burst | peers lost | 3.00 of 2 | 0 of 2 | 0 of 1 | 0 (0-0) | - | ≤ 0 | ≤ 0 | stretch met |",
		"",
	}, "\n")
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
	if got := goalTable(servers[:1], []outcome{{c: o.c, runs: o.runs[:1]}}); len(got.rows) != 0 {
		t.Errorf("with one server: %v", got.rows)
	}
}

func TestAnUnfinishedRunHasNoTime(t *testing.T) {
	for done, want := range map[float64]bool{0: false, 1: true} {
		if _, ok := completion.of(result{"window_s": 2.0, "finished": done}); ok != want {
			t.Errorf("finished %v: a time is there: %v", done, ok)
		}
	}
}

func TestNothingHasNoPrice(t *testing.T) {
	if v, ok := cpuPerDelivery.of(result{"cpu_us_per_delivery": 0.0}); ok {
		t.Errorf("a run without deliveries costs %v for each", v)
	}
	if _, ok := cpuShare.of(result{"server_util": 0.0}); !ok {
		t.Error("a server that used no time has no figure")
	}
}

func TestOnlyTheReferenceLacksOurOptions(t *testing.T) {
	c := testCase{extra: []string{"--x"}, ours: []string{"--y"}}
	for i, want := range [][]string{{"--x"}, {"--x", "--y"}, {"--x", "--y"}} {
		if got := c.of(i).extra; !slices.Equal(got, want) {
			t.Errorf("server %d: %q, want %q", i, got, want)
		}
	}
}

// The goals of the issue, one for each line.
func TestEveryKindOfWorkHasItsGoal(t *testing.T) {
	var works []string
	for _, c := range goalCases(false) {
		if len(c.goals) == 0 {
			t.Errorf("%s has no goal", c.name)
		}
		for _, g := range c.goals {
			works = append(works, g.work)
			better := g.stretch <= g.must
			if g.rule == ratioAtLeast {
				better = g.stretch >= g.must
			}
			if !better || !slices.ContainsFunc(c.figures, func(f figure) bool { return f == g.figure }) {
				t.Errorf("%s: %+v, figures %v", c.name, g, c.figures)
			}
		}
	}
	for _, want := range []string{"backlog", "backlog, reliable", "1→128, one", "1→32, one", "1→8, one", "1→1, one", "saturated",
		"latency", "4,000 idle", "tick", "at once", "5 ms window", "bulk down", "1 % loss", "5 % loss", "20 % loss", "burst", "memory"} {
		if !slices.ContainsFunc(works, func(w string) bool { return strings.Contains(w, want) }) {
			t.Errorf("no goal for %q", want)
		}
	}
}

func TestAFailureOfTheOldVersionIsNone(t *testing.T) {
	o := outcome{runs: [][]result{{{}}, {{}}, {nil}}}
	if n := o.failures(); n != 0 {
		t.Errorf("%d failures", n)
	}
	o.runs[1][0] = nil
	if n := o.failures(); n != 1 {
		t.Errorf("%d failures", n)
	}
}
