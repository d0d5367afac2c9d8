package enet

import (
	"errors"
	"net"
	"os"
	"time"

	"crosspeer/enet/internal/engine"
	"crosspeer/internal/udpbatch"
)

// never is later than any deadline of the core.
const never = time.Duration(1<<63 - 1)

// longAgo ends a wait for datagrams at once.
var longAgo = time.Unix(1, 0)

// run is the goroutine that owns the socket: datagrams and the time go into
// the core; events and datagrams come out. No lock is held while the socket or
// the program's handler is at work.
func (h *Host) run() {
	defer close(h.done)
	defer h.conn.Close()
	out := engine.NewOutbox()
	messages := make([]udpbatch.Message, 0, engine.OutboxDatagrams)
	lull := time.Since(h.origin) // when the socket was last read empty
	for {
		in, err := h.conn.ReadBatch()
		now := time.Since(h.origin)
		h.mu.Lock()
		h.parked = false
		if errors.Is(err, os.ErrDeadlineExceeded) {
			h.armed = never // passed: it must be set anew
		}
		for _, m := range in {
			h.core.Receive(now, m.Addr, m.Data)
		}
		h.core.Tick(now)
		if len(in) < udpbatch.Batch {
			lull = now
		}
		h.core.Hold(now > lull && now-lull < backlogged)
		h.mu.Unlock()
		if errors.Is(err, net.ErrClosed) {
			h.fail()
			return
		}
		for again := true; again; {
			h.dispatch()
			messages = h.flush(now, out, messages)
			again = h.undone()
		}
		if !h.park() {
			return
		}
	}
}

// backlogged is how long a socket that is never read empty may keep commands
// from being sent again: the acknowledgements may be among what waits.
const backlogged = 100 * time.Millisecond

// dispatch gives the events that have come up to the handler, or says that
// they are there to be taken.
func (h *Host) dispatch() {
	h.mu.Lock()
	if h.handler == nil {
		if h.core.Pending() > 0 {
			h.signal()
		}
		h.mu.Unlock()
		return
	}
	var translated [16]Event
	for {
		n := 0
		for ; n < len(translated); n++ {
			ev, ok := h.core.Event()
			if !ok {
				break
			}
			translated[n] = h.event(ev)
		}
		if n == 0 {
			break
		}
		h.mu.Unlock()
		for _, ev := range translated[:n] {
			h.handler(ev)
		}
		h.mu.Lock()
	}
	h.mu.Unlock()
}

// flush sends what the core has to send.
func (h *Host) flush(now time.Duration, out *engine.Outbox, messages []udpbatch.Message) []udpbatch.Message {
	for more := true; more; {
		h.mu.Lock()
		out.Reset()
		h.core.Tick(now)
		more = h.core.Flush(now, out)
		h.mu.Unlock()
		if len(out.Datagrams) == 0 {
			continue
		}
		messages = messages[:0]
		for _, d := range out.Datagrams {
			messages = append(messages, udpbatch.Message{Addr: d.To, Data: d.Data})
		}
		if lost, _ := h.conn.WriteBatch(messages); lost > 0 {
			h.mu.Lock()
			h.sendErrors += uint64(lost)
			h.mu.Unlock()
		}
	}
	return messages
}

// undone says whether flushing has caused events for the handler.
func (h *Host) undone() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.handler != nil && h.core.Pending() > 0
}

// soon is how far ahead a deadline that has already passed is put. The socket
// is read before every flush: acknowledgements must be seen before anything is
// sent again, even if sending took longer than a time-out.
const soon = 50 * time.Microsecond

// park arms the deadline of the next read. It returns false when the host was
// closed and everything is sent.
func (h *Host) park() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.core.PeerCount() == 0 {
		for _, c := range h.emptied {
			close(c)
		}
		h.emptied = nil
	}
	if len(h.drains) > 0 {
		h.checkDrains()
	}
	if h.closed {
		return false
	}
	at, ok := h.core.Deadline()
	if !ok {
		at = never
	}
	// An armed deadline that is too early wakes the loop once for nothing,
	// which is cheaper than moving it each time.
	if at < h.armed {
		h.armed = max(at, time.Since(h.origin)+soon)
		h.conn.SetReadDeadline(h.origin.Add(h.armed))
	} else if h.armed == never {
		h.conn.SetReadDeadline(time.Time{})
	}
	h.parked = true
	return true
}

// wake makes the loop see to what a call has changed. The lock is held.
func (h *Host) wake() {
	if h.parked {
		h.parked = false
		h.armed = never
		h.conn.SetReadDeadline(longAgo)
	}
}

// fail ends a host whose socket was closed under it.
func (h *Host) fail() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
}

// signal notes that events wait. The lock is held.
func (h *Host) signal() {
	select {
	case h.arrived <- struct{}{}:
	default:
	}
}
