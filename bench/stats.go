package main

import (
	"fmt"
	"math"
	"slices"
)

// spread is the median and the range of some values.
type spread struct {
	median, min, max float64
	n                int
}

func spreadOf(values []float64) spread {
	if len(values) == 0 {
		return spread{}
	}
	v := slices.Sorted(slices.Values(values))
	mid := len(v) / 2
	s := spread{median: v[mid], min: v[0], max: v[len(v)-1], n: len(v)}
	if len(v)%2 == 0 {
		s.median = (v[mid-1] + v[mid]) / 2
	}
	return s
}

// String shows the range only where there is one.
func (s spread) String() string {
	switch s.n {
	case 0:
		return "-"
	case 1:
		return short(s.median)
	}
	return fmt.Sprintf("%s (%s-%s)", short(s.median), short(s.min), short(s.max))
}

// short writes a number with about three significant digits.
func short(v float64) string {
	switch a := math.Abs(v); {
	case a >= 1e6:
		return fmt.Sprintf("%.0fk", v/1e3)
	case a >= 100 || a == 0:
		return fmt.Sprintf("%.0f", v)
	case a >= 10:
		return fmt.Sprintf("%.1f", v)
	case a >= 1:
		return fmt.Sprintf("%.2f", v)
	}
	return fmt.Sprintf("%.3f", v)
}

// missing stands for the value of a run that failed.
var missing = math.NaN()

// present returns the values without the missing ones.
func present(values []float64) []float64 {
	return slices.DeleteFunc(slices.Clone(values), math.IsNaN)
}

// ratios returns b/a for each pair. It leaves out pairs with a missing value
// and those in which a is zero.
func ratios(a, b []float64) []float64 {
	var out []float64
	for i := range a {
		if a[i] != 0 {
			out = append(out, b[i]/a[i])
		}
	}
	return present(out)
}
