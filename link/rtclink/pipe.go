package rtclink

import (
	"errors"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/webrtc/v4"

	"crosspeer"
)

// pipe is one connection with its three channels.
type pipe struct {
	pc       *webrtc.PeerConnection
	channels [3]*webrtc.DataChannel // by transfer mode
	queue    int                    // most bytes that wait

	waits  atomic.Int32  // channels that are not open yet
	opened chan struct{} // closed when all are open
	down   chan struct{} // closed when the connection is lost or closed
	acked  chan struct{} // holds a token when all that was sent reliably has arrived
	once   sync.Once

	bytesSent, bytesReceived, dropped atomic.Uint64
	packetsSent, packetsReceived      atomic.Uint64
}

// channel describes a data channel. Godot 3.2.3, WebRTCMultiplayer.add_peer.
type channel struct {
	label   string
	id      uint16
	ordered bool
}

var channels = [3]channel{
	crosspeer.Reliable:          {"reliable", 1, true},
	crosspeer.UnreliableOrdered: {"ordered", 2, true},
	crosspeer.Unreliable:        {"unreliable", 3, false},
}

// newPipe opens the channels on a connection that has not begun. Messages go
// to take, which may keep their channel waiting. lifetime is how long this
// end tries to deliver an unreliable message.
func newPipe(pc *webrtc.PeerConnection, queue int, lifetime time.Duration,
	take func(*pipe, crosspeer.TransferMode, []byte)) (*pipe, error) {
	p := &pipe{pc: pc, queue: queue, opened: make(chan struct{}), down: make(chan struct{}), acked: make(chan struct{}, 1)}
	p.waits.Store(int32(len(channels)))
	for mode, c := range channels {
		negotiated := true
		init := &webrtc.DataChannelInit{Ordered: &c.ordered, Negotiated: &negotiated, ID: &c.id}
		if crosspeer.TransferMode(mode) != crosspeer.Reliable {
			ms := uint16(min(max(lifetime.Milliseconds(), 1), 1<<16-1))
			init.MaxPacketLifeTime = &ms
		}
		dc, err := pc.CreateDataChannel(c.label, init)
		if err != nil {
			return nil, err
		}
		p.channels[mode] = dc
		dc.OnOpen(func() {
			if p.waits.Add(-1) == 0 {
				close(p.opened)
			}
		})
		dc.OnClose(p.lost)
		dc.OnMessage(func(m webrtc.DataChannelMessage) {
			p.bytesReceived.Add(uint64(len(m.Data)))
			p.packetsReceived.Add(1)
			take(p, crosspeer.TransferMode(mode), m.Data)
		})
	}
	reliable := p.channels[crosspeer.Reliable]
	reliable.SetBufferedAmountLowThreshold(0)
	reliable.OnBufferedAmountLow(func() { signal(p.acked) })
	pc.OnConnectionStateChange(func(s webrtc.PeerConnectionState) {
		switch s {
		case webrtc.PeerConnectionStateDisconnected, webrtc.PeerConnectionStateFailed, webrtc.PeerConnectionStateClosed:
			p.lost()
		}
	})
	return p, nil
}

func (p *pipe) lost() { p.once.Do(func() { close(p.down) }) }

func (p *pipe) isDown() bool {
	select {
	case <-p.down:
		return true
	default:
		return false
	}
}

// waiting is how much was sent and has not arrived.
func (p *pipe) waiting() (bytes int) {
	for _, dc := range p.channels {
		bytes += int(dc.BufferedAmount())
	}
	return bytes
}

// send queues a message.
func (p *pipe) send(mode crosspeer.TransferMode, b []byte) crosspeer.SendResult {
	if p.isDown() {
		return crosspeer.SendClosed
	}
	if n := p.waiting(); n > 0 && n+len(b) > p.queue {
		if mode == crosspeer.Reliable {
			return crosspeer.SendFull
		}
		p.dropped.Add(1)
		return crosspeer.SendDropped
	}
	return p.write(mode, b)
}

// write sends a message, however much waits.
func (p *pipe) write(mode crosspeer.TransferMode, b []byte) crosspeer.SendResult {
	if p.isDown() {
		return crosspeer.SendClosed
	}
	if err := p.channels[mode].Send(b); err != nil {
		return crosspeer.SendClosed
	}
	p.bytesSent.Add(uint64(len(b)))
	p.packetsSent.Add(1)
	return crosspeer.SendAccepted
}

// flush waits until all that was sent reliably has arrived, the connection is
// lost, or one of the stops.
func (p *pipe) flush(stop <-chan struct{}, after <-chan time.Time) {
	for p.channels[crosspeer.Reliable].BufferedAmount() > 0 {
		select {
		case <-p.acked:
		case <-p.down:
			return
		case <-stop:
			return
		case <-after:
			return
		}
	}
}

// close ends the connection and returns when nothing of it runs any more. It
// must not be called while a message is taken.
func (p *pipe) close() {
	p.lost()
	p.pc.GracefulClose()
}

// remote is the address of the other end, zero if it is not known.
func (p *pipe) remote() netip.AddrPort {
	sctp := p.pc.SCTP()
	if sctp == nil || sctp.Transport() == nil {
		return netip.AddrPort{}
	}
	pair, err := sctp.Transport().ICETransport().GetSelectedCandidatePair()
	if err != nil || pair == nil || pair.Remote == nil {
		return netip.AddrPort{}
	}
	ip, err := netip.ParseAddr(pair.Remote.Address)
	if err != nil {
		return netip.AddrPort{} // a name that stands for an address
	}
	return netip.AddrPortFrom(ip.Unmap(), pair.Remote.Port)
}

// stats is the state of the connection.
func (p *pipe) stats() crosspeer.LinkStats {
	s := crosspeer.LinkStats{
		BytesSent: p.bytesSent.Load(), BytesReceived: p.bytesReceived.Load(),
		PacketsSent: p.packetsSent.Load(), PacketsReceived: p.packetsReceived.Load(),
		QueuedBytes: p.waiting(), Dropped: p.dropped.Load(),
	}
	if sctp := p.pc.SCTP(); sctp != nil && sctp.Transport() != nil {
		if c, ok := sctp.Transport().ICETransport().GetSelectedCandidatePairStats(); ok {
			s.RTT = time.Duration(c.CurrentRoundTripTime * float64(time.Second))
		}
	}
	return s
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// describe sets the local description and gives it with all candidates in it.
func describe(pc *webrtc.PeerConnection, d webrtc.SessionDescription, stop <-chan struct{}) (string, error) {
	gathered := webrtc.GatheringCompletePromise(pc)
	if err := pc.SetLocalDescription(d); err != nil {
		return "", err
	}
	select {
	case <-gathered:
		return pc.LocalDescription().SDP, nil
	case <-stop:
		return "", errors.New("rtclink: given up while gathering candidates")
	}
}

// answer takes an offer and gives the answer.
func answer(pc *webrtc.PeerConnection, offer string, stop <-chan struct{}) (string, error) {
	if err := pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: offer}); err != nil {
		return "", errors.New("rtclink: the offer cannot be used: " + err.Error())
	}
	d, err := pc.CreateAnswer(nil)
	if err != nil {
		return "", err
	}
	return describe(pc, d, stop)
}
