package main

import (
	"fmt"
	"math"
)

// goal is what a figure of a case must be, and what it is meant to become.
type goal struct {
	work          string
	figure        figure
	rule          rule
	must, stretch float64
}

// rule is what of a figure is held against a goal.
type rule uint8

const (
	ratioAtMost  rule = iota // to the reference: median of the ratios of neighbours in time
	ratioAtLeast             // the same
	valueAtMost              // of the server under test alone: median of its runs
	sumAtMost                // of the server under test alone: all its runs together
)

// measure gives the figure that is held against the goal: what it was in each
// repeat, or all of it together.
func (g goal) measure(reference, ours []float64) spread {
	switch g.rule {
	case valueAtMost:
		return spreadOf(present(ours))
	case sumAtMost:
		sum, list := 0.0, present(ours)
		for _, v := range list {
			sum += v
		}
		return spreadOf([]float64{sum}[:min(1, len(list))])
	}
	return spreadOf(ratios(reference, ours))
}

// verdict says whether a measured value holds.
func (g goal) verdict(s spread) string {
	if s.n == 0 {
		return "not measured"
	}
	sign := 1.0
	if g.rule == ratioAtLeast {
		sign = -1
	}
	switch v := s.median; {
	case sign*v <= sign*g.stretch:
		return "stretch met"
	case sign*v <= sign*g.must:
		return "must met"
	case g.must == 0:
		return fmt.Sprintf("missed by %s", short(v))
	default:
		return fmt.Sprintf("missed by %.0f %%", math.Ceil(100*math.Abs(v-g.must)/g.must-1e-9))
	}
}

// bound writes a limit with its direction.
func (g goal) bound(limit float64) string {
	if g.rule == ratioAtLeast {
		return "≥ " + short(limit)
	}
	return "≤ " + short(limit)
}

// goalTable has a line per goal; without a second server there is nothing to
// hold against it, and no line.
func goalTable(servers []server, outcomes []outcome) table {
	t := table{head: []string{"work", "figure"}}
	for _, s := range servers {
		t.head = append(t.head, s.name)
	}
	for _, p := range pairs(len(servers)) {
		t.head = append(t.head, servers[p[1]].name+"/"+servers[p[0]].name)
	}
	t.head = append(t.head, "must", "stretch", "verdict")
	for _, o := range outcomes {
		if len(servers) < 2 {
			break
		}
		for _, g := range o.c.goals {
			row := []string{g.work, g.figure.label}
			values := make([][]float64, len(servers))
			for i, runs := range o.runs {
				values[i] = valuesOf(g.figure, runs)
				row = append(row, g.cell(values[i]))
			}
			for _, p := range pairs(len(servers)) {
				row = append(row, spreadOf(ratios(values[p[0]], values[p[1]])).String())
			}
			s := g.measure(values[0], values[1])
			t.rows = append(t.rows, append(row, g.bound(g.must), g.bound(g.stretch), g.verdict(s)))
		}
	}
	return t
}

// cell is what a server's column shows: its median, or its sum where that is
// what counts.
func (g goal) cell(values []float64) string {
	list := present(values)
	if g.rule == sumAtMost && len(list) > 0 {
		return fmt.Sprintf("%s of %d", short(g.measure(nil, list).median), len(list))
	}
	s := spreadOf(list)
	if s.n == 0 {
		return s.String()
	}
	return short(s.median)
}
