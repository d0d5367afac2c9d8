package memlink

import "crosspeer"

// message is a frame as it is on all memory networks. It is never changed, so
// that a broadcast's receivers and a relay share it.
type message struct {
	kind   crosspeer.FrameKind
	peer   crosspeer.PeerID
	packet crosspeer.Packet
}

// Release implements crosspeer.Releaser: the garbage collector knows better.
func (m *message) Release() {}

// framing names the form.
type framing struct{}

// messageOf gives the frame's message, with its own copy of the bytes.
func messageOf(f *crosspeer.Frame) *message {
	if m, ok := f.Encoding(framing{}).(*message); ok {
		return m
	}
	m := &message{f.Kind, f.Peer, f.Packet}
	m.packet.Data = append([]byte(nil), f.Data...)
	f.SetEncoding(framing{}, m)
	return m
}

// run is the goroutine that delivers to this end's session what the other end
// sends, in order, until the connection is over.
func (l *link) run() {
	var f crosspeer.Frame
	for {
		m := l.next()
		if m == nil {
			l.port.Detach(l.end)
			return
		}
		f.Kind, f.Peer, f.Packet = m.kind, m.peer, m.packet
		f.SetEncoding(framing{}, m)
		verdict := l.port.Deliver(&f)
		f.Reset()
		if verdict == crosspeer.Taken {
			l.taken(m)
		} else {
			l.awaitRoom()
		}
	}
}

// next waits for the next message to deliver, which stays queued until it is
// taken. It gives nil when the connection is over.
func (l *link) next() *message {
	for {
		l.conn.mu.Lock()
		from := l.other
		// An end that closes in order waits for the other's queue only if that
		// one does so too.
		if len(from.queue) == 0 && from.closing != nil && (l.closing == nil || len(l.queue) == 0) {
			from.finish(*from.closing)
		}
		if l.conn.over {
			l.conn.mu.Unlock()
			return nil
		}
		if len(from.queue) > 0 {
			m := from.queue[0]
			l.resumed = false
			l.conn.mu.Unlock()
			return m
		}
		l.conn.mu.Unlock()
		<-l.event
	}
}

// taken removes the message that was delivered from the queue.
func (l *link) taken(m *message) {
	l.conn.mu.Lock()
	defer l.conn.mu.Unlock()
	l.stats.BytesReceived += uint64(len(m.packet.Data))
	l.stats.PacketsReceived++
	if l.conn.over {
		return // the queue was dropped
	}
	from := l.other
	from.queue[0] = nil
	from.queue = from.queue[1:]
	if len(from.queue) == 0 {
		from.queue = nil
	}
	from.bytes -= len(m.packet.Data)
}

// awaitRoom waits until the session has room again, or the connection is over.
func (l *link) awaitRoom() {
	for {
		l.conn.mu.Lock()
		goOn := l.resumed || l.conn.over
		l.conn.mu.Unlock()
		if goOn {
			return
		}
		<-l.event
	}
}
