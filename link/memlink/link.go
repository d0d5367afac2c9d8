package memlink

import (
	"sync"

	"crosspeer"
)

// transport is the name of this one.
const transport = "memory"

// conn is what the two ends of a connection share.
type conn struct {
	cfg  Config
	mu   sync.Mutex
	over bool
}

// link is one end of a connection. What it sends waits in its queue for the
// other end's goroutine, which delivers it to the other end's session: so
// sending never waits and never enters a session.
type link struct {
	conn  *conn
	other *link
	port  *crosspeer.Port
	event chan struct{} // holds a token when this end's goroutine has something to see to

	// Guarded by conn.mu.
	queue   []*message // sent by this end
	bytes   int
	closing *crosspeer.Reason // this end closes when its queue is delivered
	resumed bool              // the session has room again
	end     crosspeer.Reason  // why the connection is over, as this end sees it
	stats   crosspeer.LinkStats
}

// newConn makes both ends of a connection.
func newConn(cfg Config) (client, server *link) {
	c := &conn{cfg: cfg}
	client = &link{conn: c, event: make(chan struct{}, 1)}
	server = &link{conn: c, event: make(chan struct{}, 1), other: client}
	client.other = server
	return client, server
}

// Send implements crosspeer.Link.
func (l *link) Send(f *crosspeer.Frame) crosspeer.SendResult {
	size := len(f.Data)
	l.conn.mu.Lock()
	defer l.conn.mu.Unlock()
	cfg := &l.conn.cfg
	switch {
	case l.conn.over || l.closing != nil:
		return crosspeer.SendClosed
	case size > cfg.MaxPacketBytes:
		return crosspeer.SendTooLarge
	case len(l.queue) == 0:
	case len(l.queue) < cfg.MaxQueuedPackets && l.bytes+size <= cfg.MaxQueuedBytes:
	case f.Mode == crosspeer.Reliable:
		return crosspeer.SendFull
	default:
		l.stats.Dropped++
		return crosspeer.SendDropped
	}
	l.queue = append(l.queue, messageOf(f))
	l.bytes += size
	l.stats.BytesSent += uint64(size)
	l.stats.PacketsSent++
	l.other.wake()
	return crosspeer.SendAccepted
}

// Close implements crosspeer.Link.
func (l *link) Close(r crosspeer.Reason, now bool) {
	l.conn.mu.Lock()
	defer l.conn.mu.Unlock()
	if l.closing == nil {
		l.closing = &r
	}
	if now {
		l.finish(*l.closing)
	}
	l.other.wake()
}

// vanish ends the connection without a goodbye.
func (l *link) vanish() {
	l.conn.mu.Lock()
	defer l.conn.mu.Unlock()
	l.finish(crosspeer.Reason{Text: "gone without a goodbye"})
}

// finish ends the connection for both ends. What is not yet delivered is lost.
// conn.mu is held.
func (l *link) finish(r crosspeer.Reason) {
	if l.conn.over {
		return
	}
	l.conn.over = true
	l.end, l.other.end = r, r
	l.other.end.By = crosspeer.ByRemote
	for _, end := range []*link{l, l.other} {
		end.queue, end.bytes = nil, 0
		end.wake()
	}
}

// isOver says whether the connection is over for both ends.
func (l *link) isOver() bool {
	l.conn.mu.Lock()
	defer l.conn.mu.Unlock()
	return l.conn.over
}

// Resume implements crosspeer.Resumer.
func (l *link) Resume() {
	l.conn.mu.Lock()
	defer l.conn.mu.Unlock()
	l.resumed = true
	l.wake()
}

// wake makes this end's goroutine look again.
func (l *link) wake() {
	select {
	case l.event <- struct{}{}:
	default:
	}
}

// Info implements crosspeer.Link.
func (l *link) Info() crosspeer.LinkInfo {
	return crosspeer.LinkInfo{Transport: transport, Compression: "none"}
}

// Stats implements crosspeer.Link.
func (l *link) Stats() crosspeer.LinkStats {
	l.conn.mu.Lock()
	defer l.conn.mu.Unlock()
	s := l.stats
	s.QueuedPackets, s.QueuedBytes = len(l.queue), l.bytes
	return s
}
