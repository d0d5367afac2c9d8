package enet

import (
	"context"
	"slices"

	"crosspeer/enet/internal/engine"
)

// drainWait is a caller of WaitQueue.
type drainWait struct {
	p    *engine.Peer
	most int
	done chan struct{}
}

// WaitQueue waits until at most packets of what was sent to the peer are left
// that have not gone out or, if they are reliable, have not been acknowledged.
// It is the way to go on after ErrQueueFull, or to keep a bulk transfer from
// filling the queue. It fails with ctx's error, which changes nothing, and
// with ErrNotConnected or ErrClosed when the connection or the host ends. A
// handler must not call it.
func (p *Peer) WaitQueue(ctx context.Context, packets int) error {
	h := p.h
	w := &drainWait{p: p.p, most: packets, done: make(chan struct{})}
	h.mu.Lock()
	h.drains = append(h.drains, w)
	h.checkDrains()
	h.mu.Unlock()
	var err error
	select {
	case <-w.done:
	case <-ctx.Done():
		err = ctx.Err()
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if err != nil {
		if i := slices.Index(h.drains, w); i >= 0 {
			h.drains = slices.Delete(h.drains, i, i+1)
		}
		return err
	}
	if err := h.usable(); err != nil {
		return err
	}
	if p.p.State() != engine.Connected {
		return p.wrap(engine.ErrNotConnected)
	}
	return nil
}

// checkDrains ends the waits whose peers have drained or gone. The lock is
// held.
func (h *Host) checkDrains() {
	kept := h.drains[:0]
	for _, w := range h.drains {
		if w.p.QueuedPackets() > w.most && w.p.State() == engine.Connected {
			kept = append(kept, w)
		} else {
			close(w.done)
		}
	}
	clear(h.drains[len(kept):])
	h.drains = kept
}
