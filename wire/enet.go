package wire

import "encoding/binary"

var le = binary.LittleEndian

// Channels of an ENet connection between Godot 3 peers.
const (
	// ENetConfig carries notices from the server to clients, reliably.
	ENetConfig = 0

	// ENetReliable and ENetUnreliable carry packets of the reliable mode and
	// of the other two, unless a transfer channel is set.
	ENetReliable   = 1
	ENetUnreliable = 2

	// ENetMinChannels is the fewest channels that Godot works with, and the
	// default.
	ENetMinChannels = 3
)

// ENetHeaderSize is the size of what stands in front of a packet's bytes.
const ENetHeaderSize = 8

// ENetHeader stands in front of a packet on channels other than ENetConfig.
//
//	offset size
//	0      4    source, peer id
//	4      4    target: 0 all, id, or -id for all but that one
//
// A relay passes both on unchanged.
type ENetHeader struct {
	Source int32
	Target int32
}

// ParseENet splits the header from a packet. It fails when the packet is
// shorter than the header; the payload may be empty.
func ParseENet(b []byte) (h ENetHeader, payload []byte, ok bool) {
	if len(b) < ENetHeaderSize {
		return h, nil, false
	}
	h.Source = int32(le.Uint32(b))
	h.Target = int32(le.Uint32(b[4:]))
	return h, b[ENetHeaderSize:], true
}

// Put writes the header to the start of b, which must have room for
// ENetHeaderSize bytes.
func (h ENetHeader) Put(b []byte) {
	le.PutUint32(b, uint32(h.Source))
	le.PutUint32(b[4:], uint32(h.Target))
}

// Notice is what a server tells its clients of other clients.
type Notice uint32

// Notices. Others are to be ignored.
const (
	NoticeAdd    Notice = 0
	NoticeRemove Notice = 1
)

// ENetNoticeSize is the size of a notice on ENetConfig.
const ENetNoticeSize = 8

// ParseENetNotice reads a notice. It fails when the message is too short;
// bytes behind the notice are ignored, as the engine does.
//
//	offset size
//	0      4    type
//	4      4    peer id
func ParseENetNotice(b []byte) (n Notice, id int32, ok bool) {
	if len(b) < ENetNoticeSize {
		return 0, 0, false
	}
	return Notice(le.Uint32(b)), int32(le.Uint32(b[4:])), true
}

// PutENetNotice writes a notice to the start of b, which must have room for
// ENetNoticeSize bytes.
func PutENetNotice(b []byte, n Notice, id int32) {
	le.PutUint32(b, uint32(n))
	le.PutUint32(b[4:], uint32(id))
}
