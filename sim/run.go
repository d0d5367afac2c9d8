package sim

import (
	"fmt"
	"time"
)

// Options say what is simulated. The zero value is the full session for one
// minute.
type Options struct {
	// Duration is how long the session goes on, in virtual time. Default one
	// minute.
	Duration time.Duration

	// Members is how many want to be in the session besides the server.
	// Default 64.
	Members int
}

// tick is the time between two looks of a program: 60 in a second.
const tick = time.Second / 60

// Run runs a session. An error says which law does not hold, and when.
func Run(seed uint64, opt Options) (Report, error) {
	if opt.Duration == 0 {
		opt.Duration = time.Minute
	}
	if opt.Members == 0 {
		opt.Members = 64
	}
	w := newWorld(seed, opt)
	defer w.close()
	for w.now < opt.Duration && w.laws.broken == nil {
		w.step()
	}
	if w.laws.broken == nil {
		w.quiet()
	}
	r := w.report()
	if w.laws.broken != nil {
		return r, fmt.Errorf("sim: seed %d at %v: %w", seed, w.now, w.laws.broken)
	}
	return r, nil
}
