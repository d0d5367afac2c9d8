package sim

import (
	"time"
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

// jump sets a clock ahead, as when a machine was asleep.
func (w *world) jump(p *person) {
	if p.host == nil {
		return
	}
	most := []time.Duration{time.Second, 10 * time.Second, time.Minute, 1 << 31 * time.Millisecond}
	p.host.Jump(w.act.between(0, most[w.act.below(len(most))]))
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
