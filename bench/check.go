package main

import (
	"fmt"
	"runtime"
)

// doubts lists what makes a run less than it should be. The figures of such a
// run stand in the table, since leaving out bad runs would flatter a server,
// and the doubts below it.
func doubts(r result) []string {
	var list []string
	number := func(key string) float64 {
		v, _ := r[key].(float64)
		return v
	}
	add := func(format string, v ...any) { list = append(list, fmt.Sprintf(format, v...)) }
	if share, ok := r["delivered_share"].(float64); ok && share < 0.999 {
		add("%.1f %% delivered", share*100)
	}
	if share, ok := r["delivered_share"].(float64); ok && share > 1.001 {
		add("%.1f %% delivered, some twice", share*100)
	}
	if scenario, _ := r["scenario"].(string); sends(scenario) && number("sent") == 0 {
		add("nothing sent in the window")
	}
	if n := number("wrong"); n > 0 {
		add("%.0f messages wrong", n)
	}
	if n := number("stalls"); n > 0 {
		add("%.0f stalls", n)
	}
	if n := number("missed"); n > 0 {
		add("%.0f snapshots missed", n)
	}
	if n := number("lost_peers"); n > 0 {
		add("%.0f peers lost", n)
	}
	if number("count") > 0 && number("finished") == 0 {
		add("not finished")
	}
	return list
}

// sends says whether the clients of a scenario send messages all the time.
func sends(scenario string) bool {
	switch scenario {
	case "relay", "mesh", "echo", "tick":
		return true
	}
	return false
}

// foreignLimit is how many processors other work may take before the figures
// of a suite are called doubtful.
const foreignLimit = 0.3

// foreignLoad is a warning about other work on the machine during the runs, or
// empty.
func foreignLoad(outcomes []outcome) string {
	other := figure{key: "other_util"}
	var values []float64
	for _, o := range outcomes {
		for _, runs := range o.runs {
			values = append(values, present(valuesOf(other, runs))...)
		}
	}
	s := spreadOf(values)
	if s.median <= foreignLimit {
		return ""
	}
	return fmt.Sprintf("other work took %v of %d processors during these runs", s, runtime.NumCPU())
}
