package engine

import (
	"sync"
	"sync/atomic"
)

// Packet is an application message whose bytes do not change. It is shared by
// reference between the peers it is sent to; the last Release returns its
// memory to a pool. A packet that is never released is left to the garbage
// collector. Safe for concurrent use.
type Packet struct {
	data  []byte
	refs  atomic.Int32
	class int8 // index into packetPools, -1 for none
}

// packetSizes are the pooled capacities in bytes: small game messages, one
// datagram, one datagram of the largest MTU.
var packetSizes = [...]int{64, 256, 576, 1536, 4096}

var packetPools [len(packetSizes)]sync.Pool

// NewPacket gives a packet of n bytes with one reference. Its content is
// undefined until the caller has filled Bytes.
func NewPacket(n int) *Packet {
	for i, size := range packetSizes {
		if n > size {
			continue
		}
		p, _ := packetPools[i].Get().(*Packet)
		if p == nil {
			p = &Packet{data: make([]byte, size), class: int8(i)}
		}
		p.data = p.data[:n]
		p.refs.Store(1)
		return p
	}
	p := &Packet{data: make([]byte, n), class: -1}
	p.refs.Store(1)
	return p
}

// CopyPacket is NewPacket filled with b.
func CopyPacket(b []byte) *Packet {
	p := NewPacket(len(b))
	copy(p.data, b)
	return p
}

// wrapPacket takes over b, which nobody else may change.
func wrapPacket(b []byte) *Packet {
	p := &Packet{data: b, class: -1}
	p.refs.Store(1)
	return p
}

// Bytes are the packet's content. They are valid until Release.
func (p *Packet) Bytes() []byte { return p.data }

// Retain adds a reference and gives the packet back.
func (p *Packet) Retain() *Packet {
	p.refs.Add(1)
	return p
}

// Release gives a reference back. Releasing once too often is a bug of the
// caller and panics, since the memory may already belong to another packet.
func (p *Packet) Release() {
	switch n := p.refs.Add(-1); {
	case n > 0:
	case n < 0:
		panic("enet: packet released more often than retained")
	case p.class >= 0:
		packetPools[p.class].Put(p)
	default:
		p.data = nil
	}
}
