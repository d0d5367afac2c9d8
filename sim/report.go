package sim

import (
	"fmt"
	"time"

	"crosspeer"
)

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

// report sums up.
func (w *world) report() Report {
	w.add(w.server.Stats())
	n := w.net.Stats()
	return Report{
		Hash: fold(w.hash, w.net.Hash()), Time: w.now, Members: w.opt.Members, Counts: w.laws.count, Actions: w.actions,
		Stats: w.stats, Datagram: n.Sent, Lost: n.Lost(),
	}
}

// add takes in what a session of the server has counted.
func (w *world) add(s crosspeer.Stats) {
	t := &w.stats
	t.Relayed += s.Relayed
	t.Refused += s.Refused
	t.Slow += s.Slow
	t.Spoofed += s.Spoofed
	t.UnknownTarget += s.UnknownTarget
	t.Malformed += s.Malformed
	t.InboxDropped += s.InboxDropped
	t.LinkDropped += s.LinkDropped
}
