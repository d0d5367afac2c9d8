package sim

import (
	"time"

	"crosspeer"
	"crosspeer/internal/simnet"
	"crosspeer/wire"
)

// actEvery is how often something happens on average, in the whole session.
const actEvery = time.Second

// actions are what can happen, and how often compared with the others.
var actions = [...]struct {
	name   string
	weight int
	mild   bool // is over by the time that all must be quiet
	do     func(*world, *person)
}{
	{"leave", 60, true, func(_ *world, p *person) { p.leave() }},
	{"crash", 30, false, func(_ *world, p *person) { p.crash() }},
	{"kick", 30, true, (*world).kick},
	{"part", 40, true, (*world).part},
	{"sleep", 60, true, func(w *world, p *person) { p.asleep = w.now + w.act.between(0, 5*time.Second) }},
	{"long sleep", 10, true, func(w *world, p *person) { p.asleep = w.now + w.act.between(0, time.Minute) }},
	{"dawdle", 40, true, func(w *world, p *person) { p.dawdles = w.now + w.act.between(0, 20*time.Second) }},
	{"burst", 120, true, func(w *world, p *person) { p.hurries = 10 + w.act.below(400) }},
	{"big", 100, true, (*world).big},
	{"server burst", 30, true, (*world).serverBurst},
	{"conditions", 120, true, func(_ *world, p *person) { p.condition() }},
	{"dark", 80, true, func(w *world, p *person) { p.dark(w.act.between(0, 4*time.Second)) }},
	{"long dark", 15, false, func(w *world, p *person) { p.dark(w.act.between(20*time.Second, 60*time.Second)) }},
	{"jump", 60, false, (*world).jump},
	{"server jump", 10, false, func(w *world, _ *person) { w.host.Jump(w.act.between(0, 5*time.Second)) }},
	{"server far jump", 1, false, func(w *world, _ *person) { w.host.Jump(w.act.between(0, 100*time.Hour)) }},
	{"forge", 60, true, (*world).forge},
	{"nonsense", 40, true, (*world).nonsense},
	{"impostor", 60, true, (*world).impostor},
	{"give up", 60, true, (*world).giveUp},
	{"server nap", 30, true, func(w *world, _ *person) { w.drowsy = w.now + w.act.between(0, 1500*time.Millisecond) }},
	{"refuse", 10, true, (*world).refuse},
	{"restart", 1, false, (*world).restart},
}

var totalWeight = func() (n int) {
	for _, a := range actions {
		n += a.weight
	}
	return n
}()

// do lets something happen to somebody.
func (w *world) do() {
	k, n := 0, w.act.below(totalWeight)
	for n >= actions[k].weight {
		n -= actions[k].weight
		k++
	}
	p := w.people[w.act.below(len(w.people))]
	if !actions[k].mild && w.nextQuiet-w.now < calm {
		return
	}
	if p.at != here && actions[k].name != "impostor" && actions[k].name != "give up" {
		return
	}
	w.actions[k]++
	actions[k].do(w, p)
}

// kick ends a connection from the server's side, now.
func (w *world) kick(p *person) {
	if w.server.DisconnectNow(p.visit.id, "kicked") == nil && p.visit.house == w.laws.house {
		p.visit.cut = true
	}
}

// part ends one in order, with last words that it must receive.
func (w *world) part(p *person) {
	v := p.visit
	if v.house != w.laws.house || v.left || v.parting {
		return
	}
	if w.send(w.laws.house.server, w.server, 0, v.id, 64) && w.server.Disconnect(v.id, "that was all") == nil {
		v.parting = true
	}
}

// big sends a packet that takes many datagrams.
func (w *world) big(p *person) {
	to := w.target(target(w.act.below(4)), w.act.Uint64())
	w.send(p.visit, p.peer, w.act.below(ordered), to, 8*(200+w.act.below(maxMessage/8-200)))
}

// serverBurst sends one member much at once; to one whose line is dark, or whose
// program sleeps, more than can wait for it: what others send to it reliably
// then ends it.
func (w *world) serverBurst(p *person) {
	n, kinds := 200+w.act.below(1000), len(streams)
	switch d := w.act.between(time.Second, 4*time.Second); w.act.below(3) {
	case 1:
		p.dark(d)
		n, kinds = 4000, ordered
	case 2:
		p.asleep = w.now + d
		n, kinds = 4000, ordered
	}
	for ; n > 0; n-- {
		if !w.send(w.laws.house.server, w.server, w.act.below(kinds), p.visit.id, 200) {
			return
		}
	}
}

// paths are the conditions of a member's line.
var paths = []simnet.Conditions{
	simnet.LAN(), simnet.Broadband(), simnet.WiFi(), simnet.LossyWiFi(), simnet.Mobile(),
	simnet.Intercontinental(), simnet.Satellite(), simnet.Congested(), simnet.Hostile(),
	{Loss: 0.5, Delay: 20 * time.Millisecond, Jitter: 10 * time.Millisecond},
}

// weighted picks a path: the three worst are rare, since packets queue there.
func (w *world) path() simnet.Conditions {
	if w.act.below(32) > 0 {
		return paths[w.act.below(len(paths)-3)]
	}
	return paths[w.act.below(len(paths))]
}

// condition gives a person's line new conditions.
func (p *person) condition() {
	w := p.w
	if p.pipe == nil {
		p.line(w.path(), w.path())
		return
	}
	if p.visit.kind == inProcess {
		p.pipe.window = 1 << 20
		return
	}
	p.pipe.delay = w.act.between(0, 200*time.Millisecond)
	p.pipe.rate = 20_000 << w.act.below(10)
	p.pipe.window = 16 << 10 << w.act.below(3)
}

// line sets both directions of an ENet connection.
func (p *person) line(up, down simnet.Conditions) {
	p.w.net.SetPath(p.addr, serverAddr, up)
	p.w.net.SetPath(serverAddr, p.addr, down)
}

// dark lets nothing through for a while.
func (p *person) dark(d time.Duration) {
	w := p.w
	if p.pipe != nil {
		p.pipe.stalled = w.now + d
		return
	}
	up, down := w.path(), w.path()
	out := []simnet.Blackout{{From: w.now, To: w.now + d + 1}}
	up.Blackouts, down.Blackouts = out, out
	p.line(up, down)
}

// mend makes a person's line a good one.
func (p *person) mend() {
	if p.pipe != nil {
		p.pipe.stalled = 0
		p.pipe.rate = max(p.pipe.rate, 200_000)
	} else if p.host != nil {
		p.line(simnet.Broadband(), simnet.Broadband())
	}
}

// jump sets a clock ahead, as when a machine was asleep.
func (w *world) jump(p *person) {
	if p.host == nil {
		return
	}
	most := []time.Duration{time.Second, 10 * time.Second, time.Minute, 1 << 31 * time.Millisecond}
	p.host.Jump(w.act.between(0, most[w.act.below(len(most))]))
}

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

// giveUp ends an attempt to connect.
func (w *world) giveUp(p *person) {
	if p.at == dialing {
		p.call.quit = true
		p.wait()
	}
}

func (w *world) refuse(*person) {
	w.server.SetRefuseNewConnections(true)
	w.laws.shut = true
	w.refusing = w.now + w.act.between(0, 4*time.Second)
}

// restart closes the server's session and opens another.
func (w *world) restart(*person) {
	w.laws.closed()
	w.add(w.server.Stats())
	if err := w.server.Close(); err != nil {
		w.laws.fail("the server closes: %v", err)
	}
	w.net.RunUntil(w.now) // its goodbyes
	w.host.Remove()
	w.listen()
}
