package enetlink

import (
	"errors"
	"sync"
	"sync/atomic"

	"crosspeer"
	"crosspeer/enet"
	"crosspeer/internal/framing"
)

// link is one ENet connection in a session.
type link struct {
	cfg    *Config
	peer   *enet.Peer
	host   *host
	port   *crosspeer.Port
	client bool // this end is the client, which alone takes notices

	closed atomic.Bool // this end wants no more

	mu      sync.Mutex // held while something is delivered
	waiting bool       // the program does not keep up: Resume will be called
	backlog []enet.Event
}

// form names the one that packets have on all ENet connections: the
// packet with Godot's header in front.
type form struct{}

// flags are those that the engine gives each mode. AlwaysOrdered is about
// packets of this program: a relayed one keeps its mode.
func (l *link) flags(f *crosspeer.Frame) enet.Flags {
	switch {
	case f.Mode == crosspeer.Reliable:
		return enet.Reliable
	case f.Mode == crosspeer.Unreliable && !(l.cfg.AlwaysOrdered && f.From == l.host.hub.UniqueID()):
		return enet.Unsequenced
	}
	return enet.Flags(f.Hint)
}

// mode is the mode of a received packet. A fragmented unreliable packet,
// which foreign peers can send, keeps its flag as the frame's hint.
func mode(flags enet.Flags) (m crosspeer.TransferMode, hint uint8) {
	switch {
	case flags&enet.Reliable != 0:
		return crosspeer.Reliable, 0
	case flags&enet.Unsequenced != 0:
		return crosspeer.Unreliable, 0
	}
	return crosspeer.UnreliableOrdered, uint8(flags & enet.UnreliableFragment)
}

// Send implements crosspeer.Link.
func (l *link) Send(f *crosspeer.Frame) crosspeer.SendResult {
	pkt, ok := f.Encoding(form{}).(enet.Packet)
	if !ok {
		pkt = enet.MakePacket(framing.ENetSize(f))
		framing.PutENet(pkt.Bytes(), f)
		f.SetEncoding(form{}, pkt)
	}
	return sendResult(l.peer.SendPacket(framing.ENetChannel(f), pkt, l.flags(f)), f.Mode)
}

// sendResult translates an error of enet.
func sendResult(err error, m crosspeer.TransferMode) crosspeer.SendResult {
	switch {
	case err == nil:
		return crosspeer.SendAccepted
	case errors.Is(err, enet.ErrQueueFull) && m == crosspeer.Reliable:
		return crosspeer.SendFull
	case errors.Is(err, enet.ErrQueueFull):
		return crosspeer.SendDropped
	case errors.Is(err, enet.ErrChannel):
		return crosspeer.SendNoChannel
	case errors.Is(err, enet.ErrTooLarge):
		return crosspeer.SendTooLarge
	}
	return crosspeer.SendClosed
}

// Close implements crosspeer.Link. The data that goes along is the engine's:
// the own id where a peer closes, 0 where the server disconnects a client.
func (l *link) Close(r crosspeer.Reason, now bool) {
	data := uint32(0)
	if r.Code == crosspeer.ReasonClosed {
		data = uint32(l.host.hub.UniqueID())
	}
	l.closed.Store(true)
	if now {
		l.peer.DisconnectNow(data)
	} else {
		l.peer.DisconnectLater(data)
	}
}

// Info implements crosspeer.Link.
func (l *link) Info() crosspeer.LinkInfo {
	return crosspeer.LinkInfo{
		Transport:   transport,
		RemoteAddr:  l.peer.RemoteAddr(),
		Compression: l.peer.Compression(),
		TLS:         crosspeer.TLSInfo(l.peer.Security()),
	}
}

// Stats implements crosspeer.Link.
func (l *link) Stats() crosspeer.LinkStats {
	s := l.peer.Stats()
	return crosspeer.LinkStats{
		RTT:               s.RTT,
		Throttle:          float64(s.Throttle) / 32,
		PacketsSent:       s.PacketsSent,
		PacketsReceived:   s.PacketsReceived,
		WaitingBytes:      s.WaitingBytes,
		NotTaken:          s.WaitingFull + s.HeldFull,
		RTTVariance:       s.RTTVariance,
		Loss:              s.Loss,
		BytesSent:         s.BytesSent,
		BytesReceived:     s.BytesReceived,
		DatagramsSent:     s.DatagramsSent,
		DatagramsReceived: s.DatagramsReceived,
		Resent:            s.Resent,
		QueuedBytes:       s.QueuedBytes,
		QueuedPackets:     s.QueuedPackets,
		Dropped:           s.Throttled,
	}
}
