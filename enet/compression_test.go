package enet_test

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"crosspeer/enet"
	"crosspeer/enet/internal/protocol"
	"crosspeer/enet/zstd"
)

// An answer to CONNECT that is longer than it is held back, and the client is only
// let in when it asks again. Godot's encoders of zlib and FastLZ make a CONNECT
// shorter than ours by up to two bytes, so there must be that much room. The range
// coder's output is the same everywhere.
func TestAnswersAreNotLongerThanTheirRequests(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	for k, room := range map[*enet.Compression]int{enet.RangeCoder: 0, enet.FastLZ: 2, enet.Zlib: 2, zstd.Compression: 2} {
		c := k.New()
		size := func(area []byte) int {
			packed := make([]byte, len(area))
			if n := c.Compress(packed, area); n > 0 {
				return n
			}
			return len(area)
		}
		least := 1000
		for range 5000 {
			f := protocol.Connect{IncomingSession: 0xFF, OutgoingSession: 0xFF, MTU: 1400, WindowSize: 65536, ChannelCount: 3,
				Throttle: protocol.Throttle{Interval: 5000, Acceleration: 2, Deceleration: 2}, Data: r.Uint32() >> 1}
			binary.LittleEndian.PutUint32(f.ConnectID[:], r.Uint32())
			request, answer := make([]byte, 48), make([]byte, 44)
			f.Put(request, protocol.OpConnect, 1)
			f.PeerID = uint16(r.Uint32N(protocol.NoPeer))
			f.IncomingSession, f.OutgoingSession = uint8(r.Uint32N(4)), uint8(r.Uint32N(4))
			f.Put(answer, protocol.OpVerifyConnect, uint16(r.Uint32()))
			least = min(least, size(request)-size(answer))
		}
		if least < room {
			t.Errorf("%s: an answer may be only %d bytes shorter than its request, want %d", k.Name, least, room)
		}
	}
}
