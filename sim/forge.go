package sim

import (
	"crosspeer"
	"crosspeer/wire"
)

// forge sends under another's name.
func (w *world) forge(p *person) {
	from := w.target(toOne, w.act.Uint64())
	if from == p.visit.id || w.act.below(4) == 0 {
		from = crosspeer.TargetServer
	}
	m := message{visit: p.visit.number, to: w.target(target(w.act.below(4)), w.act.Uint64()), forged: true}
	b := make([]byte, 64)
	m.put(b)
	p.raw(1, int32(from), int32(m.to), b)
}

// raw sends a packet as the member's transport frames it.
func (p *person) raw(channel uint8, from, to int32, data []byte) {
	if p.host != nil {
		b := make([]byte, wire.ENetHeaderSize+len(data))
		wire.ENetHeader{Source: from, Target: to}.Put(b)
		copy(b[wire.ENetHeaderSize:], data)
		p.host.Raw(channel, b)
		return
	}
	kind := wire.WebSocketData
	if channel == wire.ENetConfig {
		kind = wire.WebSocketKind(1 + p.w.act.below(3))
	}
	n := wire.WebSocketHeaderSize
	b := p.w.forms.make(n + 2*int(p.pipe.codec) + len(data))
	wire.WebSocketHeader{Kind: kind, Source: from, Target: to}.Put(b.b)
	if p.pipe.codec == full {
		b.b[n], b.b[n+1] = byte(crosspeer.Reliable), channel
		n += 2
	}
	copy(b.b[n:], data)
	if e := p.pipe.client; e.over || e.closing != nil || e.queue.len() > 0 {
		b.Release()
	} else {
		e.push(b)
	}
}

// nonsense sends notices to the server, which only the server may send, and
// packets for nobody.
func (w *world) nonsense(p *person) {
	b := make([]byte, 32)
	if w.act.below(2) == 0 {
		le.PutUint32(b, uint32(w.anyID()))
		p.raw(wire.ENetConfig, int32(p.visit.id), 0, b)
		return
	}
	m := message{visit: p.visit.number, to: 1<<31 - 1, forged: true}
	m.put(b)
	p.raw(1, int32(p.visit.id), int32(m.to), b)
}

// impostor dials with an id that somebody has, or that nobody can have.
func (w *world) impostor(p *person) {
	if p.at != away {
		return
	}
	id := w.target(toOne, w.act.Uint64())
	if w.act.below(2) == 0 {
		id = []crosspeer.PeerID{1, -1, -5, -1 << 31}[w.act.below(4)]
	}
	p.dial(id)
}
