package signaling

import (
	"crypto/rand"
	"encoding/binary"
)

// randomID draws 31 bits; the Hall sees to it that the id is one that a client
// can have.
func randomID() int32 {
	var b [4]byte
	rand.Read(b[:])
	return int32(binary.LittleEndian.Uint32(b[:]) >> 1)
}

// Lobby names are as those of the demo's Node.js server.
const (
	nameLength  = 16
	nameLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
)

// randomName draws the name of a lobby. Knowing it is all that a client needs
// to join, so it has 95 bits.
func randomName() string {
	name := make([]byte, 0, nameLength)
	for b := make([]byte, nameLength); ; {
		rand.Read(b)
		for _, c := range b {
			// 248 is the largest multiple of 62 in a byte.
			if c >= 248 {
				continue
			}
			if name = append(name, nameLetters[c%62]); len(name) == nameLength {
				return string(name)
			}
		}
	}
}
