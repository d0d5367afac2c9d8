package engine

import (
	"net/netip"
	"time"

	"crosspeer/enet/internal/protocol"
)

// reply is a finished datagram that belongs to no peer: an answer to a
// stranger, or the farewell to a peer that is gone.
type reply struct {
	to  netip.AddrPort
	n   uint8
	buf [protocol.MaxHeader + protocol.ChecksumSize + 48]byte
}

// maxReplies bounds the answers to strangers that wait for the next Flush.
// Farewells need no bound: there is one per peer.
const maxReplies = 1024

// noLimit lets a reply have any size: its receiver has shown that he is at his
// address.
const noLimit = 1 << 16

// crowded says whether a stranger must do without an answer.
func (h *Host) crowded() bool {
	if h.replies.len() < maxReplies {
		return false
	}
	h.stats.RepliesFull++
	return true
}

// reply queues a datagram with one command, unless it would have more than limit
// bytes. It returns the size, or 0.
func (h *Host) reply(to netip.AddrPort, hdr protocol.Header, seed [4]byte, codec Codec, limit int, command []byte) int {
	r := &h.answer
	r.to = to
	head := hdr.Size()
	area := head + h.checksumSize()
	end := area + copy(r.buf[area:], command)
	var squeezed []byte
	if codec != nil {
		if n := codec.Compress(h.squeezed[:end-area], r.buf[area:end]); n > 0 && n < end-area {
			squeezed = h.squeezed[:n]
			hdr.Compressed = true
		}
	}
	hdr.Put(r.buf[:])
	if h.cfg.Checksum != nil {
		copy(r.buf[head:], seed[:])
		putChecksum(r.buf[head:], h.cfg.Checksum(r.buf[:end]))
	}
	if squeezed != nil {
		end = area + copy(r.buf[area:], squeezed)
	}
	if end > limit {
		h.stats.RepliesHeld++
		return 0
	}
	r.n = uint8(end)
	h.replies.push(*r)
	return end
}

// flushReplies moves waiting replies into out.
func (h *Host) flushReplies(_ time.Duration, out *Outbox) (more bool) {
	for ; h.replies.len() > 0; h.replies.pop() {
		if out.full() {
			return true
		}
		r := h.replies.at(0)
		at := len(out.buf)
		out.buf = append(out.buf, r.buf[:r.n]...)
		out.Datagrams = append(out.Datagrams, Datagram{r.to, out.buf[at:len(out.buf):len(out.buf)]})
		h.stats.DatagramsSent++
		h.stats.BytesSent += uint64(r.n)
	}
	h.replies.shrink(hostRing)
	return false
}

// reject answers a CONNECT with DISCONNECT, which ends the remote's attempt
// at once. size is that of the datagram it answers, which it never exceeds.
func (h *Host) reject(to netip.AddrPort, f protocol.Connect, data uint32, size int, codec Codec) {
	if h.crowded() {
		return
	}
	h.goodbye(to, protocol.Header{PeerID: f.PeerID}, f.ConnectID, codec, size, 1, data)
}

// farewell tells the remote of p once, without asking for an answer, that the
// connection is over.
func (p *Peer) farewell(data uint32) {
	p.controlNo++
	hdr := protocol.Header{PeerID: p.remoteID}
	var seed [4]byte
	if p.remoteID < protocol.NoPeer {
		hdr.Session, seed = p.outSession, p.connectID
	}
	p.host.goodbye(p.addr, hdr, seed, p.codec, noLimit, p.controlNo, data)
}

// goodbye sends a DISCONNECT that asks for no answer.
func (h *Host) goodbye(to netip.AddrPort, hdr protocol.Header, seed [4]byte, codec Codec, limit int, seq uint16, data uint32) {
	b := h.command[:protocol.OpDisconnect.Size()]
	protocol.PutDisconnect(b, protocol.FlagUnsequenced, seq, data)
	h.reply(to, hdr, seed, codec, limit, b)
}
