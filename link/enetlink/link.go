package enetlink

import (
	"sync"
	"sync/atomic"

	"crosspeer"
	"crosspeer/enet"
	"crosspeer/wire"
)

// link is one ENet connection in a session.
type link struct {
	cfg    *Config
	peer   *enet.Peer
	host   *host
	port   *crosspeer.Port
	client bool // this end is the client: closing says its own id
	slots  int  // channels of the connection

	mu      sync.Mutex // held while what waits is delivered
	waiting atomic.Bool
	backlog []enet.Event // received while the program did not keep up
}

// framing names the one form that packets have on all ENet connections: the
// packet with Godot's header in front.
type framing struct{}

// Flags that the engine gives each mode.
func (l *link) flags(f *crosspeer.Frame) enet.Flags {
	switch {
	case f.Mode == crosspeer.Reliable:
		return enet.Reliable
	case f.Mode == crosspeer.Unreliable && !l.cfg.AlwaysOrdered:
		return enet.Unsequenced | enet.Flags(f.Hint)
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
	channel := f.Channel
	if f.Kind != crosspeer.FramePacket {
		channel = wire.ENetConfig
	}
	pkt, ok := f.Encoding(framing{}).(enet.Packet)
	if !ok {
		pkt = encode(f)
		f.SetEncoding(framing{}, pkt)
	}
	switch err := l.peer.SendPacket(uint8(channel), pkt, l.flags(f)); {
	case err == nil:
		return crosspeer.SendAccepted
	default:
		return sendResult(err, f.Mode)
	}
}

// encode puts Godot's framing around a frame.
func encode(f *crosspeer.Frame) enet.Packet {
	if f.Kind != crosspeer.FramePacket {
		notice := wire.NoticeAdd
		if f.Kind == crosspeer.FrameRemove {
			notice = wire.NoticeRemove
		}
		pkt := enet.MakePacket(wire.ENetNoticeSize)
		wire.PutENetNotice(pkt.Bytes(), notice, int32(f.Peer))
		return pkt
	}
	pkt := enet.MakePacket(wire.ENetHeaderSize + len(f.Data))
	wire.ENetHeader{Source: int32(f.From), Target: int32(f.To)}.Put(pkt.Bytes())
	copy(pkt.Bytes()[wire.ENetHeaderSize:], f.Data)
	return pkt
}

// Close implements crosspeer.Link. The data that goes along is the engine's:
// the own id where a peer closes, 0 where the server disconnects a client.
func (l *link) Close(r crosspeer.Reason, now bool) {
	data := uint32(0)
	if r.Code == crosspeer.ReasonClosed {
		data = uint32(l.host.hub.UniqueID())
	}
	if now {
		l.peer.DisconnectNow(data)
	} else {
		l.peer.DisconnectLater(data)
	}
}

// Info implements crosspeer.Link.
func (l *link) Info() crosspeer.LinkInfo {
	return crosspeer.LinkInfo{
		Transport:   "enet",
		RemoteAddr:  l.peer.RemoteAddr(),
		Compression: l.peer.Compression(),
	}
}

// Stats implements crosspeer.Link.
func (l *link) Stats() crosspeer.LinkStats {
	s := l.peer.Stats()
	return crosspeer.LinkStats{
		RTT:               s.RTT,
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
