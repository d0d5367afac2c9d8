package simnet

import (
	"slices"
	"testing"
	"time"
)

func TestTheLineCarriesItsRoundingOnlyWhileItIsBusy(t *testing.T) {
	type offer struct {
		at         time.Duration
		size, rate int
	}
	const s = time.Second
	tests := []struct {
		name   string
		offers []offer
		want   []time.Duration
	}{
		{"thirds of a second add up to a second",
			[]offer{{0, 1, 3}, {0, 1, 3}, {0, 1, 3}},
			[]time.Duration{333333333, 666666666, s}},
		{"also when the next comes at the very end of the last",
			[]offer{{0, 1, 3}, {333333333, 1, 3}, {666666666, 1, 3}},
			[]time.Duration{333333333, 666666666, s}},
		{"after a pause the account is new",
			[]offer{{0, 2, 3}, {s, 1, 3}, {s, 1, 3}},
			[]time.Duration{666666666, s + 333333333, s + 666666666}},
		{"at another rate the account is new",
			[]offer{{0, 2, 3}, {0, 1, 7}, {0, 6, 7}},
			[]time.Duration{666666666, 809523808, 1666666666}},
		{"an empty datagram takes no time",
			[]offer{{0, 0, 3}, {0, 3, 3}, {0, 0, 3}},
			[]time.Duration{0, s, s}},
		{"without a rate what waits goes first",
			[]offer{{0, 3, 3}, {0, 100, 0}, {2 * s, 100, 0}},
			[]time.Duration{s, s, 2 * s}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var l line
			var got []time.Duration
			for _, o := range tt.offers {
				sent, ok := l.take(o.at, o.size, o.rate, 0)
				if !ok {
					t.Fatalf("%+v was refused", o)
				}
				got = append(got, sent)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("sent at %v, want %v", got, tt.want)
			}
		})
	}
}

func TestAnUnboundedQueueTakesEverything(t *testing.T) {
	var l line
	for i := range 10_000 {
		if sent, ok := l.take(0, 1000, 1000, 0); !ok || sent != time.Duration(i+1)*time.Second {
			t.Fatalf("number %d: %v, %v", i, sent, ok)
		}
	}
}
