package enet

import (
	"crypto/rand"
	"encoding/binary"
)

// cryptoRand draws numbers that a stranger cannot guess, a buffer at a time.
type cryptoRand struct {
	buf [512]byte
	n   int // bytes left
}

func (r *cryptoRand) Uint64() uint64 {
	if r.n == 0 {
		rand.Read(r.buf[:]) // never fails: it ends the program instead
		r.n = len(r.buf)
	}
	r.n -= 8
	return binary.LittleEndian.Uint64(r.buf[r.n:])
}
