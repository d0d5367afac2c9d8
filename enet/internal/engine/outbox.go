package engine

import (
	"net/netip"

	"crosspeer/enet/internal/protocol"
)

// Datagram is one datagram to send.
type Datagram struct {
	To   netip.AddrPort
	Data []byte // points into the Outbox
}

// Outbox collects datagrams for one round of sending, each in one piece: a
// datagram gathered from many pieces costs the kernel more than copying them.
type Outbox struct {
	buf       []byte
	Datagrams []Datagram
}

// OutboxDatagrams is the most datagrams in one Outbox.
const OutboxDatagrams = 64

// outboxBytes holds a full round of small datagrams or 46 of the usual MTU.
const outboxBytes = 64 << 10

// maxHead is the room kept in front of a datagram's commands.
const maxHead = protocol.MaxHeader + protocol.ChecksumSize

// NewOutbox makes an empty Outbox.
func NewOutbox() *Outbox {
	return &Outbox{
		buf:       make([]byte, 0, outboxBytes),
		Datagrams: make([]Datagram, 0, OutboxDatagrams),
	}
}

// Reset empties the Outbox; what Datagrams pointed to is overwritten next.
func (o *Outbox) Reset() {
	o.buf = o.buf[:0]
	o.Datagrams = o.Datagrams[:0]
}

// full says whether another datagram of the largest MTU might not fit.
func (o *Outbox) full() bool {
	return len(o.Datagrams) == OutboxDatagrams ||
		cap(o.buf)-len(o.buf) < protocol.MaxMTU+maxHead
}

// draft is a datagram in the making: the commands so far, with room for the
// header in front.
type draft struct {
	area     []byte // commands
	head     []byte // maxHead bytes directly in front of area
	used     int    // bytes that count against mtu
	mtu      int
	commands int
	hasTime  bool // a command wants an acknowledgement
}

// draft begins a datagram in the free part of the Outbox.
func (o *Outbox) draft(mtu, used int) draft {
	at := len(o.buf)
	free := o.buf[at:cap(o.buf)]
	return draft{head: free[:maxHead], area: free[maxHead:maxHead], mtu: mtu, used: used}
}

// fits says whether a command of n bytes can be added.
func (d *draft) fits(n int) bool {
	return d.commands < protocol.MaxCommands && d.mtu-d.used >= n
}

// extend adds room for a command of n bytes.
func (d *draft) extend(n int) []byte {
	at := len(d.area)
	d.area = d.area[:at+n]
	d.used += n
	d.commands++
	return d.area[at:]
}

// commit finishes the datagram: header, compression, checksum. seed is the
// connection identifier, or zeros where the remote has none to look up.
func (o *Outbox) commit(h *Host, d *draft, hdr protocol.Header, codec Codec, seed [4]byte, to netip.AddrPort) int {
	area := d.area
	var squeezed []byte
	if codec != nil {
		if n := codec.Compress(h.squeezed[:len(area)], area); n > 0 && n < len(area) {
			squeezed = h.squeezed[:n]
			hdr.Compressed = true
		}
	}
	sum := 0
	if h.cfg.Checksum != nil {
		sum = protocol.ChecksumSize
	}
	// The area starts maxHead behind the free part's start; header and
	// checksum stand directly in front of it.
	free := o.buf[len(o.buf):cap(o.buf)]
	begin := maxHead - sum - hdr.Size()
	hdr.Put(free[begin:])
	if sum > 0 {
		at := maxHead - sum
		copy(free[at:], seed[:])
		v := h.cfg.Checksum(free[begin : maxHead+len(area)])
		putChecksum(free[at:], v)
	}
	end := maxHead + len(area)
	if squeezed != nil {
		end = maxHead + copy(free[maxHead:], squeezed)
	}
	o.Datagrams = append(o.Datagrams, Datagram{to, free[begin:end:end]})
	o.buf = o.buf[:len(o.buf)+end]
	h.stats.DatagramsSent++
	h.stats.BytesSent += uint64(end - begin)
	return end - begin
}
