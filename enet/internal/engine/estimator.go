package engine

import "time"

// estimator tracks a peer's round-trip time in ticks of the policy. It is
// integer arithmetic throughout: with a tick of one millisecond it gives
// libenet 1.3.17's numbers exactly.
type estimator struct {
	rtt, variance uint32

	// lowest and highest since epoch, and what they were in the epoch before:
	// the reference that the packet throttle compares samples with.
	lowRTT, highVar uint32
	refRTT, refVar  uint32

	epoch    time.Duration
	hasEpoch bool
	sampled  bool
}

// initialRTT is assumed until the first sample.
const initialRTT = 500 * time.Millisecond

func newEstimator(tick time.Duration) estimator {
	r := uint32(initialRTT / tick)
	return estimator{rtt: r, lowRTT: r, refRTT: r}
}

// add takes a sample of m ticks, at least 1. interval is the throttle
// interval after which a new epoch begins.
func (e *estimator) add(now time.Duration, m uint32, interval time.Duration) {
	m = max(m, 1)
	if !e.sampled {
		e.sampled = true
		e.rtt, e.variance = m, (m+1)/2
	} else {
		e.variance -= e.variance / 4
		if m >= e.rtt {
			d := m - e.rtt
			e.variance += d / 4
			e.rtt += d / 8
		} else {
			d := e.rtt - m
			e.variance += d / 4
			e.rtt -= d / 8
		}
	}
	e.lowRTT = min(e.lowRTT, e.rtt)
	e.highVar = max(e.highVar, e.variance)
	if !e.hasEpoch || now-e.epoch >= interval {
		e.refRTT, e.refVar = e.lowRTT, max(e.highVar, 1)
		e.lowRTT, e.highVar = e.rtt, e.variance
		e.epoch, e.hasEpoch = now, true
	}
}

// throttleScale is the packet throttle's value that lets everything pass.
const throttleScale = 32

// packetThrottle decides which share of unreliable packets is sent.
type packetThrottle struct {
	value        uint32 // 0 to limit
	limit        uint32 // 32, or less under a bandwidth limit
	counter      uint32
	acceleration uint32
	deceleration uint32
	interval     time.Duration
}

const (
	defaultThrottleInterval     = 5000 // milliseconds
	defaultThrottleAcceleration = 2
	defaultThrottleDeceleration = 2
	throttleCounterStep         = 7
)

func newThrottle() packetThrottle {
	return packetThrottle{
		value: throttleScale, limit: throttleScale,
		acceleration: defaultThrottleAcceleration,
		deceleration: defaultThrottleDeceleration,
		interval:     defaultThrottleInterval * time.Millisecond,
	}
}

// update moves the throttle by one sample; e is the estimator before it takes
// that sample. noise and floor are the policy's, in ticks and units of value.
func (t *packetThrottle) update(e *estimator, m, noise, floor uint32) {
	m = max(m, 1)
	calm, late := e.refRTT, e.refRTT+2*e.refVar
	if noise > 0 {
		slack := max(noise, 2*e.refVar)
		calm, late = e.refRTT+slack, e.refRTT+2*slack
	}
	switch {
	case e.refRTT <= e.refVar:
		t.value = t.limit
	case m <= calm:
		t.value = min(t.value+min(t.acceleration, throttleScale), t.limit)
	case m > late:
		floor = min(floor, t.limit)
		if t.value > floor {
			t.value -= min(t.deceleration, t.value-floor)
		}
	}
}

// drops steps the counter and says whether the packet at hand is dropped.
func (t *packetThrottle) drops() bool {
	t.counter = (t.counter + throttleCounterStep) % throttleScale
	return t.counter > t.value
}
