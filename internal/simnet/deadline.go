package simnet

import (
	"net"
	"time"
)

// SetDeadline sets the deadlines of reading and writing.
func (c *Conn) SetDeadline(t time.Time) error { return c.setDeadlines(t, true, true) }

// SetReadDeadline sets the time from which on reading fails with
// os.ErrDeadlineExceeded, also for a reader that waits already. A time in the
// past wakes it at once. The zero time means never.
func (c *Conn) SetReadDeadline(t time.Time) error { return c.setDeadlines(t, true, false) }

// SetWriteDeadline sets the time from which on writing fails with
// os.ErrDeadlineExceeded. The zero time means never.
func (c *Conn) SetWriteDeadline(t time.Time) error { return c.setDeadlines(t, false, true) }

func (c *Conn) setDeadlines(t time.Time, read, write bool) error {
	c.wire.mu.Lock()
	defer c.wire.mu.Unlock()
	if c.closed {
		return c.fail("set", nil, net.ErrClosed)
	}
	if write {
		c.writeDeadline = t
	}
	if !read {
		return nil
	}
	c.stopReadTimer()
	c.readPassed = false
	if t.IsZero() {
		return nil
	}
	wait := time.Until(t)
	if wait <= 0 {
		c.readPassed = true
		c.arrived.Broadcast()
		return nil
	}
	epoch := c.readEpoch
	c.readTimer = time.AfterFunc(wait, func() { c.passRead(epoch) })
	return nil
}

// passRead is what the timer of the read deadline of an epoch does.
func (c *Conn) passRead(epoch int) {
	c.wire.mu.Lock()
	defer c.wire.mu.Unlock()
	// The timer may ring while the next deadline is being set, which then
	// counts.
	if c.readEpoch == epoch {
		c.readPassed = true
		c.arrived.Broadcast()
	}
}

func (c *Conn) stopReadTimer() {
	c.readEpoch++
	if c.readTimer != nil {
		c.readTimer.Stop()
		c.readTimer = nil
	}
}
