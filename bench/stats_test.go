package main

import (
	"math"
	"slices"
	"testing"
)

func TestSpread(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   string
	}{
		{nil, "-"},
		{[]float64{4}, "4.00"},
		{[]float64{3, 1, 2}, "2.00 (1.00-3.00)"},
		{[]float64{4, 1, 2, 3}, "2.50 (1.00-4.00)"},
	} {
		if got := spreadOf(c.values).String(); got != c.want {
			t.Errorf("%v: %s, want %s", c.values, got, c.want)
		}
	}
	values := []float64{2, 1}
	spreadOf(values)
	if !slices.Equal(values, []float64{2, 1}) {
		t.Errorf("the values were sorted in place, so pairs are lost: %v", values)
	}
}

func TestShortNumbers(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 0.1234: "0.123", -0.5: "-0.500", 1.234: "1.23", 12.34: "12.3", 123.4: "123", 123456: "123456", 1234567: "1235k",
	} {
		if got := short(v); got != want {
			t.Errorf("%v: %s, want %s", v, got, want)
		}
	}
}

func TestRatiosAreOfPairs(t *testing.T) {
	a := []float64{1, missing, 4, 0, 10}
	b := []float64{2, 5, missing, 1, 5}
	if got := ratios(a, b); !slices.Equal(got, []float64{2, 0.5}) {
		t.Errorf("ratios %v, want 2 and 0.5", got)
	}
}

func TestPresentLeavesItsArgumentAlone(t *testing.T) {
	values := []float64{missing, 1}
	if got := present(values); !slices.Equal(got, []float64{1}) {
		t.Errorf("present %v", got)
	}
	if !math.IsNaN(values[0]) || values[1] != 1 {
		t.Errorf("the values became %v", values)
	}
}
