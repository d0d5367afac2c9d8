package framing

import (
	"crosspeer"
	"crosspeer/wire"
)

// ENetSize is how many bytes a frame takes in Godot's framing of ENet packets.
func ENetSize(f *crosspeer.Frame) int {
	if f.Kind != crosspeer.FramePacket {
		return wire.ENetNoticeSize
	}
	return wire.ENetHeaderSize + len(f.Data)
}

// PutENet writes a frame to the start of b, which must have room for ENetSize
// bytes.
func PutENet(b []byte, f *crosspeer.Frame) {
	switch f.Kind {
	case crosspeer.FrameAdd:
		wire.PutENetNotice(b, wire.NoticeAdd, int32(f.Peer))
	case crosspeer.FrameRemove:
		wire.PutENetNotice(b, wire.NoticeRemove, int32(f.Peer))
	default:
		wire.ENetHeader{Source: int32(f.From), Target: int32(f.To)}.Put(b)
		copy(b[wire.ENetHeaderSize:], f.Data)
	}
}

// ENetChannel is the channel that a frame travels on.
func ENetChannel(f *crosspeer.Frame) uint8 {
	if f.Kind != crosspeer.FramePacket {
		return wire.ENetConfig
	}
	return uint8(f.Channel)
}

// ReadENet reads a frame but for its mode. It returns false for what a remote
// must not send: notices to a server, and packets without a whole header. The
// frame's bytes are those of b.
func ReadENet(f *crosspeer.Frame, b []byte, channel uint8, client bool) bool {
	if channel == wire.ENetConfig {
		return client && readENetNotice(f, b)
	}
	h, payload, ok := wire.ParseENet(b)
	if !ok {
		return false
	}
	f.Kind = crosspeer.FramePacket
	f.From, f.To = crosspeer.PeerID(h.Source), crosspeer.PeerID(h.Target)
	f.Channel = int(channel)
	f.Data = payload
	return true
}

func readENetNotice(f *crosspeer.Frame, b []byte) bool {
	n, id, ok := wire.ParseENetNotice(b)
	switch {
	case !ok:
		return false
	case n == wire.NoticeAdd:
		f.Kind = crosspeer.FrameAdd
	case n == wire.NoticeRemove:
		f.Kind = crosspeer.FrameRemove
	default:
		return false
	}
	f.Peer = crosspeer.PeerID(id)
	return true
}
