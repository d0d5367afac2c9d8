package simnet

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestConditionsOutOfRangeAreNamed(t *testing.T) {
	tests := []struct {
		name string
		cond Conditions
		want []string // one per line of the error; nil is no error
	}{
		{"the zero value is valid", Conditions{}, nil},
		{"the ends of the ranges are valid", Conditions{
			Loss: 1, Burst: Burst{1, 1, 1, 1}, Delay: time.Hour, Jitter: time.Hour,
			Reorder: 1, ReorderDelay: time.Hour, Duplicate: 1, MTU: MaxDatagram,
			Blackouts: []Blackout{{0, 1}},
		}, nil},
		{"a negative loss", Conditions{Loss: -0.1}, []string{"Loss = -0.1, want 0..1"}},
		{"a loss that is not a number", Conditions{Loss: math.NaN()}, []string{"Loss = NaN, want 0..1"}},
		{"a burst without an end", Conditions{Burst: Burst{GoodToBad: 0.1}},
			[]string{"Burst.BadToGood = 0, want above 0 when Burst.GoodToBad is"}},
		{"each probability above one", Conditions{
			Loss: 2, Burst: Burst{3, 4, 5, 6}, Reorder: 7, Duplicate: 8,
		}, []string{
			"Loss = 2, want 0..1", "Burst.GoodToBad = 3, want 0..1", "Burst.BadToGood = 4, want 0..1",
			"Burst.LossBad = 5, want 0..1", "Burst.LossGood = 6, want 0..1",
			"Reorder = 7, want 0..1", "Duplicate = 8, want 0..1",
		}},
		{"each duration out of range", Conditions{Delay: -1, Jitter: time.Hour + 1, ReorderDelay: -time.Second},
			[]string{"Delay = -1ns, want 0s..1h0m0s", "Jitter = 1h0m0.000000001s, want 0s..1h0m0s", "ReorderDelay = -1s, want 0s..1h0m0s"}},
		{"negative sizes", Conditions{Bandwidth: -1, QueueBytes: -2, MTU: -3},
			[]string{"Bandwidth = -1, want 0 or more", "QueueBytes = -2, want 0 or more", "MTU = -3, want 0..65507"}},
		{"an MTU above UDP", Conditions{MTU: 65508}, []string{"MTU = 65508, want 0..65507"}},
		{"blackouts that begin early or end first", Conditions{Blackouts: []Blackout{{1, 2}, {-5, 3}, {7, 7}}},
			[]string{"Blackouts[1].From = -5ns, want 0s or more", "Blackouts[2].To = 7ns, want above From, which is 7ns"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			if err := tt.cond.Validate(); err != nil {
				for _, line := range strings.Split(err.Error(), "\n") {
					got = append(got, strings.TrimPrefix(line, "simnet: "))
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

func TestWrongConditionsPanicWhereverTheyAreSet(t *testing.T) {
	bad := Conditions{Loss: 2}
	mustPanic(t, "Loss = 2", func() { New(1, bad) })
	mustPanic(t, "Loss = 2", func() { New(1, Conditions{}).SetConditions(bad) })
	mustPanic(t, "Loss = 2", func() { New(1, Conditions{}).SetPath(alice, bob, bad) })
	mustPanic(t, "Loss = 2", func() { NewWire(1, bad) })
	mustPanic(t, "Loss = 2", func() { NewWire(1, Conditions{}).SetConditions(bad) })
	mustPanic(t, "Loss = 2", func() { NewWire(1, Conditions{}).SetPath(alice, bob, bad) })
}

func TestTheNetworkKeepsItsOwnCopyOfTheBlackouts(t *testing.T) {
	cond := Conditions{Blackouts: []Blackout{{0, time.Second}}}
	n, a, b := duo(1, cond)
	cond.Blackouts[0].To = 1
	a.send(ms, bob, "lost")
	drain(n)
	if len(b.got) != 0 {
		t.Errorf("arrived in the blackout: %v", b.got)
	}
}

// The documented loss of each preset is met over 100,000 datagrams within a
// fifth or 0.0003, whichever is more. Datagrams are far enough apart to keep
// the queues empty.
func TestPresetsLoseWhatTheirDocumentationSays(t *testing.T) {
	want := map[string]float64{
		"Perfect": 0, "LAN": 0, "Broadband": 0.0005, "WiFi": 0.002, "LossyWiFi": 0.029, "Mobile": 0.012,
		"Congested": 0.02, "Intercontinental": 0.003, "Satellite": 0.0044, "Hostile": 0.2,
	}
	presets := Presets()
	if len(presets) != len(want) {
		t.Errorf("%d presets, want %d", len(presets), len(want))
	}
	for _, p := range presets {
		t.Run(p.Name, func(t *testing.T) {
			loss, ok := want[p.Name]
			if !ok {
				t.Fatal("not in the table")
			}
			const count = 100_000
			got := 1 - float64(countOf(judged(1, p.Conditions, count, 8), CauseNone))/count
			tolerance := max(loss/5, 0.0003)
			if loss == 0 {
				tolerance = 0
			}
			near(t, "loss", got, loss, tolerance)
		})
	}
}

func TestPresetsCarryAFullGameDatagram(t *testing.T) {
	for _, p := range Presets() {
		n, a, b := duo(1, p.Conditions)
		for i := range 40 { // enough for one to get through any of them
			a.send(time.Duration(i)*time.Second, bob, strings.Repeat("x", 1392))
		}
		drain(n)
		if len(b.got) == 0 {
			t.Errorf("%s: nothing of 1392 bytes arrived: %+v", p.Name, n.Stats())
		}
	}
}
