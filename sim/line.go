package sim

import (
	"time"

	"crosspeer/internal/simnet"
)

// paths are the conditions of a member's line.
var paths = []simnet.Conditions{
	simnet.LAN(), simnet.Broadband(), simnet.WiFi(), simnet.LossyWiFi(), simnet.Mobile(),
	simnet.Intercontinental(), simnet.Satellite(), simnet.Congested(), simnet.Hostile(),
	{Loss: 0.5, Delay: 20 * time.Millisecond, Jitter: 10 * time.Millisecond},
}

// path picks one of paths. The three worst are rare, since packets queue there.
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
