package connlink

import (
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"crosspeer"
	"crosspeer/internal/framing"
	"crosspeer/wire"
)

const (
	// farewell is how long a goodbye may take that waits for nobody, and
	// lingering how long one that waits for the remote.
	farewell  = 500 * time.Millisecond
	lingering = 30 * time.Second
)

// link is one connection in a session. Three goroutines serve it: one reads
// and delivers, one writes what is queued, and one sees to its end.
type link struct {
	cfg    *Config
	hub    *crosspeer.Hub
	conn   Conn
	client bool

	attached chan struct{} // closed when a client's port is there
	more     chan struct{} // holds a token when there is something to write
	room     chan struct{} // holds a token when the session has room again
	leaving  chan struct{} // closed when this end wants no more
	hurry    chan struct{} // closed when it waits for nobody
	dead     chan struct{} // closed when nothing can be read any more

	port   *crosspeer.Port // of the reading goroutine, as what follows
	failed error           // why a client could not attach
	hasID  bool            // a client that was told its id
	said   *crosspeer.Reason

	mu                           sync.Mutex
	queue                        []form
	bytes                        int // of the queue and of what is being written
	busy                         int // messages being written
	closing                      *crosspeer.Reason
	now                          bool
	shut                         bool // the Conn was told to close
	sent                         uint64
	received                     uint64
	packetsSent, packetsReceived uint64
	dropped                      uint64
}

func newLink(cfg *Config, hub *crosspeer.Hub, conn Conn, client bool) *link {
	return &link{
		cfg: cfg, hub: hub, conn: conn, client: client, attached: make(chan struct{}),
		more: make(chan struct{}, 1), room: make(chan struct{}, 1),
		leaving: make(chan struct{}), hurry: make(chan struct{}), dead: make(chan struct{}),
	}
}

// Welcome implements crosspeer.Welcomer.
func (l *link) Welcome(id crosspeer.PeerID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.push(framing.Notice(wire.WebSocketID, id))
	l.push(framing.Notice(wire.WebSocketAdd, crosspeer.TargetServer))
}

// Send implements crosspeer.Link.
func (l *link) Send(f *crosspeer.Frame) crosspeer.SendResult {
	size := len(f.Data)
	if size > l.cfg.MaxPacketBytes {
		return crosspeer.SendTooLarge
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	waiting := len(l.queue) + l.busy
	switch {
	case l.closing != nil:
		return crosspeer.SendClosed
	case waiting == 0:
	case waiting < l.cfg.MaxQueuedPackets && l.bytes+size <= l.cfg.MaxQueuedBytes:
	case f.Mode == crosspeer.Reliable:
		return crosspeer.SendFull
	default:
		l.dropped++
		return crosspeer.SendDropped
	}
	l.push(formOf(f))
	return crosspeer.SendAccepted
}

// push queues a message. The lock is held.
func (l *link) push(b form) {
	l.queue = append(l.queue, b)
	l.bytes += len(b)
	signal(l.more)
}

// Close implements crosspeer.Link.
func (l *link) Close(r crosspeer.Reason, now bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closing == nil {
		l.closing = &r
		close(l.leaving)
		signal(l.more)
	}
	if now && !l.now {
		l.now = true
		l.queue = nil
		close(l.hurry)
	}
}

// Resume implements crosspeer.Resumer.
func (l *link) Resume() { signal(l.room) }

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Info implements crosspeer.Link.
func (l *link) Info() crosspeer.LinkInfo {
	var addr netip.AddrPort
	if a, ok := l.conn.(Addressed); ok {
		addr = a.RemoteAddr()
	}
	return crosspeer.LinkInfo{Transport: l.cfg.Name, RemoteAddr: addr, Compression: "none"}
}

// Stats implements crosspeer.Link.
func (l *link) Stats() crosspeer.LinkStats {
	l.mu.Lock()
	defer l.mu.Unlock()
	return crosspeer.LinkStats{
		BytesSent: l.sent, BytesReceived: l.received,
		PacketsSent: l.packetsSent, PacketsReceived: l.packetsReceived,
		QueuedBytes: l.bytes, QueuedPackets: len(l.queue) + l.busy, Dropped: l.dropped,
	}
}

// run serves the connection until it is over, and takes it out of the session.
func (l *link) run() {
	var others sync.WaitGroup
	wrote := make(chan struct{})
	others.Go(func() { defer close(wrote); l.write() })
	others.Go(func() { l.end(wrote) })
	l.read()
	close(l.dead)
	reason := crosspeer.Reason{Text: "the connection broke"}
	l.mu.Lock()
	switch {
	case l.closing != nil:
		reason = *l.closing
	case l.said != nil:
		reason = *l.said
	}
	l.mu.Unlock()
	l.Close(reason, true)
	l.hangUp()
	others.Wait()
	if l.port != nil {
		l.port.Detach(reason)
	}
}

// hangUp closes the Conn, with the reason if this end wanted that and the Conn
// can carry it.
func (l *link) hangUp() {
	l.mu.Lock()
	first, r := !l.shut, l.closing
	l.shut = true
	l.mu.Unlock()
	if c, ok := l.conn.(ReasonCloser); ok && first && r != nil && (r.By == crosspeer.ByLocal || r.By == crosspeer.ByPolicy) {
		c.CloseReason(*r)
	}
	l.conn.Close()
}

// end sees to it that the connection ends when this end wants it to: after the
// goodbye was written and the remote had time to close, or soon, when nobody
// waits any more.
func (l *link) end(wrote <-chan struct{}) {
	select {
	case <-l.leaving:
	case <-l.dead:
		return
	}
	var late <-chan time.Time // from when all is written
	for waiting := true; waiting; {
		select {
		case <-wrote:
			wrote = nil
			timer := time.NewTimer(lingering)
			defer timer.Stop()
			late = timer.C
		case <-late:
			waiting = false
		case <-l.hurry:
			waiting = false
		case <-l.dead:
			return
		}
	}
	last := time.NewTimer(farewell)
	defer last.Stop()
	select {
	case <-last.C:
		l.hangUp()
	case <-l.dead:
	}
}

// write writes what is queued, and a goodbye at the end.
func (l *link) write() {
	for {
		b, last := l.take()
		if b != nil {
			if l.conn.WriteMessage(b) != nil {
				l.hangUp()
				return
			}
			l.done(b)
			if last {
				return
			}
			continue
		}
		select {
		case <-l.more:
		case <-l.dead:
			return
		}
	}
}

// take gives the next message to write, nil if there is none now. The last one
// is the goodbye.
func (l *link) take() (b form, last bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.queue) > 0 {
		b, l.queue[0] = l.queue[0], nil
		if l.queue = l.queue[1:]; len(l.queue) == 0 {
			l.queue = nil
		}
		l.busy = 1
		return b, false
	}
	if l.closing != nil {
		return farewellOf(*l.closing), true
	}
	return nil, false
}

func (l *link) done(b form) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sent += uint64(len(b))
	l.packetsSent++
	l.busy = 0
	l.bytes = max(l.bytes-len(b), 0)
	if len(l.queue) == 0 {
		l.bytes = 0
	}
}

// read delivers what the remote sends until it says goodbye or the connection
// is over.
func (l *link) read() {
	var f crosspeer.Frame
	for {
		b, err := l.conn.ReadMessage()
		if err != nil {
			var why *crosspeer.DisconnectError
			if errors.As(err, &why) {
				l.said = &why.Reason
			}
			return
		}
		l.mu.Lock()
		l.received += uint64(len(b))
		l.packetsReceived++
		l.mu.Unlock()
		kind, ok := parse(b, &f)
		if ok && kind == goodbye {
			r := reasonOf(f.Data)
			l.said = &r
			return
		}
		if ok && !l.client && kind != wire.WebSocketData || len(f.Data) > l.cfg.MaxPacketBytes {
			ok = false
		}
		switch {
		case l.port == nil:
			if !l.greeted(kind, f.Peer, ok) {
				return
			}
		case !ok || kind == wire.WebSocketID:
			l.port.Violation()
		case kind != wire.WebSocketData && f.Peer == crosspeer.TargetServer: // said again
		default:
			l.deliver(&f)
		}
		f.Reset()
	}
}

// greeted takes the first messages of a server: the id of this client, and that
// the server is there. It returns false when the client cannot come in.
func (l *link) greeted(kind wire.WebSocketKind, id crosspeer.PeerID, ok bool) bool {
	switch {
	case !ok:
		l.failed = protocolError("the server begins with a message that is none of this framing")
	case kind == wire.WebSocketID && id > crosspeer.TargetServer:
		l.hub.SetUniqueID(id)
		l.hasID = true
	case kind == wire.WebSocketID:
		l.failed = protocolError(fmt.Sprintf("the server says that this client's id is %d", id))
	case kind == wire.WebSocketAdd && id == crosspeer.TargetServer && l.hasID:
		return l.attach()
	default:
		l.failed = protocolError("the server does not begin with this client's id")
	}
	return l.failed == nil
}

// protocolError is the end of an attempt to connect to what is no server of
// this framing.
func protocolError(text string) error {
	return &crosspeer.DisconnectError{Reason: crosspeer.Reason{Code: crosspeer.ReasonProtocol, By: crosspeer.ByPolicy, Text: text}}
}

// attach brings a client into the session: the server has said that it is
// there.
func (l *link) attach() bool {
	l.port, l.failed = l.hub.Attach(l, crosspeer.Hello{ID: crosspeer.TargetServer})
	if l.failed == nil {
		close(l.attached)
	}
	return l.failed == nil
}

// deliver hands a frame to the hub. While the program does not keep up nothing
// is read, so that the remote is pushed back. A link that this end has closed
// takes nothing.
func (l *link) deliver(f *crosspeer.Frame) {
	for {
		select {
		case <-l.leaving:
			return
		default:
		}
		if l.port.Deliver(f) == crosspeer.Taken {
			return
		}
		select {
		case <-l.room:
		case <-l.leaving:
			return
		}
	}
}
