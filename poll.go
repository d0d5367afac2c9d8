package crosspeer

import (
	"context"
	"errors"
	"time"
)

// pollWait is how long Poll waits for something to happen. Godot 3.2, class
// page of NetworkedMultiplayerPeer, poll.
const pollWait = time.Second

// Poll waits up to one second for something new to happen, calls the handlers
// of signals that have come up, on the caller's goroutine, and makes the
// packets available to GetPacket. It returns as soon as there is something,
// nil also when nothing came, and ErrNotConnected when the Peer is in no
// session and nothing is left to report.
//
// Packets count towards the inbox's limits until GetPacket has given them.
func (p *Peer) Poll() error {
	ctx, cancel := context.WithTimeout(context.Background(), pollWait)
	defer cancel()
	if err := p.PollContext(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}

// PollContext is Poll that waits as long as ctx lets it, and returns ctx's
// error if nothing came.
func (p *Peer) PollContext(ctx context.Context) error {
	s := p.session.Load()
	if s == nil {
		return ErrNotConnected
	}
	p.compat.poll()
	for {
		// What comes while handlers run is for the next call.
		if n := s.inbox.len(); n > 0 {
			for ; n > 0; n-- {
				p.report(s.inbox)
			}
			return nil
		}
		switch err := s.inbox.await(ctx); {
		case errors.Is(err, ErrClosed):
			return ErrNotConnected
		case err != nil:
			return err
		}
	}
}

// report takes an event out of the inbox, if it is still there.
func (p *Peer) report(q *inbox) {
	ev, ok := q.take(true)
	if !ok {
		return
	}
	if r, isPacket := ev.(PacketReceived); isPacket {
		p.compat.keep(r.Packet, q)
	} else {
		p.signals.emit(ev)
	}
}

// AvailablePacketCount is the number of packets that Poll has fetched and
// GetPacket has not given. Godot 3.2, get_available_packet_count.
func (p *Peer) AvailablePacketCount() int {
	p.compat.mu.Lock()
	defer p.compat.mu.Unlock()
	return len(p.compat.packets)
}

// GetPacket gives the next packet that Poll has fetched, or nil and
// ErrNoPacket. Its bytes belong to the caller. Godot 3.2, get_packet.
func (p *Peer) GetPacket() ([]byte, error) {
	data, from, err := p.compat.get()
	if err == nil {
		from.release(len(data))
	}
	return data, err
}

// PacketError is the error of the last GetPacket, nil before the first.
func (p *Peer) PacketError() error {
	p.compat.mu.Lock()
	defer p.compat.mu.Unlock()
	return p.compat.err
}

// PacketPeer is the sender of the packet that GetPacket gives next; when there
// is none, of the one it gave last, and 0 before the first.
func (p *Peer) PacketPeer() PeerID { return p.compat.next().From }

// PacketMode is the mode of the packet that GetPacket gives next; when there
// is none, of the one it gave last.
func (p *Peer) PacketMode() TransferMode { return p.compat.next().Mode }

// PacketChannel is the channel of the packet that GetPacket gives next, -1 if
// there is none. Godot 3.2, NetworkedMultiplayerENet.get_packet_channel.
func (p *Peer) PacketChannel() int {
	p.compat.mu.Lock()
	defer p.compat.mu.Unlock()
	if len(p.compat.packets) == 0 {
		return -1
	}
	return p.compat.packets[0].Channel
}

// LastPacketChannel is the channel of the packet that GetPacket gave since the
// last Poll, -1 if there was none. Godot 3.2,
// NetworkedMultiplayerENet.get_last_packet_channel.
func (p *Peer) LastPacketChannel() int {
	p.compat.mu.Lock()
	defer p.compat.mu.Unlock()
	if !p.compat.gotten {
		return -1
	}
	return p.compat.last.Channel
}
