package sim

import "iter"

// call is a call that waits, as Dial does, on a coroutine of its own: it runs
// only when go on is called, so the run stays on one goroutine.
type call struct {
	next  func() (struct{}, bool)
	stop  func()
	quit  bool
	ended bool
	err   error
}

// newCall begins f. It comes back when f waits for the first time or has ended;
// wait tells f to give up with false.
func newCall(f func(wait func() bool) error) *call {
	c := new(call)
	c.next, c.stop = iter.Pull(func(yield func(struct{}) bool) {
		c.err = f(func() bool { return !c.quit && yield(struct{}{}) && !c.quit })
		c.ended = true
	})
	c.next()
	return c
}

// proceed lets the call look again. It returns false while it still waits.
func (c *call) proceed() bool {
	if !c.ended {
		c.next()
	}
	return c.ended
}

// end makes the call give up.
func (c *call) end() {
	c.quit = true
	c.stop()
}
