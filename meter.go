package crosspeer

import "time"

// meter measures a rate without remembering what it measured: it holds the
// time until which all that was counted is paid for. The generic cell rate
// algorithm, ITU-T I.371.
type meter struct{ until time.Duration }

// excess is how long it takes until no more than burst is unpaid; 0 or less if
// that is so now.
func (m *meter) excess(now, burst time.Duration) time.Duration { return m.until - now - burst }

// add counts what costs so much time.
func (m *meter) add(now, cost time.Duration) { m.until = max(m.until, now) + cost }

// cost is the time that n at so many a second take.
func cost(n, perSecond int) time.Duration {
	if perSecond == 0 {
		return 0
	}
	return time.Duration(float64(n) * float64(time.Second) / float64(perSecond))
}

// clock gives the time that meters use: since the session began.
type clock struct{ start time.Time }

func (c clock) now() time.Duration { return time.Since(c.start) }
