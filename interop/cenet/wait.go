package cenet

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Next returns the next event. It fails the test when none comes in time.
func (p *Peer) Next() Event {
	p.t.Helper()
	e, err := p.next(time.After(p.patience))
	if err != nil {
		p.t.Fatalf("%v: waiting for an event: %v", p, err)
	}
	return e
}

// Expect takes the next events and fails the test when they are not these, in
// this order.
func (p *Peer) Expect(want ...Event) {
	p.t.Helper()
	timeout := time.After(p.patience)
	for i, w := range want {
		got, err := p.next(timeout)
		if err != nil {
			p.t.Fatalf("%v: event %d of %d, waiting for %q: %v", p, i+1, len(want), w, err)
		}
		if !got.is(w) {
			p.t.Fatalf("%v: event %d of %d:\n got %v\nwant %v", p, i+1, len(want), got, w)
		}
	}
}

// ExpectAnyOrder takes as many events and fails the test when they are not
// these, in whatever order.
func (p *Peer) ExpectAnyOrder(want ...Event) {
	p.t.Helper()
	timeout := time.After(p.patience)
	missing := slices.Clone(want)
	for len(missing) > 0 {
		got, err := p.next(timeout)
		if err != nil {
			p.t.Fatalf("%v: %d of %d events are missing, such as %q: %v", p, len(missing), len(want), missing[0], err)
		}
		at := slices.IndexFunc(missing, got.is)
		if at < 0 {
			p.t.Fatalf("%v: event %q, but %d others are missing, such as %q", p, got, len(missing), missing[0])
		}
		missing = slices.Delete(missing, at, at+1)
	}
}

// WaitFor takes events until one matches, and returns that one. The others are
// dropped.
func (p *Peer) WaitFor(what string, match func(Event) bool) Event {
	p.t.Helper()
	timeout := time.After(p.patience)
	for dropped := 0; ; dropped++ {
		e, err := p.next(timeout)
		if err != nil {
			p.t.Fatalf("%v: waiting for %s, after %d other events: %v", p, what, dropped, err)
		}
		if match(e) {
			return e
		}
	}
}

// Pending takes the events that are there already, without waiting.
func (p *Peer) Pending() []Event {
	p.t.Helper()
	// The answer comes behind all events that the process has seen.
	p.Version()
	var all []Event
	for {
		e, ok, err := p.process.next()
		if err != nil {
			p.t.Fatalf("%v: %v", p, err)
		}
		if !ok {
			return all
		}
		all = append(all, e)
	}
}

var errTimeout = errors.New("it did not come in time")

// next waits for an event until the timeout.
func (p *Peer) next(timeout <-chan time.Time) (Event, error) {
	for {
		e, ok, err := p.process.next()
		if ok || err != nil {
			return e, err
		}
		select {
		case <-p.process.news:
		case <-p.process.ended:
			// What it said last has been taken in before this.
			if e, ok, err := p.process.next(); ok || err != nil {
				return e, err
			}
			return Event{}, fmt.Errorf("%w", p.process.explain(p.process.err))
		case <-timeout:
			return Event{}, errTimeout
		}
	}
}
