package sim

import (
	"time"

	"crosspeer"
	"crosspeer/wire"
)

// pipe is a connection whose bytes arrive in order, with a rate, a delay and a
// window, beyond which a sender must wait: a TCP connection or a data channel,
// and without rate and delay one inside the process. It moves once per tick.
type pipe struct {
	w       *world
	codec   codec
	delay   time.Duration
	rate    int // bytes per second, 0 for no limit
	window  int // bytes under way, at least one message
	stalled time.Duration
	client  *end
	server  *end
	visit   *visit
	ask     crosspeer.PeerID // the id that the client asks for, 0 for any
	accept  time.Duration    // when the server sees the client, -1 once it has
}

// bounds of what waits for a pipe. One message is always accepted.
const (
	pipeQueueBytes   = 256 << 10
	pipeQueuePackets = 2048
)

// patience is how long an end waits for a remote that has gone silent.
const patience = 20 * time.Second

// end is one end of a pipe.
type end struct {
	*pipe
	hub    *crosspeer.Hub
	port   *crosspeer.Port
	other  *end
	inside bool // the client's

	queue   queue[*form] // not yet under way
	bytes   int
	wire    queue[flying] // under way to the other end
	flying  int           // bytes of them
	free    time.Duration
	waiting bool // the program does not keep up
	told    bool // how a client's Dial ends
	err     error
	closing *crosspeer.Reason
	now     bool
	bye     bool          // the goodbye is under way
	last    time.Duration // when it ends at the latest, 0 if that is not known
	broken  crosspeer.Reason
	dead    bool // vanished without a goodbye
	over    bool
}

type flying struct {
	*form
	at time.Duration
}

func newPipe(w *world, v *visit, c codec, hub *crosspeer.Hub) *pipe {
	pi := &pipe{w: w, codec: c, visit: v, window: 16 << 10}
	pi.client = &end{pipe: pi, hub: hub, inside: true}
	pi.server = &end{pipe: pi, hub: w.hub, other: pi.client}
	pi.client.other = pi.server
	w.pipes = append(w.pipes, pi)
	return pi
}

// Welcome implements crosspeer.Welcomer.
func (e *end) Welcome(id crosspeer.PeerID) {
	e.notice(wire.WebSocketID, id)
	e.notice(wire.WebSocketAdd, crosspeer.TargetServer)
}

func (e *end) notice(k wire.WebSocketKind, id crosspeer.PeerID) {
	f := e.w.forms.make(wire.WebSocketNoticeSize)
	wire.PutWebSocketNotice(f.b, k, int32(id))
	e.push(f)
}

func (e *end) push(f *form) {
	e.queue.push(f)
	e.bytes += len(f.b)
}

// Send implements crosspeer.Link.
func (e *end) Send(f *crosspeer.Frame) crosspeer.SendResult {
	switch {
	case e.over || e.closing != nil:
		return crosspeer.SendClosed
	case e.queue.len() == 0:
	case e.queue.len() < pipeQueuePackets && e.bytes+len(f.Data) <= pipeQueueBytes:
	case f.Mode == crosspeer.Reliable:
		return crosspeer.SendFull
	default:
		return crosspeer.SendDropped
	}
	e.push(e.codec.encode(&e.w.forms, f).retain())
	return crosspeer.SendAccepted
}

// Close implements crosspeer.Link.
func (e *end) Close(r crosspeer.Reason, now bool) {
	if e.closing == nil {
		e.closing = &r
	}
	if now && !e.now {
		e.now = true
		e.drop()
	}
}

// Resume implements crosspeer.Resumer: what waits is delivered at the next
// tick.
func (e *end) Resume() { e.waiting = false }

// Info implements crosspeer.Link.
func (e *end) Info() crosspeer.LinkInfo { return crosspeer.LinkInfo{Transport: "pipe"} }

// Stats implements crosspeer.Link.
func (e *end) Stats() crosspeer.LinkStats {
	return crosspeer.LinkStats{QueuedBytes: e.bytes, QueuedPackets: e.queue.len()}
}

func (e *end) drop() {
	for e.queue.len() > 0 {
		e.queue.pop().Release()
	}
	e.bytes = 0
}

// run moves both ends on. It returns false when nothing is left of them.
func (p *pipe) run() bool {
	now := p.w.now
	if p.accept >= 0 && now >= p.accept {
		p.accept = -1
		p.admit()
	}
	for _, e := range [...]*end{p.server, p.client} {
		if !e.dead && !e.over {
			e.deliver(now)
		}
		if !e.dead && !e.over {
			e.transmit(now)
		}
	}
	return !(p.server.over && (p.client.over || p.client.dead))
}

// admit is what the server does with a client that has connected.
func (p *pipe) admit() {
	e := p.server
	port, err := e.hub.Attach(e, crosspeer.Hello{ID: p.w.pipeID(p.ask)})
	if err != nil {
		e.over = true
		p.client.breaks(p.w.now+p.delay, crosspeer.Reason{Code: crosspeer.ReasonRefused, By: crosspeer.ByRemote})
		return
	}
	e.port = port
	p.w.laws.joined(p.visit, port.ID())
}

// transmit puts on the way what the line has room for.
func (e *end) transmit(now time.Duration) {
	for e.queue.len() > 0 && now >= e.stalled && e.free <= now && (e.flying == 0 || e.flying+len((*e.queue.first()).b) <= e.window) {
		f := e.queue.pop()
		e.bytes -= len(f.b)
		e.fly(now, f)
	}
	if e.closing != nil && e.queue.len() == 0 && !e.bye {
		e.bye = true
		f := e.w.forms.make(wire.WebSocketHeaderSize + 1)
		wire.WebSocketHeader{Kind: goodbye}.Put(f.b)
		f.b[wire.WebSocketHeaderSize] = byte(e.closing.Code)
		e.fly(now, f)
		e.breaks(now+patience, *e.closing)
	}
	if e.now {
		e.finish(*e.closing)
	}
}

func (e *end) fly(now time.Duration, f *form) {
	if e.rate > 0 {
		e.free = max(e.free, now-tick) + time.Duration(len(f.b))*time.Second/time.Duration(e.rate)
	}
	e.wire.push(flying{f, max(now, e.free) + e.delay})
	e.flying += len(f.b)
}

// deliver takes what has arrived.
func (e *end) deliver(now time.Duration) {
	from := e.other
	for from.wire.len() > 0 && from.wire.first().at <= now && !e.waiting && !e.over {
		f := from.wire.first().form
		e.waiting = true // Resume may come before Deliver has returned
		if e.take(f.b) {
			e.waiting = false
			from.flying -= len(f.b)
			from.wire.pop()
			f.Release()
		}
	}
	if e.last > 0 && now >= e.last && !e.over && (from.wire.len() == 0 || e.closing != nil) {
		e.finish(e.broken)
	}
}

// take takes one message. It returns false when it must be delivered again.
func (e *end) take(b []byte) bool {
	f := &e.w.frame
	defer f.Reset()
	kind, ok := e.codec.decode(b, f)
	switch {
	case ok && kind == goodbye:
		e.finish(crosspeer.Reason{Code: crosspeer.ReasonCode(b[wire.WebSocketHeaderSize]), By: crosspeer.ByRemote})
	case e.port == nil:
		e.greeted(kind, f.Peer)
	case !ok || kind == wire.WebSocketID || !e.inside && kind != wire.WebSocketData:
		e.port.Violation()
	case e.closing != nil: // this end wants no more
	default:
		return e.port.Deliver(f) == crosspeer.Taken
	}
	return true
}

// greeted takes the first messages of a server.
func (e *end) greeted(kind wire.WebSocketKind, id crosspeer.PeerID) {
	switch kind {
	case wire.WebSocketID:
		e.hub.SetUniqueID(id)
	case wire.WebSocketAdd:
		e.port, e.err = e.hub.Attach(e, crosspeer.Hello{ID: crosspeer.TargetServer})
		e.told = true
	}
}

// breaks sets when the end is over at the latest, and why.
func (e *end) breaks(at time.Duration, r crosspeer.Reason) {
	if e.last == 0 || at < e.last {
		e.last, e.broken = at, r
	}
}

// finish is the end of this end. What is under way still arrives.
func (e *end) finish(r crosspeer.Reason) {
	e.over = true
	e.drop()
	e.other.breaks(e.w.now+e.delay+tick, crosspeer.Reason{Text: "the connection broke"})
	switch {
	case e.port == nil && e.inside:
		e.told, e.err = true, &crosspeer.DisconnectError{Reason: r}
	case e.port != nil && !e.inside:
		e.w.laws.gone(e.visit)
		e.port.Detach(r)
	case e.port != nil:
		e.port.Detach(r)
	}
}

// vanish ends the client's end without a goodbye.
func (p *pipe) vanish() {
	p.client.dead = true
	p.client.drop()
	p.server.breaks(p.w.now+patience, crosspeer.Reason{Code: crosspeer.ReasonTimeout})
}
