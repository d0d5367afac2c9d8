package protocol

import "encoding/binary"

// Header starts every datagram:
//
//	 0               1
//	 0 1 2 3 4 5 6 7 0 1 2 3 4 5 6 7
//	+-+-+---+-----------------------+
//	|T|C| S |        peer ID        |
//	+-+-+---+-----------------------+
//	|          sent time            |  only if T is set
//	+-------------------------------+
//
// An optional checksum of ChecksumSize bytes follows; nothing in the datagram
// announces it.
type Header struct {
	PeerID     uint16 // slot number at the receiver, or NoPeer
	Session    uint8  // 0 to 3
	Compressed bool
	HasTime    bool   // a sent time follows: some command wants an acknowledgement
	SentTime   uint16 // low 16 bits of the sender's clock in milliseconds
}

const (
	headerTime       = 0x8000
	headerCompressed = 0x4000
	headerSession    = 12

	// MinHeader and MaxHeader are the header's sizes without and with the
	// sent time.
	MinHeader = 2
	MaxHeader = 4

	// ChecksumSize is the size of the optional checksum behind the header.
	ChecksumSize = 4
)

// ParseHeader reads the header and says how many bytes it took. It fails when
// the datagram is shorter than its header.
func ParseHeader(b []byte) (h Header, n int, ok bool) {
	if len(b) < MinHeader {
		return h, 0, false
	}
	v := binary.BigEndian.Uint16(b)
	h.PeerID = v & NoPeer
	h.Session = uint8(v>>headerSession) & SessionMask
	h.Compressed = v&headerCompressed != 0
	h.HasTime = v&headerTime != 0
	if !h.HasTime {
		return h, MinHeader, true
	}
	if len(b) < MaxHeader {
		return h, 0, false
	}
	h.SentTime = binary.BigEndian.Uint16(b[2:])
	return h, MaxHeader, true
}

// Size is how many bytes Put writes.
func (h *Header) Size() int {
	if h.HasTime {
		return MaxHeader
	}
	return MinHeader
}

// Put writes the header to the start of b, which must have room for Size
// bytes.
func (h *Header) Put(b []byte) {
	v := h.PeerID&NoPeer | uint16(h.Session&SessionMask)<<headerSession
	if h.Compressed {
		v |= headerCompressed
	}
	if h.HasTime {
		v |= headerTime
		binary.BigEndian.PutUint16(b[2:], h.SentTime)
	}
	binary.BigEndian.PutUint16(b, v)
}
