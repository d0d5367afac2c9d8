package wslink

import (
	"bufio"
	"crypto/tls"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gobwas/ws"

	"crosspeer"
	"crosspeer/internal/entry"
	"crosspeer/internal/framing"
	"crosspeer/wire"
)

// link is one WebSocket in a session. A goroutine reads and delivers; another
// writes what is queued, while there is something.
type link struct {
	cfg    Config
	hub    *crosspeer.Hub
	conn   net.Conn
	in     *reader
	client bool            // this end is the client
	port   *crosspeer.Port // on a client nil until the server has said that it is there

	attached chan struct{} // closed when a client's port is there
	room     chan struct{} // holds a token when the session has room again
	leaving  chan struct{} // closed when this end wants no more
	dead     chan struct{} // closed when the connection is over for this end
	die      sync.Once

	received        atomic.Uint64 // bytes
	written         atomic.Uint64
	writer          sync.WaitGroup // see writer.go
	packetsReceived atomic.Uint64
	rtt             atomic.Int64

	mu          sync.Mutex
	queue       []form
	spare       []form // a queue to use again
	bytes       int    // of the queue and of what is being written
	busy        int    // frames being written
	writing     int    // their bytes
	dropped     uint64
	packetsSent uint64
	pong        form      // answer to the last ping
	pinged      time.Time // when the ping was sent that is not answered yet
	closing     *goodbye
	now         bool      // what is queued does not matter any more
	manned      bool      // there is a writer, or there must be none
	broken      error     // why the last writer ended
	until       time.Time // the deadline of writes
	pinger      *time.Timer
	failure     crosspeer.Reason // why the connection ended
}

// goodbye is a close frame and why it is sent.
type goodbye struct {
	code   ws.StatusCode
	text   string
	reason crosspeer.Reason
}

func newLink(cfg Config, hub *crosspeer.Hub, conn net.Conn, src *bufio.Reader, client bool) *link {
	return &link{
		cfg: cfg, hub: hub, conn: conn, client: client,
		in: &reader{
			conn: conn, src: src, masked: !client, max: cfg.MaxMessageBytes,
			idle: cfg.PingInterval + cfg.PongTimeout, slowest: cfg.MessageTimeout,
		},
		manned: true, attached: make(chan struct{}),
		room: make(chan struct{}, 1), leaving: make(chan struct{}), dead: make(chan struct{}),
	}
}

// Welcome implements crosspeer.Welcomer: the client's id, then the server.
// Godot 3.2.3, WebSocketMultiplayerPeer.
func (l *link) Welcome(id crosspeer.PeerID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.push(frameOf(ws.OpBinary, false, framing.Notice(wire.WebSocketID, id)))
	l.push(frameOf(ws.OpBinary, false, framing.Notice(wire.WebSocketAdd, crosspeer.TargetServer)))
}

// Send implements crosspeer.Link.
func (l *link) Send(f *crosspeer.Frame) crosspeer.SendResult {
	size := framing.Size(f)
	if size > l.cfg.MaxMessageBytes {
		return crosspeer.SendTooLarge
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closing != nil || l.over():
		return crosspeer.SendClosed
	case len(l.queue)+l.busy == 0:
	case len(l.queue)+l.busy < l.cfg.MaxQueuedPackets && l.bytes+size <= l.cfg.MaxQueuedBytes:
	case f.Mode == crosspeer.Reliable:
		return crosspeer.SendFull
	default:
		l.dropped++
		return crosspeer.SendDropped
	}
	if l.client {
		l.push(frameFor(f, true))
	} else {
		l.push(formOf(f))
	}
	l.packetsSent++
	return crosspeer.SendAccepted
}

// push queues a frame. The lock is held.
func (l *link) push(b form) {
	l.queue = append(l.queue, b)
	l.bytes += len(b)
	l.start()
}

// Close implements crosspeer.Link.
func (l *link) Close(r crosspeer.Reason, now bool) {
	code := ws.StatusNormalClosure
	switch r.Code {
	case crosspeer.ReasonSlow:
		code = ws.StatusPolicyViolation
	case crosspeer.ReasonRefused:
		code = statusForbidden
	case crosspeer.ReasonLimit:
		code = statusTooMuch
	}
	l.bye(goodbye{code: code, text: r.Text, reason: r}, now)
}

// bye makes the writer say goodbye, once: when the queue is written, or with
// now at once, even if it is stuck.
func (l *link) bye(g goodbye, now bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closing == nil {
		l.closing = &g
		close(l.leaving)
	}
	if now && !l.now {
		l.now = true
		l.queue, l.bytes = nil, l.writing
		l.conn.SetWriteDeadline(time.Now().Add(farewell))
		l.in.finish(farewell)
	}
	l.start()
}

// end makes the connection be over for this end.
func (l *link) end() { l.die.Do(func() { close(l.dead) }) }

// abandon ends the connection of a transport that is closed, after a goodbye
// that waits for nobody if there is one.
func (l *link) abandon() {
	l.mu.Lock()
	bye := l.closing != nil
	l.mu.Unlock()
	if bye {
		l.bye(goodbye{}, true)
	} else {
		l.abort()
	}
}

// abort ends the connection without a goodbye, at once.
func (l *link) abort() {
	l.end()
	l.conn.Close()
}

func (l *link) over() bool {
	select {
	case <-l.dead:
		return true
	default:
		return false
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
	info := crosspeer.LinkInfo{Transport: transport, RemoteAddr: addrOf(l.conn), Compression: "none"}
	if c, ok := l.conn.(*tls.Conn); ok {
		state := c.ConnectionState() // the handshake is over
		info.TLS = entry.TLSInfo(&state)
	}
	return info
}

// addrOf is the remote's address, zero if the connection has none of the kind.
func addrOf(conn net.Conn) netip.AddrPort {
	if tcp, ok := conn.RemoteAddr().(*net.TCPAddr); ok {
		a := tcp.AddrPort()
		return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
	}
	return netip.AddrPort{}
}

// Stats implements crosspeer.Link.
func (l *link) Stats() crosspeer.LinkStats {
	l.mu.Lock()
	defer l.mu.Unlock()
	return crosspeer.LinkStats{
		RTT:             time.Duration(l.rtt.Load()),
		BytesSent:       l.written.Load(),
		BytesReceived:   l.received.Load(),
		QueuedBytes:     l.bytes,
		QueuedPackets:   len(l.queue) + l.busy,
		Dropped:         l.dropped,
		WaitingBytes:    int(l.in.held.Load()),
		PacketsSent:     l.packetsSent,
		PacketsReceived: l.packetsReceived.Load(),
	}
}
