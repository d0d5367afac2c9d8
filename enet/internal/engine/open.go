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
	if !hdr.Compressed {
		if !h.verify(datagram, n, seed) {
			h.stats.DropChecksum++
			return nil, false
		}
		return datagram[head:], true
	}
	// A sender compresses what becomes shorter. What cannot have done so within
	// the limit costs nothing: from strangers, more bytes than a CONNECT has.
	if len(datagram)-head >= limit {
		h.stats.DropCompression++
		return nil, false
	}
	// The head is copied in front, so that a checksum sees one piece.
	copy(h.scratch[:], datagram[:head])
	dst := h.scratch[head:min(limit, len(h.scratch))]
	if c := *codec; c != nil {
		size := decompress(hdr, c, dst, datagram[head:])
		if size == 0 {
			h.stats.DropCompression++
			return nil, false
		}
		if !h.verify(h.scratch[:head+size], n, seed) {
			h.stats.DropChecksum++
			return nil, false
		}
		return dst[:size], true
	}
	// The wire only says that a datagram is compressed. How, is found out once
	// for each sender, by trying what the host accepts in its order.
	for _, c := range h.cfg.Accept {
		size := decompress(hdr, c, dst, datagram[head:])
		if size > 0 && meaningful(hdr, dst[:size]) && h.verify(h.scratch[:head+size], n, seed) {
			*codec = c
			return dst[:size], true
		}
	}
	h.stats.DropCompression++
	return nil, false
}

// decompress is the codec's, or 0 for a stranger's bytes that do not begin as
// a CONNECT does: whoever sends junk shall not have it decompressed.
func decompress(hdr protocol.Header, c Codec, dst, src []byte) int {
	if p, ok := c.(Prefixer); ok && hdr.PeerID == protocol.NoPeer {
		if first := dst[:2]; !p.Prefix(first, src) || !protocol.BeginsConnect(first) {
			return 0
		}
	}
	return c.Decompress(dst, src)
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
// computed with the seed in its place. Without checksums everything is right.
func (h *Host) verify(b []byte, n int, seed [4]byte) bool {
	if h.cfg.Checksum == nil {
		return true
	}
	want := binary.BigEndian.Uint32(b[n:])
	var kept [4]byte
	copy(kept[:], b[n:])
	copy(b[n:], seed[:])
	got := h.cfg.Checksum(b)
	copy(b[n:], kept[:])
	return got == want
}

// meaningful says whether b can be what a datagram with this header holds: a
// whole number of commands, and a right CONNECT from a stranger. Bytes that a
// wrong codec happens to decompress hardly ever are. Zeros at the end are padding
// of some compressors.
func meaningful(hdr protocol.Header, b []byte) bool {
	c, _, ok := protocol.Next(b)
	if !ok || hdr.PeerID == protocol.NoPeer && (c.Op != protocol.OpConnect || !acceptable(c.ConnectFields())) {
		return false
	}
	for len(b) > 0 {
		_, rest, ok := protocol.Next(b)
		if !ok {
			break
		}
		b = rest
	}
	for _, v := range b {
		if v != 0 {
			return false
		}
	}
	return true
}
