package lobby

import "time"

// bucket bounds how often something may happen: it has room for a burst and
// is refilled at a rate. It counts in nanoseconds of the rate, so that nothing
// is lost to rounding.
type bucket struct {
	full  time.Duration // when it is full again
	each  time.Duration
	burst time.Duration
}

func newBucket(now time.Duration, perSecond, burst int) bucket {
	each := time.Second / time.Duration(perSecond)
	return bucket{now, each, each * time.Duration(burst)}
}

// take says whether it may happen once more.
func (b *bucket) take(now time.Duration) bool {
	full := max(b.full, now) + b.each
	if full-now > b.burst {
		return false
	}
	b.full = full
	return true
}
