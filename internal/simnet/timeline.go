package simnet

import "time"

// task is something that happens at an instant: the arrival of a datagram, or,
// in a Net, an action of the test or the flush of a node.
type task struct {
	place int // in the timeline, from 1; 0 when it is not there

	flight
	action func()
	node   *endpoint
}

// timeline orders tasks by time, and tasks of one instant by the order in
// which they were put there. It is a binary heap that knows the place of each
// task, since the flush of a node moves with its deadline.
type timeline struct {
	slots []slot
	seq   uint64
}

type slot struct {
	at  time.Duration
	seq uint64
	t   *task
}

func (s slot) before(o slot) bool {
	return s.at < o.at || s.at == o.at && s.seq < o.seq
}

// next says when the first task is due.
func (l *timeline) next() (at time.Duration, ok bool) {
	if len(l.slots) == 0 {
		return 0, false
	}
	return l.slots[0].at, true
}

// put makes a task due at an instant, behind all others of that instant. A
// task that is in the timeline already moves.
func (l *timeline) put(at time.Duration, t *task) {
	l.seq++
	s := slot{at: at, seq: l.seq, t: t}
	if t.place == 0 {
		l.slots = append(l.slots, s)
		l.up(len(l.slots)-1, s)
		return
	}
	l.fix(t.place-1, s)
}

// due returns when a task that is in the timeline is due.
func (l *timeline) due(t *task) time.Duration { return l.slots[t.place-1].at }

// pop takes the first task out. The timeline must not be empty.
func (l *timeline) pop() (time.Duration, *task) {
	first := l.slots[0]
	l.remove(first.t)
	return first.at, first.t
}

// remove takes a task out, if it is in.
func (l *timeline) remove(t *task) {
	if t.place == 0 {
		return
	}
	i := t.place - 1
	t.place = 0
	end := len(l.slots) - 1
	last := l.slots[end]
	l.slots[end] = slot{}
	l.slots = l.slots[:end]
	if i != end {
		l.fix(i, last)
	}
}

// fix puts s where it belongs, starting from the hole at i.
func (l *timeline) fix(i int, s slot) {
	if i > 0 && s.before(l.slots[(i-1)/2]) {
		l.up(i, s)
	} else {
		l.down(i, s)
	}
}

func (l *timeline) up(i int, s slot) {
	for i > 0 {
		parent := (i - 1) / 2
		if !s.before(l.slots[parent]) {
			break
		}
		l.set(i, l.slots[parent])
		i = parent
	}
	l.set(i, s)
}

func (l *timeline) down(i int, s slot) {
	for {
		child := 2*i + 1
		if child >= len(l.slots) {
			break
		}
		if child+1 < len(l.slots) && l.slots[child+1].before(l.slots[child]) {
			child++
		}
		if !l.slots[child].before(s) {
			break
		}
		l.set(i, l.slots[child])
		i = child
	}
	l.set(i, s)
}

func (l *timeline) set(i int, s slot) {
	l.slots[i] = s
	s.t.place = i + 1
}
