package engine

import (
	"crosspeer/enet/internal/protocol"
)

// maxReliableFragments is the most fragments that one packet can have and
// still surely arrive: a receiver acknowledges the six sequence windows after
// that of the last delivered number, and the packet may start at the end of
// its own.
const maxReliableFragments = protocol.ReceiveWindows * protocol.WindowSize

// fragmentOverhead is the header with sent time and the fixed part of a
// fragment.
const fragmentOverhead = protocol.MaxHeader + 24

// fragmentSize is the most payload that one command to the peer carries.
func (p *Peer) fragmentSize() int {
	f := p.mtu - fragmentOverhead
	if p.host.cfg.Checksum != nil {
		f -= protocol.ChecksumSize
	}
	return f
}

// Send queues a packet and takes a reference of its own to it. What does not
// fit one command is fragmented: reliably, unless UnreliableFragment is set
// without Reliable.
func (p *Peer) Send(channel uint8, pkt *Packet, flags Flags) error {
	size := len(pkt.data)
	switch {
	case p.state != Connected:
		return ErrNotConnected
	case int(channel) >= p.channelCount:
		return ErrChannel
	case size > p.host.cfg.MaxPacketBytes:
		return ErrTooLarge
	case p.queued >= p.host.cfg.MaxQueuedBytes || p.queuedNo >= p.host.cfg.MaxQueuedPackets:
		p.stats.QueueFull++
		return ErrQueueFull
	}
	ch := p.channel(channel)
	if f := p.fragmentSize(); size > f {
		return p.sendFragments(ch, pkt, flags, f)
	}
	c := command{packet: pkt, channel: channel, fragments: 1, length: uint16(size)}
	switch {
	case flags&Reliable == 0 && flags&Unsequenced != 0:
		p.group++
		c.op, c.number = protocol.OpSendUnsequenced, p.group
		p.queuePrompt(c)
	case flags&Reliable == 0 && ch.outUnreliable != 0xFFFF:
		ch.outUnreliable++
		c.op, c.seq, c.number = protocol.OpSendUnreliable, ch.outReliable, ch.outUnreliable
		p.queuePrompt(c)
	default:
		ch.outReliable++
		ch.outUnreliable = 0
		c.op, c.seq = protocol.OpSendReliable, ch.outReliable
		c.number = c.seq
		p.queueReliable(ch, c)
	}
	pkt.Retain()
	p.accept(size, 1, c.op.Size())
	return nil
}

func (p *Peer) sendFragments(ch *channel, pkt *Packet, flags Flags, f int) error {
	size := len(pkt.data)
	count := (size + f - 1) / f
	c := command{packet: pkt, channel: ch.number, fragments: uint32(count), length: uint16(f)}
	unreliable := flags&(Reliable|UnreliableFragment) == UnreliableFragment && ch.outUnreliable != 0xFFFF
	limit := maxReliableFragments
	if unreliable {
		limit = protocol.MaxFragments
	}
	if count > limit {
		return ErrTooLarge
	}
	if unreliable {
		ch.outUnreliable++
		c.op, c.seq, c.number = protocol.OpSendUnreliableFragment, ch.outReliable, ch.outUnreliable
		p.queuePrompt(c)
	} else {
		c.op, c.seq = protocol.OpSendFragment, ch.outReliable+1
		c.number = c.seq
		ch.outReliable += uint16(count)
		ch.outUnreliable = 0
		p.queueReliable(ch, c)
	}
	pkt.Retain()
	p.accept(size, count, c.op.Size())
	return nil
}

// accept counts a packet that Send has taken.
func (p *Peer) accept(size, commands, fixed int) {
	p.queued += size
	p.queuedNo++
	p.outData += uint32(size + commands*fixed)
	p.host.wake(p)
}

func (p *Peer) queuePrompt(c command) *command {
	p.order++
	c.order = p.order
	return p.prompt.push(c)
}

func (p *Peer) queueReliable(ch *channel, c command) {
	p.order++
	c.order = p.order
	if ch.queue.len() == 0 {
		p.ready = append(p.ready, ch)
	}
	ch.queue.push(c)
}

// queueControl queues a command of the connection itself. encode writes it
// behind its number.
func (p *Peer) queueControl(op protocol.Op, encode func(b []byte, seq uint16)) {
	p.controlNo++
	c := command{op: op, channel: protocol.ControlChannel, seq: p.controlNo, fragments: 1}
	if encode != nil {
		c.packet = NewPacket(op.Size())
		encode(c.packet.data, c.seq)
	}
	p.queuePrompt(c)
	p.outData += uint32(op.Size())
	p.host.wake(p)
}
