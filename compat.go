package crosspeer

import (
	"context"
	"fmt"
	"sync"
	"time"

	"crosspeer/wire"
)

// compat is the state that Godot's interface keeps between calls.
type compat struct {
	mu       sync.Mutex
	attached bool // a transport was opened once

	refuse    bool
	refuseSet bool
	mode      TransferMode
	modeSet   bool
	target    PeerID
	channel   int // transfer channel, 0 for the mode's own

	packets []Packet // fetched by Poll, not yet by GetPacket
	last    Packet   // fetched by GetPacket last
	hasLast bool
	lastCh  int
	err     error
}

func (c *compat) open() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.attached = true
	c.packets, c.last, c.hasLast, c.lastCh = nil, Packet{}, false, -1
}

// pollWait is how long Poll waits for something to happen. Godot 3.2, class
// page of NetworkedMultiplayerPeer, poll.
const pollWait = time.Second

// Poll waits up to one second for something to happen, calls the handlers of
// signals that have come up, on the caller's goroutine, and makes the packets
// available to GetPacket. It returns as soon as there is something, nil also
// when nothing came, and ErrNotConnected when the Peer is in no session and
// nothing is left to report.
func (p *Peer) Poll() error {
	ctx, cancel := context.WithTimeout(context.Background(), pollWait)
	defer cancel()
	if err := p.PollContext(ctx); err != nil && err != context.DeadlineExceeded {
		return err
	}
	return nil
}

// PollContext is Poll that waits as long as ctx lets it, and returns ctx's
// error if nothing came.
func (p *Peer) PollContext(ctx context.Context) error {
	p.compat.mu.Lock()
	p.compat.lastCh = -1
	p.compat.mu.Unlock()
	ev, err := p.Next(ctx)
	if err == ErrClosed {
		err = ErrNotConnected
	}
	if err != nil {
		return err
	}
	for ok := true; ok; ev, ok = p.inbox.take() {
		if r, isPacket := ev.(PacketReceived); isPacket {
			p.compat.mu.Lock()
			p.compat.packets = append(p.compat.packets, r.Packet)
			p.compat.mu.Unlock()
		} else {
			p.signals.emit(ev)
		}
	}
	return nil
}

// SetRefuseNewConnections makes a server take or refuse clients.
func (p *Peer) SetRefuseNewConnections(refuse bool) {
	p.compat.mu.Lock()
	defer p.compat.mu.Unlock()
	p.compat.refuse, p.compat.refuseSet = refuse, true
}

// IsRefusingNewConnections says whether a server refuses clients. The default
// is true, as on Godot's class page, until a transport is opened: then it is
// false, as in Godot's own classes, unless the program has set it.
func (p *Peer) IsRefusingNewConnections() bool {
	p.compat.mu.Lock()
	defer p.compat.mu.Unlock()
	if p.compat.refuseSet {
		return p.compat.refuse
	}
	return !p.compat.attached
}

// SetTransferMode sets how PutPacket sends.
func (p *Peer) SetTransferMode(m TransferMode) {
	p.compat.mu.Lock()
	defer p.compat.mu.Unlock()
	p.compat.mode, p.compat.modeSet = m, true
}

// TransferMode is how PutPacket sends. The default is Unreliable, as on
// Godot's class page, until a transport is opened: then it is Reliable, as in
// Godot's own classes, unless the program has set it.
func (p *Peer) TransferMode() TransferMode {
	p.compat.mu.Lock()
	defer p.compat.mu.Unlock()
	return p.compat.transferMode()
}

func (c *compat) transferMode() TransferMode {
	if c.modeSet || !c.attached {
		return c.mode
	}
	return Reliable
}

// SetTargetPeer sets to whom PutPacket sends: TargetBroadcast (the default),
// TargetServer, an id, or AllExcept(id). It is checked by PutPacket.
func (p *Peer) SetTargetPeer(id PeerID) {
	p.compat.mu.Lock()
	defer p.compat.mu.Unlock()
	p.compat.target = id
}

// SetTransferChannel sets on which channel PutPacket sends, whatever the mode:
// 1 to 254, or -1 for the mode's own. Other values are an error and change
// nothing. A connection must have the channel. Godot 3.2,
// NetworkedMultiplayerENet.transfer_channel.
func (p *Peer) SetTransferChannel(channel int) error {
	if channel != -1 && (channel <= wire.ENetConfig || channel > 254) {
		return fmt.Errorf("%w: transfer channel %d, want -1 or 1 to 254", ErrChannel, channel)
	}
	p.compat.mu.Lock()
	defer p.compat.mu.Unlock()
	p.compat.channel = max(channel, 0)
	return nil
}

// TransferChannel is what SetTransferChannel was last given, -1 by default.
func (p *Peer) TransferChannel() int {
	p.compat.mu.Lock()
	defer p.compat.mu.Unlock()
	if p.compat.channel == 0 {
		return -1
	}
	return p.compat.channel
}

// PutPacket sends data as the last calls of SetTargetPeer, SetTransferMode and
// SetTransferChannel say. An empty packet is not sent, and is no error. Other
// errors are those of Send.
func (p *Peer) PutPacket(data []byte) error {
	if len(data) == 0 {
		return nil
	}
	p.compat.mu.Lock()
	pkt := Packet{
		To: p.compat.target, Mode: p.compat.transferMode(), Channel: p.compat.channel, Data: data,
	}
	p.compat.mu.Unlock()
	if p.ConnectionStatus() != Connected {
		return ErrNotConnected
	}
	return p.Send(pkt)
}

// AvailablePacketCount is the number of packets that Poll has fetched and
// GetPacket has not.
func (p *Peer) AvailablePacketCount() int {
	p.compat.mu.Lock()
	defer p.compat.mu.Unlock()
	return len(p.compat.packets)
}

// GetPacket gives the next packet that Poll has fetched, or nil and
// ErrNoPacket.
func (p *Peer) GetPacket() ([]byte, error) {
	c := &p.compat
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.packets) == 0 {
		c.err = ErrNoPacket
		return nil, c.err
	}
	c.last, c.hasLast, c.err = c.packets[0], true, nil
	c.lastCh = c.last.Channel
	c.packets[0] = Packet{}
	if c.packets = c.packets[1:]; len(c.packets) == 0 {
		c.packets = nil
	}
	return c.last.Data, nil
}

// PacketError is the error of the last GetPacket.
func (p *Peer) PacketError() error {
	p.compat.mu.Lock()
	defer p.compat.mu.Unlock()
	return p.compat.err
}

// PacketPeer is the sender of the packet that GetPacket gives next; when there
// is none, of the one it gave last, and 0 before the first.
func (p *Peer) PacketPeer() PeerID {
	p.compat.mu.Lock()
	defer p.compat.mu.Unlock()
	if len(p.compat.packets) > 0 {
		return p.compat.packets[0].From
	}
	return p.compat.last.From
}

// PacketMode is the mode of the packet that GetPacket gives next; when there
// is none, of the one it gave last.
func (p *Peer) PacketMode() TransferMode {
	p.compat.mu.Lock()
	defer p.compat.mu.Unlock()
	if len(p.compat.packets) > 0 {
		return p.compat.packets[0].Mode
	}
	return p.compat.last.Mode
}

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
	if !p.compat.hasLast {
		return -1
	}
	return p.compat.lastCh
}
