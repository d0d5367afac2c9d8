package engine

import (
	"time"

	"crosspeer/enet/internal/protocol"
)

// command is something to send. A reliable packet that needs fragments is one
// command in its channel's queue and becomes one per fragment as they leave.
type command struct {
	packet *Packet // payload; for control commands but PING the encoded command

	firstAt time.Duration // first transmission
	sentAt  time.Duration // last transmission
	rto     time.Duration // time-out that began with it; 0 before the first
	order   uint32        // of queueing, within the peer
	turn    uint32        // of the last transmission, within the peer

	fragment  uint32 // number of this fragment
	fragments uint32 // count; 1 for a whole packet

	seq    uint16 // reliable number
	number uint16 // unreliable number, group, or number of fragment 0
	length uint16 // payload bytes in this command; of a full fragment in a queue

	op       protocol.Op
	channel  uint8
	attempts uint8 // transmissions, stops counting at 255
	state    commandState
}

type commandState uint8

const (
	unsent commandState = iota
	inFlight
	lost // to be sent again
	done // acknowledged
)

// offset is where the command's payload begins in its packet.
func (c *command) offset(fragmentSize int) int { return int(c.fragment) * fragmentSize }

// commandRef finds a sent command.
type commandRef struct {
	channel uint8
	seq     uint16
}

// acknowledge is an acknowledgement to send.
type acknowledge struct {
	seq, sentTime uint16
	channel       uint8
}

// window holds the reliable commands of one channel that were sent and are
// not yet acknowledged. Their numbers follow each other, so a command is found
// by its number without a search.
type window struct {
	ring[command]
	live int // commands in the ring that are not acknowledged
}

// find gives the command with a number, or nil if it was never sent or is
// long acknowledged.
func (w *window) find(seq uint16) *command {
	if w.n == 0 {
		return nil
	}
	i := int(seq - w.at(0).seq)
	if i >= w.n {
		return nil
	}
	return w.at(i)
}

// sentOn gives the window of a channel number, control included; nil if the
// channel was never used.
func (p *Peer) sentOn(channel uint8) *window {
	if channel == protocol.ControlChannel {
		return &p.control
	}
	if int(channel) >= len(p.channels) || p.channels[channel] == nil {
		return nil
	}
	return &p.channels[channel].sent
}
