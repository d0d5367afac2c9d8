package lobby

import (
	"iter"
	"time"
)

// queue is what waits for a time that is the same for all: who came first is
// due first. Values that need not wait any more are left in it until their
// time.
type queue[T any] struct {
	waiting []timed[T]
}

type timed[T any] struct {
	at    time.Duration
	value T
}

func (q *queue[T]) push(at time.Duration, v T) {
	q.waiting = append(q.waiting, timed[T]{at, v})
}

// due takes out those whose time has come and gives those that still wait.
func (q *queue[T]) due(now time.Duration, still func(T) bool) iter.Seq[T] {
	return func(yield func(T) bool) {
		for len(q.waiting) > 0 && q.waiting[0].at <= now {
			v := q.pop()
			if still(v) && !yield(v) {
				return
			}
		}
	}
}

// next is the time of the first that still waits.
func (q *queue[T]) next(still func(T) bool) (time.Duration, bool) {
	for len(q.waiting) > 0 && !still(q.waiting[0].value) {
		q.pop()
	}
	if len(q.waiting) == 0 {
		return 0, false
	}
	return q.waiting[0].at, true
}

func (q *queue[T]) pop() T {
	v := q.waiting[0].value
	q.waiting[0] = timed[T]{}
	if q.waiting = q.waiting[1:]; len(q.waiting) == 0 {
		q.waiting = nil
	}
	return v
}
