package godot3

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// DefaultPatience bounds each wait of a [Log].
const DefaultPatience = 10 * time.Second

// Log holds the events of one actor and lets a test read them as they come.
// Reading goes forward only: an event that was expected, matched or skipped is
// not seen again.
//
// One goroutine reads, that of the test; any may add.
type Log struct {
	t        testing.TB
	name     string
	patience time.Duration

	mu         sync.Mutex
	transcript []string // events and notes, for failures
	unread     []Event
	ended      string        // why no further event can come
	changed    chan struct{} // closed and replaced at every change
}

// shownLines bounds the transcript of a failure. The matrix alone makes
// hundreds of lines; those near the end are the ones that explain it.
const shownLines = 100

// NewLog returns the empty log of an actor. Its waits fail t, and a test that
// has failed for whatever reason shows its transcript at the end.
func NewLog(t testing.TB, name string) *Log {
	l := &Log{t: t, name: name, patience: DefaultPatience, changed: make(chan struct{})}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("transcript of %s:\n%s", name, l.Transcript())
		}
	})
	return l
}

// Name returns the actor's name.
func (l *Log) Name() string { return l.name }

// SetPatience changes how long a wait lasts before it fails, for events that
// a protocol's own timers delay.
func (l *Log) SetPatience(d time.Duration) { l.patience = d }

// Within makes t, a subtest of the actor's test, the one that fails until it
// ends. A subtest must not end its parent.
func (l *Log) Within(t testing.TB) {
	outer := l.t
	l.t = t
	t.Cleanup(func() { l.t = outer })
}

// Add appends an event.
func (l *Log) Add(e Event) {
	l.change(func() {
		l.unread = append(l.unread, e)
		l.transcript = append(l.transcript, e.String())
	})
}

// Note puts a remark into the transcript, such as what the test made the
// actor do.
func (l *Log) Note(format string, args ...any) {
	l.change(func() { l.transcript = append(l.transcript, "> "+fmt.Sprintf(format, args...)) })
}

// End says that no further event comes, and why. Waits then fail at once
// instead of using up their time. Only the first reason is kept.
func (l *Log) End(reason string) {
	l.change(func() {
		if l.ended == "" {
			l.ended = reason
			l.transcript = append(l.transcript, "> "+reason)
		}
	})
}

// Transcript returns the events and notes, one a line. Of a long transcript
// the start is left out.
func (l *Log) Transcript() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	lines := l.transcript
	switch hidden := len(lines) - shownLines; {
	case len(lines) == 0:
		return "  (nothing)"
	case hidden > 0:
		lines = append([]string{fmt.Sprintf("(%d lines before)", hidden)}, lines[hidden:]...)
	}
	return "  " + strings.Join(lines, "\n  ")
}

// Unread returns a copy of the events that came and were not read yet.
func (l *Log) Unread() []Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]Event(nil), l.unread...)
}

func (l *Log) change(edit func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	edit()
	close(l.changed)
	l.changed = make(chan struct{})
}

// next takes the first unread event, waiting for it until the deadline.
func (l *Log) next(deadline <-chan time.Time) (Event, error) {
	for {
		l.mu.Lock()
		if len(l.unread) > 0 {
			e := l.unread[0]
			l.unread = l.unread[1:]
			l.mu.Unlock()
			return e, nil
		}
		ended, changed := l.ended, l.changed
		l.mu.Unlock()
		if ended != "" {
			return Event{}, fmt.Errorf("nothing more can come: %s", ended)
		}
		select {
		case <-changed:
		case <-deadline:
			return Event{}, fmt.Errorf("nothing came within %v", l.patience)
		}
	}
}
