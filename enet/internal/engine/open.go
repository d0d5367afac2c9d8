package engine

import (
	"encoding/binary"

	"crosspeer/enet/internal/protocol"
)

func (h *Host) checksumSize() int {
	if h.cfg.Checksum == nil {
		return 0
	}
	return protocol.ChecksumSize
}

func putChecksum(b []byte, v uint32) { binary.BigEndian.PutUint32(b, v) }

// open gives the command area of a datagram, decompressed and checked. codec
// is where the sender's compression is remembered; limit bounds the
// decompressed size. What it drops it counts.
func (h *Host) open(hdr protocol.Header, datagram []byte, n int, seed [4]byte, codec *Codec, limit int) ([]byte, bool) {
	head := n + h.checksumSize()
	area := datagram[head:]
	plain := datagram
	if hdr.Compressed {
		// The head is copied in front, so that a checksum sees one piece.
		copy(h.scratch[:], datagram[:head])
		size := h.decompress(h.scratch[head:min(limit, len(h.scratch))], area, codec)
		if size == 0 {
			h.stats.DropCompression++
			return nil, false
		}
		plain = h.scratch[:head+size]
		area = plain[head:]
	}
	if h.cfg.Checksum != nil && !h.verify(plain, n, seed) {
		h.stats.DropChecksum++
		return nil, false
	}
	return area, true
}

// pinned is the codec of all peers when the host accepts no other; nil when
// each peer's own is to be found out.
func (h *Host) pinned() Codec {
	if len(h.cfg.Accept) > 0 {
		return nil
	}
	return h.cfg.Codec
}

// verify compares a datagram's checksum, which stands at offset n and is
// computed with the seed in its place.
func (h *Host) verify(b []byte, n int, seed [4]byte) bool {
	want := binary.BigEndian.Uint32(b[n:])
	var kept [4]byte
	copy(kept[:], b[n:])
	copy(b[n:], seed[:])
	got := h.cfg.Checksum(b)
	copy(b[n:], kept[:])
	return got == want
}

// decompress finds out how the sender compresses, once, by trying what the
// host accepts: the wire only says that a datagram is compressed.
func (h *Host) decompress(dst, src []byte, codec *Codec) int {
	if *codec != nil {
		return (*codec).Decompress(dst, src)
	}
	try := func(c Codec) int {
		n := c.Decompress(dst, src)
		if n == 0 || !wellFormed(dst[:n]) {
			return 0
		}
		*codec = c
		return n
	}
	for _, c := range h.cfg.Accept {
		if n := try(c); n > 0 {
			return n
		}
	}
	return 0
}

// wellFormed says whether b is a whole number of commands. Random bytes that
// happen to decompress hardly ever are. Zeros at the end are padding of some
// compressors.
func wellFormed(b []byte) bool {
	commands := 0
	for len(b) > 0 {
		_, rest, ok := protocol.Next(b)
		if !ok {
			break
		}
		commands++
		b = rest
	}
	for _, v := range b {
		if v != 0 {
			return false
		}
	}
	return commands > 0
}
