package sim

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"crosspeer"
	"crosspeer/enet/virtual"
)

// kind is the transport of a visit.
type kind uint8

const (
	inProcess     kind = iota // a pipe without rate and delay, all modes
	overENet                  // the ENet engine on the simulated network
	overChannel               // a pipe with rate and delay, all modes
	overWebSocket             // the same with Godot's framing: everything is reliable
)

func (k kind) String() string {
	return [...]string{"in-process", "ENet", "channel", "WebSocket"}[k]
}

// place is where a person is.
type place uint8

const (
	away place = iota
	dialing
	here
)

// person is somebody who comes to the session, again and again, with one Peer.
type person struct {
	w     *world
	seat  int
	peer  *crosspeer.Peer
	at    place
	again time.Duration // when it tries to come in, if it is away
	visit *visit
	call  *call
	host  *virtual.Host // over ENet
	addr  netip.AddrPort
	pipe  *pipe // otherwise

	asleep  time.Duration // until when its program does not look
	dawdles time.Duration // until when it takes one event per tick
	hurries int           // packets that it sends at once
}

func newPerson(w *world, seat int) *person {
	p := &person{w: w, seat: seat}
	p.peer, _ = crosspeer.New(&crosspeer.Config{MaxInboxPackets: clientInbox, MaxInboxBytes: inboxBytes})
	p.again = w.chance.between(0, time.Second)
	return p
}

// step is one tick of the person's program.
func (p *person) step() {
	switch p.at {
	case away:
		if p.w.now >= p.again {
			p.dial(0)
		}
	case dialing:
		p.wait()
	case here:
		p.look()
		if p.at == here && p.w.now >= p.asleep {
			p.talk()
		}
	}
}

// dial begins a visit over some transport. With an id the person asks for that
// one, whatever it is.
func (p *person) dial(id crosspeer.PeerID) {
	w := p.w
	k := kind(w.chance.below(4))
	p.visit = w.laws.newVisit(p.seat, k, id)
	p.at, p.asleep, p.dawdles, p.hurries = dialing, 0, 0, 0
	p.host, p.pipe = nil, nil
	p.call = newCall(func(wait func() bool) error {
		return p.peer.Dial(context.Background(), p.dialer(k, id, wait))
	})
	p.wait()
}

// dialer makes the transport's dialer.
func (p *person) dialer(k kind, id crosspeer.PeerID, wait func() bool) crosspeer.Dialer {
	w := p.w
	if k != overENet {
		return pipeDialer{p, k, id, wait}
	}
	if id == 0 {
		id = w.anyID()
	}
	p.visit.id = id
	p.addr = w.address()
	w.guests[p.addr] = p.visit
	p.condition()
	p.host = virtual.New(w.net, virtual.Config{
		Addr: p.addr, Server: serverAddr, ID: id, Rand: newRNG(w.chance.Uint64(), 5), Clock: edge(w.chance), ChannelCount: channels,
		MaxQueuedBytes: enetQueueBytes, MaxQueuedPackets: enetQueuePackets, MaxWaitingBytes: enetWaitingBytes, Wait: wait,
	})
	return p.host
}

type pipeDialer struct {
	p    *person
	k    kind
	id   crosspeer.PeerID
	wait func() bool
}

// Dial implements crosspeer.Dialer.
func (d pipeDialer) Dial(_ context.Context, hub *crosspeer.Hub) (crosspeer.Transport, error) {
	p := d.p
	c := full
	if d.k == overWebSocket {
		c = plain
	}
	p.pipe = newPipe(p.w, p.visit, c, hub)
	p.pipe.ask = d.id
	p.condition()
	p.pipe.accept = p.w.now + p.pipe.delay
	for !p.pipe.client.told {
		if !d.wait() {
			p.pipe.vanish()
			return nil, fmt.Errorf("no answer: %w", context.Canceled)
		}
	}
	if p.pipe.client.err != nil {
		return nil, p.pipe.client.err
	}
	return pipes{p.w}, nil
}

// wait looks whether the Dial has come to an end.
func (p *person) wait() {
	if p.host != nil && !p.host.Told() || p.pipe != nil && !p.pipe.client.told {
		if !p.call.quit {
			return
		}
	}
	if !p.call.proceed() {
		return
	}
	err := p.call.err
	p.call = nil
	if err == nil {
		p.at = here
		p.visit.id = p.peer.UniqueID()
		p.look()
		return
	}
	p.w.trace(p.visit, 4, 0)
	p.w.laws.count.Failed++
	if ev, e := p.peer.Next(context.Background()); e != nil {
		p.w.laws.fail("%v fails to connect with %v, and no event says so: %v", p.visit, err, e)
	} else if _, ok := ev.(crosspeer.ConnectionFailed); !ok {
		p.w.laws.fail("%v fails to connect with %v and is told %#v", p.visit, err, ev)
	}
	p.end()
}

// look is the person's program.
func (p *person) look() {
	n := p.peer.Pending()
	if p.w.now < p.dawdles {
		n = min(n, 1)
	}
	if p.w.now < p.asleep {
		n = 0
	}
	v, l := p.visit, &p.w.laws
	for ; n > 0; n-- {
		ev, err := p.peer.Next(context.Background())
		if err != nil {
			l.fail("%v: its events end without a reason: %v", v, err)
			return
		}
		switch ev := ev.(type) {
		case crosspeer.PacketReceived:
			p.w.packet(v, ev.Packet)
		case crosspeer.PeerConnected:
			p.w.trace(v, 1, uint64(ev.ID))
			l.atClient(v, ev.ID, true)
		case crosspeer.PeerDisconnected:
			p.w.trace(v, 2, uint64(ev.ID))
			l.atClient(v, ev.ID, false)
		case crosspeer.ConnectionSucceeded:
			l.connected(v)
		case crosspeer.ServerDisconnected:
			p.w.trace(v, 5, uint64(ev.Reason.Code)<<8|uint64(ev.Reason.By))
			l.parted(v, ev.Reason)
			p.end()
			return
		default:
			l.fail("%v is told %#v", v, ev)
		}
	}
}

// end is the end of a visit, as the person sees it.
func (p *person) end() {
	p.visit.over = true
	p.at = away
	p.again = p.w.now + p.w.chance.between(100*time.Millisecond, 10*time.Second)
	if p.host != nil {
		p.w.hosts.push(leaving{p.host, p.w.now + time.Second})
	}
}

// leave closes the person's Peer.
func (p *person) leave() {
	if err := p.peer.Close(); err != nil {
		p.w.laws.fail("%v closes: %v", p.visit, err)
	}
	p.end()
}

// crash ends the person without a goodbye.
func (p *person) crash() {
	if p.host != nil {
		p.host.Remove()
		p.host = nil
	} else {
		p.pipe.vanish()
	}
	p.leave()
}
