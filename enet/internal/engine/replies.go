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

// maxReplies bounds the answers that wait for the next Flush.
const maxReplies = 1024

// reply queues a datagram with one command, which put writes. allow may
// refuse its final size. It returns the size, or 0.
func (h *Host) reply(to netip.AddrPort, hdr protocol.Header, seed [4]byte, codec Codec,
	put func([]byte) int, allow func(n int) bool) int {
	if h.replies.len() >= maxReplies {
		h.stats.RepliesFull++
		return 0
	}
	var r reply
	head := hdr.Size()
	area := head + h.checksumSize()
	end := area + put(r.buf[area:])
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
	if allow != nil && !allow(end) {
		h.stats.RepliesHeld++
		return 0
	}
	r.to, r.n = to, uint8(end)
	h.replies.push(r)
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
	h.replies.shrink()
	return false
}

// reject answers a CONNECT with DISCONNECT, which ends the remote's attempt
// at once. size is that of the datagram it answers, which it never exceeds.
func (h *Host) reject(to netip.AddrPort, f protocol.Connect, data uint32, size int, codec Codec) {
	hdr := protocol.Header{PeerID: f.PeerID}
	h.reply(to, hdr, f.ConnectID, codec, func(b []byte) int {
		protocol.PutDisconnect(b, protocol.FlagUnsequenced, 1, data)
		return protocol.OpDisconnect.Size()
	}, func(n int) bool { return n <= size })
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
	p.host.reply(p.addr, hdr, seed, p.codec, func(b []byte) int {
		protocol.PutDisconnect(b, protocol.FlagUnsequenced, p.controlNo, data)
		return protocol.OpDisconnect.Size()
	}, nil)
}
