package jwt

import (
	"context"
	"crypto"
	"errors"
	"sync"
	"time"
)

// cache keeps the keys of a JWKS. One fetch runs at a time, in a goroutine of
// its own: who joins while keys are merely old does not wait for it, and who
// goes away does not end it for the others.
type cache struct {
	src source
	cfg *Config

	mu      sync.Mutex
	keys    []key
	good    time.Time // of the last successful fetch, zero if there was none
	tried   time.Time // of the last fetch
	err     error     // of the last fetch
	running *fetch
	closed  bool
	ctx     context.Context // of all fetches
	cancel  context.CancelFunc
	fetches sync.WaitGroup
}

// fetch is one under way.
type fetch struct{ done chan struct{} }

var errClosed = errors.New("closed")

func newCache(src source, cfg *Config) *cache {
	c := &cache{src: src, cfg: cfg}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	return c
}

// find gives the keys that a token may be signed with, none if there are none.
// It waits for a fetch if that could change the answer. An error says that the
// keys are not known.
func (c *cache) find(ctx context.Context, kid, alg string, now time.Time) ([]crypto.PublicKey, error) {
	for waited := false; ; waited = true {
		found, wait, err := c.look(kid, alg, now, waited)
		if wait == nil {
			return found, err
		}
		select {
		case <-wait.done:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// look is one step of find: an answer, or a fetch to wait for.
func (c *cache) look(kid, alg string, now time.Time, waited bool) ([]crypto.PublicKey, *fetch, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	usable := !c.good.IsZero() && now.Sub(c.good) < c.cfg.MaxStale
	var found []crypto.PublicKey
	if usable {
		found = find(c.keys, kid, alg)
	}
	if !waited && (len(found) == 0 || now.Sub(c.good) >= c.cfg.MaxAge) {
		c.start(now)
		if c.running != nil && (len(found) == 0 || c.cfg.MaxAge <= c.cfg.MinRefresh) {
			return nil, c.running, nil
		}
	}
	switch {
	case len(found) > 0:
		return found, nil, nil
	case c.err != nil: // what is not among old keys may be among new ones
		return nil, nil, c.err
	case !usable:
		return nil, nil, errClosed
	}
	return nil, nil, nil
}

// start starts a fetch, unless one is under way or the last one was just now.
// The mutex is held.
func (c *cache) start(now time.Time) {
	since := now.Sub(c.tried)
	if c.closed || c.running != nil || !c.tried.IsZero() && since >= 0 && since < c.cfg.MinRefresh {
		return
	}
	c.tried = now
	f := &fetch{make(chan struct{})}
	c.running = f
	c.fetches.Go(func() {
		ctx, cancel := context.WithTimeout(c.ctx, c.cfg.Timeout)
		defer cancel()
		b, err := c.src.load(ctx)
		var keys []key
		if err == nil {
			keys, err = parseJWKS(b)
		}
		c.finish(f, keys, err, now)
	})
}

func (c *cache) finish(f *fetch, keys []key, err error, began time.Time) {
	c.mu.Lock()
	c.running, c.err = nil, err
	if err == nil {
		c.keys, c.good = keys, began
	}
	tell := err != nil && !c.closed && c.cfg.Report != nil
	c.mu.Unlock()
	close(f.done)
	if tell {
		c.cfg.Report(&unavailable{err})
	}
}

// load fetches the keys now, unless that was just done.
func (c *cache) load(ctx context.Context, now time.Time) error {
	c.mu.Lock()
	c.start(now)
	running := c.running
	c.mu.Unlock()
	if running != nil {
		select {
		case <-running.done:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// close ends a fetch that is under way.
func (c *cache) close() {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.cancel()
	c.fetches.Wait()
}
