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

	// Calm leaves out everything but joining and sending.
	Calm bool
}

// Report says what has happened in a run.
type Report struct {
	Hash     uint64 // of all that the programs and the network saw
	Time     time.Duration
	Members  int
	Counts   // of the programs
	Actions  []uint64
	Stats    ServerStats
	Datagram uint64 // sent on the network
	Lost     uint64 // of them
}

// String is the report on one line.
func (r Report) String() string {
	return fmt.Sprintf("%v, hash %016x: %d sent, %d received, %d of them reliable, by members at %.1f per second each; "+
		"%d joins, %d leaves, %d refused, %d slow; %d datagrams, %d lost; quiet %d times",
		r.Time.Round(time.Second), r.Hash, r.Sent, r.Received, r.Reliable, float64(r.Ticks)/r.Time.Seconds()/float64(r.Members),
		r.Joins, r.Leaves, r.Stats.Refused, r.Stats.Slow, r.Datagram, r.Lost, r.Quiets)
}

// Counts are what the programs did and saw.
type Counts struct {
	Sent     uint64 // packets that Send took, a broadcast counted once
	Received uint64 // packets that programs were given, each copy counted
	Reliable uint64 // of them
	Joins    uint64
	Leaves   uint64
	Failed   uint64 // attempts to join that did not succeed
	Quiets   uint64 // times that everything was compared
	Busy     uint64 // sends that found the queue full
	Ticks    uint64 // of members that were in the session and sent
}

// ServerStats are the sum of what the server's sessions counted.
type ServerStats struct {
	Relayed, Refused, Slow, Spoofed, UnknownTarget, Malformed, InboxDropped, LinkDropped uint64
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
