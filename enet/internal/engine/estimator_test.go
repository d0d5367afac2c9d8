package engine

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

func TestEstimatorOfLibenet(t *testing.T) {
	var file struct {
		Sequences []struct {
			Name                                       string
			ThrottleInterval                           uint32
			ThrottleAcceleration, ThrottleDeceleration uint32
			ThrottleLimit                              uint32
			Steps                                      []struct {
				T                                    int64
				Sample                               uint32
				RTT, Variance, LastRTT, LastVariance uint32
				LowestRTT, HighestVariance, Throttle uint32
				ThrottleEpoch                        int64
			}
		}
	}
	readJSON(t, "testdata/enet-estimator.json", &file)
	if len(file.Sequences) != 10 {
		t.Fatalf("%d sequences, want 10", len(file.Sequences))
	}
	for _, seq := range file.Sequences {
		t.Run(seq.Name, func(t *testing.T) {
			e, th := newEstimator(time.Millisecond), newThrottle()
			th.interval = time.Duration(seq.ThrottleInterval) * time.Millisecond
			th.acceleration, th.deceleration = seq.ThrottleAcceleration, seq.ThrottleDeceleration
			th.limit = seq.ThrottleLimit
			for i, st := range seq.Steps {
				if e.sampled {
					th.update(&e, st.Sample, 0, 0)
				}
				e.add(time.Duration(st.T)*time.Millisecond, st.Sample, th.interval)
				got := fmt.Sprint(e.rtt, e.variance, e.refRTT, e.refVar, e.lowRTT, e.highVar, th.value, e.epoch.Milliseconds())
				want := fmt.Sprint(st.RTT, st.Variance, st.LastRTT, st.LastVariance, st.LowestRTT, st.HighestVariance,
					st.Throttle, st.ThrottleEpoch)
				if got != want {
					t.Fatalf("step %d, sample %d:\n got %s\nwant %s", i, st.Sample, got, want)
				}
			}
		})
	}
}

// In libenet the throttle stays at zero for ever when a stable path becomes
// 15 ms or more slower for good (weakness W14).
func TestThrottleRecoversWhenThePathBecomesSlower(t *testing.T) {
	for _, tt := range []struct {
		name          string
		from, to      time.Duration
		jitter        time.Duration
		worst, settle uint32 // lowest value on the way, value in the end
	}{
		{"20 to 60 ms, steady", 20 * time.Millisecond, 60 * time.Millisecond, 0, 8, 32},
		{"20 to 60 ms, 3 ms of jitter", 20 * time.Millisecond, 60 * time.Millisecond, 3 * time.Millisecond, 8, 32},
		{"20 to 35 ms, steady", 20 * time.Millisecond, 35 * time.Millisecond, 0, 8, 32},
		{"30 to 50 ms, 1 ms of jitter", 30 * time.Millisecond, 50 * time.Millisecond, time.Millisecond, 8, 32},
		{"5 to 300 ms, 20 ms of jitter", 5 * time.Millisecond, 300 * time.Millisecond, 20 * time.Millisecond, 8, 32},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(1, 1))
			e, th := newEstimator(modern.tick), newThrottle()
			noise := uint32(modern.noise / modern.tick)
			lowest := uint32(throttleScale)
			for i := range 300 { // a sample each 100 ms
				d := tt.from
				if i >= 100 {
					d = tt.to
				}
				if tt.jitter > 0 {
					d += time.Duration(rnd.Int64N(int64(2*tt.jitter))) - tt.jitter
				}
				m := uint32(d / modern.tick)
				if e.sampled {
					th.update(&e, m, noise, modern.throttleFloor)
				}
				e.add(time.Duration(i)*100*time.Millisecond, m, th.interval)
				lowest = min(lowest, th.value)
			}
			if lowest < tt.worst || th.value != tt.settle {
				t.Errorf("lowest %d, in the end %d; want at least %d, and %d", lowest, th.value, tt.worst, tt.settle)
			}
		})
	}
}

func TestThrottleDropsByItsCounter(t *testing.T) {
	for _, tt := range []struct {
		value uint32
		drops []int // of 32 packets, counted from 0
	}{
		{32, nil},
		{31, nil},
		{24, []int{3, 8, 12, 17, 21, 26, 30}},
	} {
		th := newThrottle()
		th.value = tt.value
		var got []int
		for i := range 32 {
			if th.drops() {
				got = append(got, i)
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(tt.drops) {
			t.Errorf("throttle %d drops %v, want %v", tt.value, got, tt.drops)
		}
	}
}
