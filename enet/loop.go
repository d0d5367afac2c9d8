package enet

import (
	"errors"
	"io"
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

// loop is the goroutine that owns the socket: datagrams and the time go into
// the core; events and datagrams come out. No lock is held while the socket or
// the program's handler is at work.
type loop struct {
	*Host
	out      *engine.Outbox
	messages []udpbatch.Message
	lull     time.Duration // when the socket was last read empty
	parkedAt time.Duration // when the last read began
	held     time.Duration // since when retransmissions are held back, 0 if they are not
	sweepAt  time.Duration // when the guard looks around next, never if it has nothing to look at
	passed   []guarded     // taken from Host.guarded
	faults   int           // reads in a row that failed
	pace     pace
}

func (l *loop) run() {
	defer close(l.done)
	defer l.conn.Close()
	for {
		in, err := l.conn.ReadBatch()
		l.pace.read(l.origin, in)
		l.receive(in, timedOut(err))
		switch {
		case err == nil || timedOut(err):
			l.faults = 0
		case isClosed(err):
			l.fail()
			return
		default:
			l.fault()
		}
		for again := true; again; {
			l.work()
			if l.mayFlush() {
				l.flush()
			}
			again = l.undone()
		}
		nap := l.moderate()
		if !l.park() {
			l.leave()
			return
		}
		if nap > 0 {
			l.pace.conn.Pause(nap)
		}
	}
}

// receive hands the core what has come in.
func (l *loop) receive(in []udpbatch.Message, timedOut bool) {
	batch := len(in)
	if l.guard != nil {
		in = l.admitted(in)
	}
	now := time.Since(l.origin)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.parked = false
	if timedOut {
		l.armed = never // passed: it must be set anew
	}
	for _, m := range in {
		l.core.Receive(now, m.Addr, m.Data)
	}
	if l.guard != nil {
		l.unguard(now)
	}
	if most := l.conn.Batch(); batch < most || most == 1 && now-l.parkedAt >= waited {
		l.lull = now
	}
}

// waited is how long a read takes at least that has found the socket empty at
// first.
const waited = 50 * time.Microsecond

func timedOut(err error) bool {
	if err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		return err != nil
	}
	var ne net.Error
	return errors.As(err, &ne) && ne.Timeout()
}

// isClosed says whether a read failed because every one will. The last two
// errors are what sockets that are not of package net tend to have.
func isClosed(err error) bool {
	return errors.Is(err, net.ErrClosed) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrClosedPipe)
}

// maxFaultPause is the longest pause after a read that failed.
const maxFaultPause = 100 * time.Millisecond

// fault takes a read that failed, which usually concerns a single datagram. A
// socket that keeps failing must not keep the processor busy.
func (l *loop) fault() {
	l.mu.Lock()
	l.readErrors++
	l.mu.Unlock()
	if l.faults++; l.faults > 1 {
		time.Sleep(min(time.Millisecond<<min(l.faults-2, 10), maxFaultPause))
	}
}

// dispatch gives the events that have come up to the handler, or says that
// they are there to be taken. The handler gets them one by one: what it does
// to a peer holds for the next event.
func (l *loop) dispatch() {
	if l.handler == nil {
		l.mu.Lock()
		if l.core.Pending() > 0 {
			l.signal()
		}
		l.mu.Unlock()
		return
	}
	for {
		ev, ok := l.take()
		if !ok {
			return
		}
		l.handler(ev)
	}
}

// mayFlush says whether the delay between flushes is over.
func (l *loop) mayFlush() bool {
	return l.flushDelay == 0 || time.Since(l.origin) >= l.sentAt+l.flushDelay
}

// flush sends what the core has to send.
func (l *loop) flush() {
	for more := true; more; {
		now := time.Since(l.origin)
		l.mu.Lock()
		l.out.Reset()
		l.core.Hold(l.holds(now))
		l.core.Tick(now)
		more = l.core.Flush(now, l.out)
		if len(l.out.Datagrams) > 0 {
			l.sentAt = now
		}
		l.mu.Unlock()
		if len(l.out.Datagrams) == 0 {
			continue
		}
		l.messages = l.messages[:0]
		for _, d := range l.out.Datagrams {
			if l.guard == nil || l.plain(d) {
				l.messages = append(l.messages, udpbatch.Message{Addr: d.To, Data: d.Data})
			}
		}
		l.write()
	}
	if l.guard != nil {
		l.sweep(time.Since(l.origin))
		l.transmit()
	}
}

// write sends the messages.
func (l *loop) write() {
	if lost, _ := l.conn.WriteBatch(l.messages); lost > 0 {
		l.mu.Lock()
		l.sendErrors += uint64(lost)
		l.mu.Unlock()
	}
}

const (
	// stale is how long after the socket was read empty acknowledgements may
	// well wait in it.
	stale = time.Millisecond

	// maxHold is how long a socket that is never read empty, or a slow
	// handler, may keep commands from being sent again.
	maxHold = 100 * time.Millisecond
)

// holds says whether retransmissions are held back: what they wait for may be
// in the socket.
func (l *loop) holds(now time.Duration) bool {
	switch {
	case now-l.lull < stale:
		l.held = 0
	case l.held == 0:
		l.held = now
	case now-l.held >= maxHold:
		l.held = 0
	}
	return l.held > 0
}

// undone says whether flushing has caused events: a peer that is given up.
func (l *loop) undone() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.guarded) > 0 {
		l.unguard(time.Since(l.origin))
	}
	if l.core.Pending() == 0 {
		return false
	}
	if l.handler == nil {
		l.signal()
		return false
	}
	return true
}

// soon is how far ahead a deadline that has already passed is put. The socket
// is read before every flush: acknowledgements must be seen before anything is
// sent again, even if sending took longer than a time-out.
const soon = 50 * time.Microsecond

// park arms the deadline of the next read. It returns false when the host was
// closed.
func (l *loop) park() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.leaving {
		l.partAll()
	}
	if l.core.PeerCount() == 0 {
		for _, c := range l.emptied {
			close(c)
		}
		l.emptied = nil
	}
	l.checkDrains()
	if l.closed {
		return false
	}
	at, ok := l.core.Deadline()
	if !ok {
		at = never
	} else if l.flushDelay > 0 {
		at = max(at, l.sentAt+l.flushDelay)
	}
	if l.guard != nil {
		if len(l.guarded) > 0 {
			at = 0
		}
		at = min(at, l.sweepAt)
	}
	// An armed deadline that is too early wakes the loop once for nothing,
	// which is cheaper than moving it each time. One that has passed would
	// keep the socket from being read.
	now := time.Since(l.origin)
	l.parkedAt = now
	if l.armed <= now {
		l.armed = never
	}
	if at < l.armed {
		l.armed = max(at, now+soon)
		l.conn.SetReadDeadline(l.origin.Add(l.armed))
	} else if l.armed == never {
		l.conn.SetReadDeadline(time.Time{})
	}
	l.parked = true
	return true
}

// wake makes the loop see to what a call has changed. The lock is held.
func (h *Host) wake() {
	if !h.parked || h.group != nil && h.group.owe(h) {
		return
	}
	if h.rouse() {
		h.conn.SetReadDeadline(longAgo)
	}
}

// rouse says whether the parked loop is to be woken now, by a deadline that has
// passed; a delay between flushes that is not over puts it off. The lock is
// held; it need not be when the deadline is set, which at worst wakes the loop
// once for nothing.
func (h *Host) rouse() bool {
	if at := h.sentAt + h.flushDelay; h.flushDelay > 0 && time.Since(h.origin) < at && !h.closed {
		if at < h.armed { // it stays parked until then
			h.armed = at
			h.conn.SetReadDeadline(h.origin.Add(at))
		}
		return false
	}
	h.parked = false
	h.armed = never
	return true
}

// leave says goodbye to everyone. What waits for others leaves before.
func (l *loop) leave() {
	l.flush()
	l.endAll(func(p *engine.Peer) { p.DisconnectNow(0) })
	l.flush()
	l.dismiss()
	l.dispatch()
}

// fail ends a host whose socket was closed under it.
func (l *loop) fail() {
	l.endAll((*engine.Peer).Reset)
	l.dismiss()
	l.dispatch()
}

// endAll ends all connections, and the host's use.
func (l *loop) endAll(end func(*engine.Peer)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	for _, p := range l.peers() {
		end(p)
	}
	l.checkDrains()
}

// signal notes that events wait. The lock is held.
func (h *Host) signal() {
	select {
	case h.arrived <- struct{}{}:
	default:
	}
}
