package rtclink

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/pion/webrtc/v4"

	"crosspeer"
	"crosspeer/link/rtclink/signaling"
	"crosspeer/wire"
)

// fan is the link to a stock Godot client. Such a client wants a connection to
// every member and writes no header: who sends, and who is meant, is the
// connection. So it has one for each member, and all of them end here. A client
// that cannot have one of them leaves the session: nothing that is for it gets
// lost in silence.
type fan struct {
	ending
	server   *server
	member   *signaling.Member
	hello    crosspeer.Hello
	host     *standIn
	accepted chan struct{}  // closed when the lobby has the client
	gone     chan struct{}  // closed when the signalling is over
	in       chan struct{}  // closed when the client is in the session
	over     chan struct{}  // closed when its connections are to be closed
	work     sync.WaitGroup // a goroutine for each connection

	delivering sync.Mutex // held while something is delivered
	port       *crosspeer.Port
	frame      crosspeer.Frame

	mu     sync.Mutex
	closed bool                          // no connection is made any more
	places map[crosspeer.PeerID]*standIn // by the member that is played
	past   crosspeer.LinkStats           // of connections that are closed
}

// joinStock lets a stock client in.
func (s *server) joinStock(m *signaling.Member, hello crosspeer.Hello) error {
	if err := s.roomForStock(); err != nil {
		return err
	}
	f := &fan{
		ending: newEnding(), server: s, member: m, hello: hello,
		accepted: make(chan struct{}), gone: make(chan struct{}), in: make(chan struct{}), over: make(chan struct{}),
		places: make(map[crosspeer.PeerID]*standIn),
	}
	f.host = newStandIn(f, crosspeer.TargetServer)
	f.host.told = true // with the seat
	f.places[crosspeer.TargetServer] = f.host
	if err := s.enter(m, f); err != nil {
		return err
	}
	if err := m.Accept(signaling.Seat{ID: int32(hello.ID)}); err != nil {
		f.Close(crosspeer.Reason{}, true)
		return err
	}
	close(f.accepted)
	return nil
}

// errNoRoom is the error of a stock client whose connections were too many.
var errNoRoom = errors.New("rtclink: no room for another stock Godot client: it would need too many connections")

// roomForStock says whether a stock client can have the connections that it
// needs, and the other ones theirs to it.
func (s *server) roomForStock() error {
	n := int64(s.hub.Announced())
	if n > 0 && s.standIns.Load()+n+s.stock.Load() > int64(s.handler.cfg.MaxStandIns) {
		s.hub.Refuse()
		return errNoRoom
	}
	return nil
}

// offered implements visitor.
func (f *fan) offered(to int32, sdp string) { f.described(to, sdp, false) }

// answered implements visitor.
func (f *fan) answered(to int32, sdp string) { f.described(to, sdp, true) }

// described takes the client's description for the connection to a member.
func (f *fan) described(to int32, sdp string, isAnswer bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if st := f.known(to); st != nil && st.offers == isAnswer {
		select {
		case st.descriptions <- sdp:
		default: // a second one
		}
	}
}

// known is the connection that the client means by an id: of a member that has
// come back, the first one until its end. The lock is held.
func (f *fan) known(id int32) *standIn {
	for st := f.places[crosspeer.PeerID(id)]; st != nil; st = st.last {
		if st.told {
			return st
		}
	}
	return nil
}

// found implements visitor.
func (f *fan) found(to int32, c webrtc.ICECandidateInit) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if st := f.known(to); st != nil && st.found < maxCandidates && len(c.Candidate) <= maxCandidate {
		st.found++
		st.candidates <- c // there is room for all
	}
}

// left implements visitor. A client that has its connections needs the
// signalling only to hear of the next member.
func (f *fan) left() { close(f.gone) }

// serve implements visitor.
func (f *fan) serve() {
	err := f.open()
	f.server.settled()
	if err == nil {
		err = f.attach()
	}
	if err != nil {
		f.server.hub.Retract(f.hello)
		f.Close(crosspeer.Reason{Code: crosspeer.ReasonRefused, By: crosspeer.ByLocal, Text: words(err)}, true)
	}
	<-f.leaving
	f.leave()
	if f.port != nil {
		f.server.stock.Add(-1)
		f.port.Detach(f.own())
	}
}

// open makes the connection to the server.
func (f *fan) open() error {
	select {
	case <-f.accepted:
	case <-f.leaving:
		return errGone
	}
	f.work.Go(f.host.run)
	select {
	case <-f.host.opened:
		return nil
	case <-f.leaving:
		return errors.New(f.own().Text)
	}
}

// attach brings the client into the session.
func (f *fan) attach() error {
	if err := f.server.roomForStock(); err != nil {
		return err
	}
	f.delivering.Lock()
	defer f.delivering.Unlock()
	port, err := f.server.hub.Attach(f, f.hello)
	if err != nil {
		return err
	}
	f.server.stock.Add(1)
	f.port = port
	close(f.in)
	return nil
}

// leave ends the connections: when what was sent has arrived, unless somebody
// is in a hurry.
func (f *fan) leave() {
	late := time.AfterFunc(lingering, func() { f.Close(crosspeer.Reason{}, true) })
	defer late.Stop()
	for _, st := range f.all() {
		select {
		case <-f.hurry:
		case <-st.over:
		case <-st.opened:
			st.pipe.flush(f.hurry, nil)
		}
	}
	f.mu.Lock()
	host := f.host.pipe
	f.mu.Unlock()
	f.pause(host)
	f.member.Close(f.own().Text)
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	close(f.over)
	f.work.Wait()
}

// pause lets the client look at what has arrived at it: it looks once a frame,
// and forgets what it has not seen when a connection ends or the signalling
// says so.
func (f *fan) pause(p *pipe) {
	if p == nil || p.bytesSent.Load() == 0 {
		return
	}
	t := time.NewTimer(farewell)
	defer t.Stop()
	select {
	case <-t.C:
	case <-p.down:
	case <-f.hurry:
	}
}

func (f *fan) all() []*standIn {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Collect(f.each)
}

// Send implements crosspeer.Link.
func (f *fan) Send(fr *crosspeer.Frame) crosspeer.SendResult {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.closed || f.isLeaving():
		return crosspeer.SendClosed
	case fr.Kind == crosspeer.FrameAdd:
		return f.add(fr.Peer)
	case fr.Kind == crosspeer.FrameRemove:
		f.places[fr.Peer].remove()
		return crosspeer.SendAccepted
	}
	st := f.places[fr.From]
	switch {
	case st == nil || st.removed():
		return crosspeer.SendNoChannel // the client cannot be told who sends
	case len(fr.Data) > f.server.handler.cfg.MaxMessageBytes:
		return crosspeer.SendTooLarge
	}
	if n := f.queued(); n > 0 && n+len(fr.Data) > f.server.handler.cfg.MaxQueuedBytes {
		if fr.Mode == crosspeer.Reliable {
			return crosspeer.SendFull
		}
		f.past.Dropped++
		return crosspeer.SendDropped
	}
	return st.send(fr.Mode, fr.Data)
}

// add tells the client of a member and begins the connection to it. The lock
// is held.
func (f *fan) add(id crosspeer.PeerID) crosspeer.SendResult {
	most := f.server.handler.cfg.MaxStandIns
	if f.server.standIns.Add(1) > int64(most) {
		f.server.standIns.Add(-1)
		for st := range f.each {
			st.release() // at once: other clients need one each for the same member
		}
		f.Close(crosspeer.Reason{Code: crosspeer.ReasonKicked, By: crosspeer.ByPolicy,
			Text: fmt.Sprintf("peer %d joined, and stock Godot clients have all %d connections that this server makes for them", id, most)}, true)
		return crosspeer.SendClosed
	}
	st := newStandIn(f, id)
	st.slot = true
	if st.last = f.places[id]; st.last == nil {
		st.tell()
	}
	f.places[id] = st
	f.work.Go(st.run)
	return crosspeer.SendAccepted
}

// queued is how much waits for the client. The lock is held.
func (f *fan) queued() (bytes int) {
	for st := range f.each {
		bytes += st.queued()
	}
	return bytes
}

// each gives all connections, those of members that have come back included.
// The lock is held.
func (f *fan) each(yield func(*standIn) bool) {
	for _, st := range f.places {
		for ; st != nil; st = st.last {
			if !yield(st) {
				return
			}
		}
	}
}

// deliver takes a message that has come as if for a member.
func (f *fan) deliver(to crosspeer.PeerID, p *pipe, mode crosspeer.TransferMode, b []byte) {
	select {
	case <-f.in:
	case <-f.leaving:
		return
	case <-p.down:
		return
	}
	f.delivering.Lock()
	defer f.delivering.Unlock()
	if len(b) > f.server.handler.cfg.MaxMessageBytes {
		f.port.Violation()
		return
	}
	fr := &f.frame
	defer fr.Reset()
	fr.Kind = crosspeer.FramePacket
	fr.Packet = crosspeer.Packet{From: f.hello.ID, To: to, Mode: mode, Channel: wire.ENetUnreliable, Data: b}
	if mode == crosspeer.Reliable {
		fr.Channel = wire.ENetReliable
	}
	for !f.isLeaving() && f.port.Deliver(fr) == crosspeer.Wait {
		select {
		case <-f.resumed:
		case <-f.leaving:
			return
		case <-p.down:
			return
		}
	}
}

// Info implements crosspeer.Link.
func (f *fan) Info() crosspeer.LinkInfo {
	info := crosspeer.LinkInfo{Transport: transport, Compression: "none"}
	f.mu.Lock()
	p := f.host.pipe
	f.mu.Unlock()
	if p != nil {
		info.RemoteAddr = p.remote()
	}
	return info
}

// Stats implements crosspeer.Link: those of all connections. The round-trip
// time is that of the one to the server.
func (f *fan) Stats() crosspeer.LinkStats {
	f.mu.Lock()
	defer f.mu.Unlock()
	sum := f.past
	sum.QueuedBytes = f.queued()
	for st := range f.each {
		if st.pipe == nil {
			continue
		}
		s := st.pipe.stats()
		sum.BytesSent += s.BytesSent
		sum.BytesReceived += s.BytesReceived
		sum.PacketsSent += s.PacketsSent
		sum.PacketsReceived += s.PacketsReceived
		if st == f.host {
			sum.RTT = s.RTT
		}
	}
	return sum
}
