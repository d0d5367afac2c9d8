package simnet

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// DefaultReorderDelay is the extra delay of a held back datagram when
// [Conditions.ReorderDelay] is 0.
const DefaultReorderDelay = 10 * time.Millisecond

// MaxDatagram is the biggest datagram in bytes that a path carries: the
// payload of UDP over IPv4. It is the MTU when [Conditions.MTU] is 0.
const MaxDatagram = 65507

// maxDelay bounds the durations of Conditions, so that adding them to the
// clock cannot overflow.
const maxDelay = time.Hour

// Conditions describe one direction of a network. The zero value is a perfect
// network: nothing is lost and every datagram arrives at the instant of its
// sending.
//
// Sizes count the bytes of the datagram itself, without IP and UDP headers.
type Conditions struct {
	// Loss is the probability, 0 to 1, that a datagram is lost, independent of
	// all others.
	Loss float64

	// Burst is loss that comes in runs. It acts beside Loss.
	Burst Burst

	// Delay is the one-way time on the line, 0 to 1h. The round trip takes the
	// delays of both directions.
	Delay time.Duration

	// Jitter, 0 to 1h, varies the delay of each datagram uniformly between
	// Delay-Jitter and Delay+Jitter, both included. A delay below 0 counts as
	// 0. Datagrams closer together than twice the jitter may overtake each
	// other.
	Jitter time.Duration

	// Reorder is the probability, 0 to 1, that a datagram is held back by
	// ReorderDelay, so that later ones overtake it.
	Reorder float64

	// ReorderDelay is what Reorder adds to the delay, 0 to 1h. 0 means
	// DefaultReorderDelay.
	ReorderDelay time.Duration

	// Duplicate is the probability, 0 to 1, that a datagram arrives twice.
	Duplicate float64

	// Bandwidth is the speed of the line in bytes per second. 0 is unlimited.
	Bandwidth int

	// QueueBytes bounds the datagrams that wait for the line, without the one
	// that is on it. A datagram that finds no room is lost. 0 is unbounded. It
	// has no effect without Bandwidth.
	QueueBytes int

	// MTU is the size in bytes above which a datagram is lost, 0 to
	// MaxDatagram. 0 means MaxDatagram.
	MTU int

	// Blackouts are the spans in which every datagram sent is lost. A datagram
	// that is under way when one begins still arrives. Spans may overlap.
	Blackouts []Blackout
}

// Burst is the Gilbert-Elliott model of loss. The path is in a good or a bad
// state and starts in the good one. With every datagram it first changes its
// state or not, and then loses the datagram or not. The zero value loses
// nothing.
//
// In the long run the share GoodToBad/(GoodToBad+BadToGood) of the datagrams
// meets the bad state, and a stay in it lasts 1/BadToGood datagrams on average.
type Burst struct {
	// GoodToBad is the probability, 0 to 1, to leave the good state.
	GoodToBad float64
	// BadToGood is the probability, 0 to 1, to leave the bad state. It must be
	// above 0 when GoodToBad is.
	BadToGood float64
	// LossBad is the probability, 0 to 1, to lose a datagram in the bad state.
	LossBad float64
	// LossGood is the probability, 0 to 1, to lose one in the good state.
	LossGood float64
}

// Blackout is a span of the network's time, since its start. From belongs to
// it, To does not.
type Blackout struct {
	From, To time.Duration
}

// Validate returns nil, or one error that joins all that is wrong. Each names
// the field, its value and the range it should be in.
func (c Conditions) Validate() error {
	var errs []error
	wrong := func(field string, value any, want string) {
		errs = append(errs, fmt.Errorf("simnet: %s = %v, want %s", field, value, want))
	}
	share := func(field string, v float64) {
		// Written this way round, a NaN is wrong too.
		if !(v >= 0 && v <= 1) {
			wrong(field, v, "0..1")
		}
	}
	span := func(field string, v time.Duration) {
		if v < 0 || v > maxDelay {
			wrong(field, v, "0s.."+maxDelay.String())
		}
	}
	count := func(field string, v int) {
		if v < 0 {
			wrong(field, v, "0 or more")
		}
	}
	share("Loss", c.Loss)
	share("Burst.GoodToBad", c.Burst.GoodToBad)
	share("Burst.BadToGood", c.Burst.BadToGood)
	share("Burst.LossBad", c.Burst.LossBad)
	share("Burst.LossGood", c.Burst.LossGood)
	if c.Burst.GoodToBad > 0 && c.Burst.BadToGood == 0 {
		wrong("Burst.BadToGood", 0, "above 0 when Burst.GoodToBad is")
	}
	span("Delay", c.Delay)
	span("Jitter", c.Jitter)
	share("Reorder", c.Reorder)
	span("ReorderDelay", c.ReorderDelay)
	share("Duplicate", c.Duplicate)
	count("Bandwidth", c.Bandwidth)
	count("QueueBytes", c.QueueBytes)
	if c.MTU < 0 || c.MTU > MaxDatagram {
		wrong("MTU", c.MTU, fmt.Sprintf("0..%d", MaxDatagram))
	}
	for i, b := range c.Blackouts {
		if b.From < 0 {
			wrong(fmt.Sprintf("Blackouts[%d].From", i), b.From, "0s or more")
		}
		if b.To <= b.From {
			wrong(fmt.Sprintf("Blackouts[%d].To", i), b.To, "above From, which is "+b.From.String())
		}
	}
	return errors.Join(errs...)
}

// checked returns a copy that shares nothing with the caller, and panics when
// the conditions are out of range.
func (c Conditions) checked() Conditions {
	if err := c.Validate(); err != nil {
		panic(err)
	}
	c.Blackouts = slices.Clone(c.Blackouts)
	return c
}
