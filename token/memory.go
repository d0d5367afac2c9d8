package token

import (
	"container/heap"
	"errors"
	"sync"
	"time"
)

// UseMemory remembers which single-use tokens were used. Memory is the one of
// this process; a program with several servers for one audience can keep theirs
// in a database.
type UseMemory interface {
	// Use notes that a token was used: nil once for each key and id, ErrUsed
	// after that until the time until, and any other error if it cannot be
	// told. The token is refused with any error.
	Use(key KeyID, id ID, now, until time.Time) error
}

// DefaultMaxUsed is how many used tokens a Memory keeps by default. They take
// about 7 MiB.
const DefaultMaxUsed = 1 << 16

// Memory is a UseMemory of bounded size. Entries go when their token would be
// refused as expired. When it is full, Use gives ErrMemoryFull: rather nobody
// with a single-use token comes in for a while than somebody twice. For the same
// reason it gives ErrExpired for what it would have forgotten already, if the
// clock was set back. It forgets all when the process ends.
type Memory struct {
	most int

	mu   sync.Mutex
	used map[use]struct{}
	ends endings
	gone time.Time // the latest end of what was forgotten
}

// use is a token that was used.
type use struct {
	key KeyID
	id  ID
}

// NewMemory makes a Memory for most tokens, DefaultMaxUsed if most is 0 or less.
func NewMemory(most int) *Memory {
	if most <= 0 {
		most = DefaultMaxUsed
	}
	return &Memory{most: most, used: map[use]struct{}{}}
}

// Use implements UseMemory. It takes time in the logarithm of the entries.
func (m *Memory) Use(key KeyID, id ID, now, until time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for len(m.ends) > 0 && !now.Before(m.ends[0].at) {
		e := heap.Pop(&m.ends).(ending)
		delete(m.used, e.use)
		m.gone = e.at
	}
	if !until.After(m.gone) { // the clock was set back: it may have been used and forgotten
		return ErrExpired
	}
	u := use{key, id}
	if _, ok := m.used[u]; ok {
		return ErrUsed
	}
	if len(m.used) >= m.most {
		return ErrMemoryFull
	}
	m.used[u] = struct{}{}
	heap.Push(&m.ends, ending{until, u})
	return nil
}

// Len is how many tokens are remembered.
func (m *Memory) Len() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.used)
}

// ending is when a use can be forgotten.
type ending struct {
	at  time.Time
	use use
}

// endings is a heap, the earliest first.
type endings []ending

func (e endings) Len() int           { return len(e) }
func (e endings) Less(i, j int) bool { return e[i].at.Before(e[j].at) }
func (e endings) Swap(i, j int)      { e[i], e[j] = e[j], e[i] }
func (e *endings) Push(x any)        { *e = append(*e, x.(ending)) }
func (e *endings) Pop() any {
	last := (*e)[len(*e)-1]
	*e = (*e)[:len(*e)-1]
	return last
}

// whyUnused is the verdict on a token whose use could not be noted.
func whyUnused(err error) error {
	switch {
	case errors.Is(err, ErrUsed):
		return refuse(ErrUsed, "it was good for one join, and that was made; ask for a new one")
	case errors.Is(err, ErrExpired):
		return refuse(ErrExpired, "it had expired before the server's clock was set back; ask for a new one")
	case errors.Is(err, ErrMemoryFull):
		return refuse(ErrMemoryFull, "the server remembers as many single-use tokens as it can; try again in a moment")
	}
	return err
}
