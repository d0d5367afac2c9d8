package virtual

import (
	"errors"

	"crosspeer"
	"crosspeer/enet/internal/engine"
	"crosspeer/internal/framing"
)

// link is one connection in a session. What it makes of frames is what
// enetlink's link makes of them.
type link struct {
	host   *Host
	peer   *engine.Peer
	port   *crosspeer.Port
	client bool // this end is the client, which alone takes notices
	closed bool // this end wants no more

	waiting bool // the program does not keep up: Resume will be called
	backlog []engine.Event
}

// form names the one that packets have on all connections.
type form struct{}

func flags(f *crosspeer.Frame) engine.Flags {
	switch f.Mode {
	case crosspeer.Reliable:
		return engine.Reliable
	case crosspeer.Unreliable:
		return engine.Unsequenced
	}
	return engine.Flags(f.Hint)
}

func mode(flags engine.Flags) (m crosspeer.TransferMode, hint uint8) {
	switch {
	case flags&engine.Reliable != 0:
		return crosspeer.Reliable, 0
	case flags&engine.Unsequenced != 0:
		return crosspeer.Unreliable, 0
	}
	return crosspeer.UnreliableOrdered, uint8(flags & engine.UnreliableFragment)
}

// Send implements crosspeer.Link.
func (l *link) Send(f *crosspeer.Frame) crosspeer.SendResult {
	pkt, ok := f.Encoding(form{}).(*engine.Packet)
	if !ok {
		pkt = engine.NewPacket(framing.ENetSize(f))
		framing.PutENet(pkt.Bytes(), f)
		f.SetEncoding(form{}, pkt)
	}
	err := l.peer.Send(framing.ENetChannel(f), pkt, flags(f))
	if err == nil {
		l.host.wake()
	}
	return sendResult(err, f.Mode)
}

func sendResult(err error, m crosspeer.TransferMode) crosspeer.SendResult {
	switch {
	case err == nil:
		return crosspeer.SendAccepted
	case errors.Is(err, engine.ErrQueueFull) && m == crosspeer.Reliable:
		return crosspeer.SendFull
	case errors.Is(err, engine.ErrQueueFull):
		return crosspeer.SendDropped
	case errors.Is(err, engine.ErrChannel):
		return crosspeer.SendNoChannel
	case errors.Is(err, engine.ErrTooLarge):
		return crosspeer.SendTooLarge
	}
	return crosspeer.SendClosed
}

// Close implements crosspeer.Link.
func (l *link) Close(r crosspeer.Reason, now bool) {
	data := uint32(0)
	if r.Code == crosspeer.ReasonClosed {
		data = uint32(l.host.hub.UniqueID())
	}
	l.closed = true
	if now {
		l.peer.DisconnectNow(data)
	} else {
		l.peer.DisconnectLater(data)
	}
	l.host.wake()
}

// Info implements crosspeer.Link.
func (l *link) Info() crosspeer.LinkInfo {
	return crosspeer.LinkInfo{Transport: "enet", RemoteAddr: l.peer.Addr(), Compression: "none"}
}

// Stats implements crosspeer.Link.
func (l *link) Stats() crosspeer.LinkStats {
	s := l.peer.Snapshot()
	return crosspeer.LinkStats{
		RTT: s.RTT, RTTVariance: s.RTTVariance, Loss: s.Loss,
		BytesSent: s.BytesSent, BytesReceived: s.BytesReceived,
		DatagramsSent: s.DatagramsSent, DatagramsReceived: s.DatagramsReceived,
		Resent: s.Resent, QueuedBytes: s.QueuedBytes, QueuedPackets: s.QueuedPackets, Dropped: s.Throttled,
	}
}

// Raw sends bytes as they are from a client to its server: what a remote can do
// that does not keep the rules of a session.
func (h *Host) Raw(channel uint8, b []byte) {
	if h.link != nil {
		pkt := engine.CopyPacket(b)
		h.link.peer.Send(channel, pkt, engine.Reliable)
		pkt.Release()
		h.wake()
	}
}
