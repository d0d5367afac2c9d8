package simnet

import "time"

// line is the bottleneck of a path: it carries one datagram at a time at a
// given rate and keeps the others waiting in order.
type line struct {
	// free is when the line has sent all it took, rounded down, and part the
	// rest of the rounding in 1/rate nanoseconds. With it the line keeps its
	// rate exactly over any count of datagrams.
	free time.Duration
	part int64
	rate int

	waiting fifo[waiting]
	bytes   int // of all that wait
}

type waiting struct {
	start time.Duration
	size  int
}

// take accepts a datagram and says when its last byte is sent, or refuses it
// for lack of room. What the line took before keeps its times when rate or
// limit change.
func (l *line) take(now time.Duration, size, rate, limit int) (sent time.Duration, ok bool) {
	for l.waiting.len() > 0 && l.waiting.first().start <= now {
		l.bytes -= l.waiting.pop().size
	}
	if l.free < now {
		l.free, l.part = now, 0
	}
	if rate != l.rate {
		l.rate, l.part = rate, 0
	}
	if rate == 0 {
		// A backlog from slower times still goes first.
		return l.free, true
	}
	if l.free > now {
		if limit > 0 && l.bytes+size > limit {
			return 0, false
		}
		l.waiting.push(waiting{start: l.free, size: size})
		l.bytes += size
	}
	work := int64(size)*int64(time.Second) + l.part
	l.free += time.Duration(work / int64(rate))
	l.part = work % int64(rate)
	return l.free, true
}
