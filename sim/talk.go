package sim

import (
	"errors"

	"crosspeer"
)

// stateRate is how often in a second the server sends its state to everybody.
const stateRate = 20

// share is how a member's packets are spread: out of 1024, where to and in
// which stream.
var share = [...]struct {
	below  int
	to     target
	stream int
}{
	{640, toServer, 2},
	{740, toServer, 4},
	{780, toServer, 0},
	{800, toServer, 1},
	{880, toOne, 2},
	{920, toOne, 3},
	{960, toOne, 4},
	{990, toOne, 0},
	{1010, toOne, 1},
	{1019, toServer, 3},
	{1021, toAll, 2},
	{1022, toAll, 0},
	{1023, toAllButOne, 1},
	{1024, toAllButOne, 4},
}

type target uint8

const (
	toServer target = iota
	toOne
	toAll
	toAllButOne
)

// talk sends the person's packet of this tick, and what it has in a hurry.
func (p *person) talk() {
	p.w.laws.count.Ticks++
	for n := 1 + p.hurries; n > 0; n-- {
		r := p.w.talk.Uint64()
		k := 0
		for int(r&1023) >= share[k].below {
			k++
		}
		p.w.send(p.visit, p.peer, share[k].stream, p.w.target(share[k].to, r>>10), messageSize+int(r>>61)*8)
	}
	p.hurries = 0
}

// target picks an id. It may be the sender's own, and that of somebody of whom
// the sender has not heard yet.
func (w *world) target(t target, r uint64) crosspeer.PeerID {
	if t == toServer {
		return crosspeer.TargetServer
	}
	if t == toAll || len(w.laws.house.members) == 0 {
		return crosspeer.TargetBroadcast
	}
	id := w.laws.house.members[int(r&0xFFFFFF)%len(w.laws.house.members)].id
	if t == toAllButOne {
		if r>>24&15 == 0 {
			id = crosspeer.TargetServer
		}
		return crosspeer.AllExcept(id)
	}
	return id
}

// state sends the server's state to everybody, and now and then something
// reliable, to all or to one.
func (w *world) state() {
	r := w.talk.Uint64()
	v := w.laws.house.server
	w.send(v, w.server, 2, crosspeer.TargetBroadcast, 96)
	switch r & 15 {
	case 0:
		w.send(v, w.server, 0, crosspeer.TargetBroadcast, 32)
	case 1, 2, 3, 4, 5:
		w.send(v, w.server, int(r>>4&0xFFF)%len(streams), w.target(toOne, r>>10), 48)
	case 6:
		w.send(v, w.server, 1, w.target(toAllButOne, r>>10), 64)
	}
}

// send sends a packet of some size, a multiple of 8, and notes it if it was
// taken.
func (w *world) send(v *visit, peer *crosspeer.Peer, stream int, to crosspeer.PeerID, size int) bool {
	m := message{visit: v.number, number: v.sent[stream], to: to, stream: uint8(stream)}
	b := w.buffer[:size]
	m.put(b)
	s := streams[stream]
	err := peer.Send(crosspeer.Packet{To: to, Mode: s.mode, Channel: s.channel, Data: b})
	switch {
	case err == nil:
		w.laws.sent(v, stream, to)
		return true
	case errors.Is(err, crosspeer.ErrQueueFull):
		w.laws.count.Busy++
	case errors.Is(err, crosspeer.ErrUnknownPeer), errors.Is(err, crosspeer.ErrNotConnected):
	default:
		w.laws.fail("%v cannot send to %d: %v", v, to, err)
	}
	return false
}
