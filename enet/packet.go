package enet

import "crosspeer/enet/internal/engine"

// Flags say how a packet is delivered. Zero means unreliable and in order: a
// packet that is overtaken by a later one is dropped.
type Flags uint8

// Flags, with libenet's numbers.
const (
	// Reliable packets arrive once, in order, per channel.
	Reliable Flags = Flags(engine.Reliable)

	// Unsequenced packets arrive at once, at most once, in any order.
	Unsequenced Flags = Flags(engine.Unsequenced)

	// UnreliableFragment lets a packet that needs fragments stay unreliable:
	// it is lost if one of them is. Without it, a packet that does not fit
	// one datagram is sent reliably whatever its other flags, as in libenet.
	UnreliableFragment Flags = Flags(engine.UnreliableFragment)
)

// Packet is a message that is shared between the peers it is sent to, so that
// sending it to many costs no copies. Its bytes must not be changed. It is
// counted: NewPacket and Retain add an owner, Release takes one away, and the
// last one's Release gives the memory to the next packet. A packet that is not
// released is merely left to the garbage collector.
type Packet struct{ p *engine.Packet }

// NewPacket makes a packet with a copy of data.
func NewPacket(data []byte) Packet { return Packet{engine.CopyPacket(data)} }

// MakePacket makes a packet of n bytes for the caller to fill, through Bytes,
// before it is sent for the first time.
func MakePacket(n int) Packet { return Packet{engine.NewPacket(n)} }

// Bytes are the packet's content, valid until the caller's Release.
func (p Packet) Bytes() []byte { return p.p.Bytes() }

// Retain adds an owner.
func (p Packet) Retain() Packet { return Packet{p.p.Retain()} }

// Release takes an owner away. One Release too many panics.
func (p Packet) Release() { p.p.Release() }

// IsZero says whether p is the zero Packet, which is none.
func (p Packet) IsZero() bool { return p.p == nil }
