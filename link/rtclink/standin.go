package rtclink

import (
	"errors"
	"fmt"
	"time"

	"github.com/pion/webrtc/v4"

	"crosspeer"
	"crosspeer/link/rtclink/signaling"
)

// standIn plays a member of the session towards a stock Godot client: the
// connection that the client believes to be that member's.
type standIn struct {
	fan    *fan
	id     crosspeer.PeerID // of the member
	offers bool             // this end does, and the client answers

	descriptions chan string // holds the client's
	candidates   chan webrtc.ICECandidateInit
	opened       chan struct{} // closed when the channels are open and what waited is sent
	leaving      chan struct{} // closed when the member has left the session
	over         chan struct{} // closed when nothing of it runs any more

	// Guarded by fan.mu.
	last    *standIn // of the same id, whose end comes first
	slot    bool     // it is counted by the server
	told    bool     // the client knows of the member
	found   int      // candidates of the client
	open    bool
	pipe    *pipe // nil at first
	waiting []parcel
	bytes   int // of what waits
}

// parcel is a packet that waits for the channels to open.
type parcel struct {
	mode crosspeer.TransferMode
	data []byte
}

// parcelCost is what a parcel costs besides its data.
const parcelCost = 64

func newStandIn(f *fan, id crosspeer.PeerID) *standIn {
	return &standIn{
		fan: f, id: id, offers: signaling.Offers(f.member.Dialect(), int32(id), int32(f.hello.ID)),
		descriptions: make(chan string, 1), candidates: make(chan webrtc.ICECandidateInit, maxCandidates),
		opened: make(chan struct{}), leaving: make(chan struct{}), over: make(chan struct{}),
	}
}

// tell tells the client of the member. One that cannot be told cannot stay.
// fan.mu is held.
func (st *standIn) tell() {
	st.told = true
	if st.fan.member.PeerConnect(int32(st.id)) != nil {
		st.fan.Close(st.unheard(), true)
	}
}

// unheard is why a client leaves that was not told of the member, or not to the
// end: its signalling was over then, or ended meanwhile.
func (st *standIn) unheard() crosspeer.Reason {
	return crosspeer.Reason{Code: crosspeer.ReasonClosed, By: crosspeer.ByRemote,
		Text: fmt.Sprintf("peer %d joined, and the client has left the signalling, where it would have heard of it", st.id)}
}

// remove says that the member has left. fan.mu is held.
func (st *standIn) remove() {
	if st != nil && !st.removed() {
		close(st.leaving)
	}
}

func (st *standIn) removed() bool {
	select {
	case <-st.leaving:
		return true
	default:
		return false
	}
}

// release gives the server's slot back. fan.mu is held.
func (st *standIn) release() {
	if st.slot {
		st.slot = false
		st.fan.server.standIns.Add(-1)
	}
}

// queued is how much waits to be delivered. fan.mu is held.
func (st *standIn) queued() int {
	if st.pipe == nil {
		return st.bytes
	}
	return st.bytes + st.pipe.waiting()
}

// send takes a packet of the member for the client. fan.mu is held.
func (st *standIn) send(mode crosspeer.TransferMode, data []byte) crosspeer.SendResult {
	if st.open {
		return st.pipe.write(mode, data)
	}
	st.waiting = append(st.waiting, parcel{mode, append([]byte(nil), data...)})
	st.bytes += len(data) + parcelCost
	return crosspeer.SendAccepted
}

// errLeft is the error of a connection whose member has left before it was
// open, and errGone of one whose client is gone.
var (
	errLeft = errors.New("rtclink: the member has left")
	errGone = errors.New("rtclink: the client has gone")
	errLost = errors.New("rtclink: it was closed or lost")
)

// run makes the connection and stays until it is no longer wanted.
func (st *standIn) run() {
	f := st.fan
	defer close(st.over)
	if st.last != nil {
		<-st.last.over
		f.mu.Lock()
		st.last = nil
		st.tell()
		f.mu.Unlock()
	}
	err := st.connect()
	if err == nil {
		err = st.stay()
	}
	switch {
	case err == nil, errors.Is(err, errLeft):
	case errors.Is(err, errGone) && st.id != crosspeer.TargetServer:
		f.Close(st.unheard(), true)
	default:
		code := crosspeer.ReasonNoReply
		if errors.Is(err, errLost) {
			code = crosspeer.ReasonClosed
		}
		f.Close(crosspeer.Reason{Code: code, By: crosspeer.ByRemote,
			Text: fmt.Sprintf("the connection to peer %d: %s", st.id, words(err))}, true)
	}
	if st.removed() {
		f.member.PeerDisconnect(int32(st.id)) // one without signalling sees the connection end
	}
	if st.pipe != nil {
		st.pipe.close()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	st.release()
	st.waiting, st.bytes = nil, 0
	if st.pipe != nil {
		f.past.BytesSent += st.pipe.bytesSent.Load()
		f.past.BytesReceived += st.pipe.bytesReceived.Load()
		f.past.PacketsSent += st.pipe.packetsSent.Load()
		f.past.PacketsReceived += st.pipe.packetsReceived.Load()
	}
	if f.places[st.id] == st {
		delete(f.places, st.id)
	}
}

// connect makes the connection, by the demo's rule about who offers.
func (st *standIn) connect() error {
	f := st.fan
	cfg := &f.server.handler.cfg
	timeout := time.NewTimer(cfg.SetupTimeout)
	defer timeout.Stop()
	if err := st.begin(); err != nil {
		return err
	}
	// After the client's description come its candidates, and the signalling
	// may end.
	var candidates <-chan webrtc.ICECandidateInit
	gone, leaving := f.gone, st.leaving
	for {
		select {
		case sdp := <-st.descriptions:
			if candidates != nil {
				continue // a second one
			}
			if err := st.described(sdp); err != nil {
				return err
			}
			candidates, gone = st.candidates, nil
		case c := <-candidates:
			st.pipe.pc.AddICECandidate(c)
		case <-st.pipe.opened:
			st.unpack()
			return nil
		case <-st.pipe.down:
			return errNoWay
		case <-timeout.C:
			return cfg.late()
		case <-gone:
			return errGone
		case <-leaving:
			f.mu.Lock()
			nothing := len(st.waiting) == 0
			f.mu.Unlock()
			if nothing {
				return errLeft
			}
			leaving = nil // what it has said is delivered
		case <-f.over:
			return errLeft
		}
	}
}

// begin makes the connection, and the offer if it is this end's.
func (st *standIn) begin() error {
	f := st.fan
	pc, err := f.server.engine.connection(nil)
	if err != nil {
		return errNoConnection
	}
	p, err := newPipe(pc, f.server.handler.cfg.MaxQueuedBytes, lifetime, func(p *pipe, mode crosspeer.TransferMode, b []byte) {
		f.deliver(st.id, p, mode, b)
	})
	if err != nil {
		return errors.Join(err, pc.Close())
	}
	f.mu.Lock()
	st.pipe = p
	f.mu.Unlock()
	if !st.offers {
		return nil
	}
	offer, err := pc.CreateOffer(nil)
	if err != nil {
		return err
	}
	sdp, err := describe(pc, offer, f.over)
	if err != nil {
		return err
	}
	return f.member.Offer(int32(st.id), sdp)
}

// described takes the client's answer, or answers its offer.
func (st *standIn) described(sdp string) error {
	if st.offers {
		err := st.pipe.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: sdp})
		if err != nil {
			return errors.New("rtclink: the answer cannot be used: " + err.Error())
		}
		return nil
	}
	text, err := answer(st.pipe.pc, sdp, st.fan.over)
	if err != nil {
		return err
	}
	return st.fan.member.Answer(int32(st.id), text)
}

// unpack sends what has waited for the channels.
func (st *standIn) unpack() {
	st.fan.mu.Lock()
	defer st.fan.mu.Unlock()
	for _, p := range st.waiting {
		st.pipe.write(p.mode, p.data)
	}
	st.waiting, st.bytes, st.open = nil, 0, true
	close(st.opened)
}

// stay waits for the end of an open connection.
func (st *standIn) stay() error {
	for {
		select {
		case c := <-st.candidates:
			st.pipe.pc.AddICECandidate(c)
		case <-st.pipe.down:
			if st.removed() {
				return nil
			}
			return errLost
		case <-st.leaving:
			after := time.NewTimer(lingering)
			defer after.Stop()
			st.pipe.flush(st.fan.hurry, after.C)
			st.fan.pause(st.pipe)
			return nil
		case <-st.fan.over:
			return nil
		}
	}
}
