package crosspeer

import (
	"fmt"
	"sync"

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

	objects    bool // full objects in PutVar and GetVar
	objectsSet bool
	encodeMax  int // largest value of PutVar, 0 for the Config's

	packets []Packet // fetched by Poll, not yet given by GetPacket
	from    *inbox   // where they count as waiting
	last    Packet   // given by GetPacket last, without its bytes
	gotten  bool     // since the last Poll
	err     error    // of the last GetPacket
}

// open is the state at the beginning of a session.
func (c *compat) open() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.attached = true
	c.packets, c.from, c.last, c.gotten = nil, nil, Packet{}, false
}

// poll is the state at the beginning of Poll.
func (c *compat) poll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gotten = false
}

// keep makes a packet available.
func (c *compat) keep(pkt Packet, from *inbox) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.from != from {
		c.packets, c.from = nil, from
	}
	c.packets = append(c.packets, pkt)
}

// drop forgets the packets of a session that the program has closed.
func (c *compat) drop(from *inbox) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.from == from {
		c.packets = nil
	}
}

// get takes the first packet, and keeps the error.
func (c *compat) get() (data []byte, from *inbox, err error) {
	data, from, err = c.take()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.err = err
	return data, from, err
}

// take takes the first packet.
func (c *compat) take() (data []byte, from *inbox, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.packets) == 0 {
		return nil, nil, ErrNoPacket
	}
	c.last, c.gotten = c.packets[0], true
	data, c.last.Data = c.last.Data, nil
	c.packets[0] = Packet{}
	if c.packets = c.packets[1:]; len(c.packets) == 0 {
		c.packets = nil
	}
	return data, c.from, nil
}

// next is the packet that get gives next, or gave last, for all but its bytes.
func (c *compat) next() Packet {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.packets) > 0 {
		return c.packets[0]
	}
	return c.last
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

// SetTransferMode sets how PutPacket sends. Where TransferMode is always
// Reliable it has no effect until the Peer is in another session.
func (p *Peer) SetTransferMode(m TransferMode) {
	p.compat.mu.Lock()
	defer p.compat.mu.Unlock()
	p.compat.mode, p.compat.modeSet = m, true
}

// TransferMode is how PutPacket sends. The default is Unreliable, as on
// Godot's class page, until a transport is opened: then it is Reliable, as in
// Godot's own classes, unless the program has set it. It is always Reliable in
// a session whose transports know nothing else, such as WebSocket.
func (p *Peer) TransferMode() TransferMode {
	if p.reliableOnly() {
		return Reliable
	}
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
	mode := p.TransferMode()
	p.compat.mu.Lock()
	pkt := Packet{To: p.compat.target, Mode: mode, Channel: p.compat.channel, Data: data}
	p.compat.mu.Unlock()
	if !p.canPut() {
		return ErrNotConnected
	}
	return p.Send(pkt)
}

// canPut says whether PutPacket sends: when the Peer is connected, and in a mesh
// also while it waits for member 1. Godot 3.2.3, WebRTCMultiplayer.
func (p *Peer) canPut() bool {
	s := p.current()
	return s != nil && (s.hub.role == roleMesh || p.ConnectionStatus() == Connected)
}
