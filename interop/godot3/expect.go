package godot3

import (
	"fmt"
	"strings"
	"time"
)

// Expect waits until the next events are exactly these, in this order. The
// first one that differs fails the test at once.
func (l *Log) Expect(want ...Event) {
	l.t.Helper()
	timer := time.NewTimer(l.patience)
	defer timer.Stop()
	for i := range want {
		got, err := l.next(timer.C)
		switch {
		case err != nil:
			l.fail(want, i, err.Error())
		case got != want[i]:
			l.fail(want, i, got.String())
		}
	}
}

// WaitFor returns the next event that matches. Events before it are skipped.
func (l *Log) WaitFor(match func(Event) bool) Event {
	l.t.Helper()
	skipped, last, err := l.until(match)
	if err != nil {
		l.t.Fatalf("%s: waited for an event that matches: %v; skipped:\n%s", l.name, err, list(skipped, -1))
	}
	return last
}

// Until waits for an event that equals last and returns the events before it.
// It is how a test looks at everything that came up to a marker.
func (l *Log) Until(last Event) []Event {
	l.t.Helper()
	before, _, err := l.until(func(e Event) bool { return e == last })
	if err != nil {
		l.t.Fatalf("%s: waited for %v: %v; before it came:\n%s", l.name, last, err, list(before, -1))
	}
	return before
}

// Quiet fails the test when an event was added and not read. It looks, it does
// not wait: that nothing is still under way must be shown first, by a marker
// on the same path or by [Engine.Barrier].
func (l *Log) Quiet() {
	l.t.Helper()
	if unread := l.Unread(); len(unread) > 0 {
		l.t.Fatalf("%s: expected nothing more, got %d events:\n%s", l.name, len(unread), list(unread, -1))
	}
}

func (l *Log) until(match func(Event) bool) (before []Event, last Event, err error) {
	timer := time.NewTimer(l.patience)
	defer timer.Stop()
	for {
		e, err := l.next(timer.C)
		if err != nil {
			return before, Event{}, err
		}
		if match(e) {
			return before, e, nil
		}
		before = append(before, e)
	}
}

func (l *Log) fail(want []Event, at int, got string) {
	l.t.Helper()
	l.t.Fatalf("%s: event %d of %d is wrong\nexpected:\n%s\ngot instead of the marked one:\n  %s",
		l.name, at+1, len(want), list(want, at), got)
}

// list shows events one a line, with an arrow before the marked one.
func list(events []Event, marked int) string {
	if len(events) == 0 {
		return "  (nothing)"
	}
	var b strings.Builder
	for i, e := range events {
		arrow := "  "
		if i == marked {
			arrow = "->"
		}
		fmt.Fprintf(&b, "%s%s\n", arrow, e)
	}
	return strings.TrimRight(b.String(), "\n")
}
