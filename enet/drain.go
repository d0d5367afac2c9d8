package enet

import (
	"context"

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
// with ErrNotConnected when the connection ends.
func (p *Peer) WaitQueue(ctx context.Context, packets int) error {
	w := &drainWait{p: p.p, most: packets, done: make(chan struct{})}
	p.h.mu.Lock()
	p.h.drains = append(p.h.drains, w)
	p.h.checkDrains()
	p.h.mu.Unlock()
	select {
	case <-w.done:
	case <-ctx.Done():
		return ctx.Err()
	case <-p.h.done:
		return ErrClosed
	}
	if p.State() != StateConnected {
		return ErrNotConnected
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
