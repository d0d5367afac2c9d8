package sim

import (
	"encoding/binary"

	"crosspeer"
)

// stream is what a sender numbers by itself: a mode on a channel.
type stream struct {
	mode    crosspeer.TransferMode
	channel int
}

// streams are those that every member uses.
var streams = [...]stream{
	{crosspeer.Reliable, 1},
	{crosspeer.Reliable, 3},
	{crosspeer.UnreliableOrdered, 2},
	{crosspeer.UnreliableOrdered, 4},
	{crosspeer.Unreliable, 2},
}

const (
	ordered  = 2 // the first stream that may lose
	loose    = 4 // the first that may also arrive out of order
	channels = 5 // of an ENet connection
)

// message is the content of a packet. Whoever receives it can tell from it
// alone who sent it to whom, as what number of which stream, and that no bit of
// it has changed.
//
//	offset size
//	0      4    number of the sender's visit
//	4      4    number in the stream, from 0
//	8      4    target
//	12     1    stream
//	13     1    1 if the sender wrote another's id as the source
//	16     4    size
//	20     4    check of what stands before it
//	24          filler, from the check
type message struct {
	visit  uint32
	number uint32
	to     crosspeer.PeerID
	stream uint8
	forged bool
}

const messageSize = 24

var le = binary.LittleEndian

func check(b []byte) uint32 {
	h := fold(0, le.Uint64(b))
	h = fold(h, le.Uint64(b[8:]))
	return uint32(fold(h, uint64(le.Uint32(b[16:]))))
}

// put writes the message over all of b.
func (m *message) put(b []byte) {
	le.PutUint32(b, m.visit)
	le.PutUint32(b[4:], m.number)
	le.PutUint32(b[8:], uint32(m.to))
	le.PutUint32(b[12:], uint32(m.stream))
	if m.forged {
		b[13] = 1
	}
	le.PutUint32(b[16:], uint32(len(b)))
	sum := check(b)
	le.PutUint32(b[20:], sum)
	fill(b[messageSize:], uint64(sum), func(b []byte, w uint64) bool {
		le.PutUint64(b, w)
		return true
	})
}

// parse reads a message. It fails on what put does not write.
func (m *message) parse(b []byte) bool {
	if len(b) < messageSize || le.Uint32(b[16:]) != uint32(len(b)) || le.Uint32(b[20:]) != check(b) {
		return false
	}
	m.visit, m.number = le.Uint32(b), le.Uint32(b[4:])
	m.to, m.stream, m.forged = crosspeer.PeerID(le.Uint32(b[8:])), b[12], b[13] != 0
	return int(m.stream) < len(streams) && fill(b[messageSize:], uint64(le.Uint32(b[20:])), func(b []byte, w uint64) bool {
		return le.Uint64(b) == w
	})
}

// fill visits the whole words of the filler. Sizes are multiples of 8.
func fill(b []byte, h uint64, each func([]byte, uint64) bool) bool {
	for ; len(b) >= 8; b = b[8:] {
		h = fold(h, uint64(len(b)))
		if !each(b, h) {
			return false
		}
	}
	return true
}
