package engine

import (
	"net/netip"
	"time"

	"crosspeer/enet/internal/protocol"
)

// closedPeers remembers connections that the remote has just ended. If our
// acknowledgement was lost the remote asks again, and would wait for its
// time-out without an answer.
type closedPeers struct {
	peers map[slotKey]closedPeer
	order ring[slotKey]
}

type closedPeer struct {
	remoteID              uint16
	inSession, outSession uint8
	connectID             [4]byte
	codec                 Codec
	at                    time.Duration
}

const (
	closedLife  = 10 * time.Second
	closedLimit = 1024
)

func (t *closedPeers) add(k slotKey, c closedPeer) {
	if t.peers == nil {
		t.peers = make(map[slotKey]closedPeer)
	}
	for t.order.len() > 0 {
		k := *t.order.at(0)
		if t.order.len() < closedLimit && c.at-t.peers[k].at < closedLife {
			break
		}
		delete(t.peers, k)
		t.order.pop()
	}
	if _, ok := t.peers[k]; !ok {
		t.order.push(k)
	}
	t.peers[k] = c
}

// remember keeps what is needed to acknowledge the remote's DISCONNECT again
// once the peer is gone.
func (p *Peer) remember(now time.Duration) {
	p.host.closed.add(slotKey{p.addr, p.id},
		closedPeer{p.remoteID, p.inSession, p.outSession, p.connectID, p.codec, now})
}

// receiveClosed answers a repeated DISCONNECT of a connection that is over.
func (h *Host) receiveClosed(now time.Duration, from netip.AddrPort, hdr protocol.Header, datagram []byte) {
	c, ok := h.closed.peers[slotKey{from, hdr.PeerID}]
	if !ok || now-c.at >= closedLife || hdr.Session != c.inSession {
		h.stats.DropUnknown++
		h.guessed(now, from)
		return
	}
	if !hdr.HasTime { // nothing in it asks for an answer
		h.stats.DropUnknown++
		return
	}
	area, ok := h.open(hdr, datagram, hdr.Size(), c.connectID, &c.codec, protocol.MaxDatagram)
	if !ok || h.crowded() {
		return
	}
	for len(area) > 0 {
		cmd, rest, ok := protocol.Next(area)
		if !ok {
			return
		}
		if cmd.Op == protocol.OpDisconnect && cmd.Acknowledge {
			ack := protocol.Acknowledge{Channel: cmd.Channel, Seq: cmd.Seq, SentTime: hdr.SentTime}
			to := protocol.Header{PeerID: c.remoteID, Session: c.outSession}
			b := h.command[:protocol.AcknowledgeSize]
			ack.Put(b)
			h.reply(from, to, c.connectID, c.codec, len(datagram), b)
			return
		}
		area = rest
	}
}
