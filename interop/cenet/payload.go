package cenet

import (
	"encoding/binary"
	"hash/fnv"
)

// Payload returns the bytes that [Peer.Send] sends for a length and a seed.
// Every byte depends on the seed and on its place.
func Payload(length int, seed uint64) []byte {
	b := make([]byte, 0, length+8)
	for i := uint64(0); len(b) < length; i++ {
		b = binary.LittleEndian.AppendUint64(b, patternWord(seed, i))
	}
	return b[:length]
}

// patternWord mixes its arguments; c/peer.c has the same one.
func patternWord(seed, index uint64) uint64 {
	x := (seed+1)*0x9e3779b97f4a7c15 + index*0xd1342543de82ef95
	x ^= x >> 32
	x *= 0xd6e8feb86659fd93
	x ^= x >> 32
	return x
}

// Hash returns the hash of a packet as events have it: 64 bit FNV-1a.
func Hash(packet []byte) uint64 {
	h := fnv.New64a()
	_, _ = h.Write(packet) // has no error
	return h.Sum64()
}
