package engine

import (
	"testing"
	"time"

	"crosspeer/internal/simnet"
)

// bursts are lines whose loss comes in runs: the presets that have it, and two
// that are worse than they are.
var bursts = []simnet.Preset{
	{Name: "LossyWiFi", Conditions: simnet.LossyWiFi()},
	{Name: "Mobile", Conditions: simnet.Mobile()},
	{Name: "Satellite", Conditions: simnet.Satellite()},
	// Half of the datagrams meet the bad state, in runs of 20, and most are
	// lost there.
	{Name: "Tunnel", Conditions: simnet.Conditions{
		Burst: simnet.Burst{GoodToBad: 0.05, BadToGood: 0.05, LossBad: 0.9},
		Delay: 40 * time.Millisecond, Jitter: 10 * time.Millisecond,
	}},
	// Few runs, of 100 datagrams, in which all are lost, and some loss between.
	{Name: "Handover", Conditions: simnet.Conditions{
		Burst: simnet.Burst{GoodToBad: 0.001, BadToGood: 0.01, LossBad: 1, LossGood: 0.02},
		Delay: 60 * time.Millisecond, Jitter: 20 * time.Millisecond, Reorder: 0.01,
	}},
}

// With time-outs as they are, nothing reliable is lost on lines with bursts,
// nor when they are dark for three seconds, unless both together make five
// seconds of silence, for which the connection may be taken for dead; and soon after that something new
// has arrived at both ends: within a second on lines with a round trip of up to
// a fifth of one, and elsewhere a retransmission and the way there later. One
// in twenty may wait longer, because the line loses that too.
func TestReliableTrafficSurvivesBurstsAndABlackout(t *testing.T) {
	type tally struct {
		ends, slow, dead int
		worst            time.Duration
	}
	counts := make([]tally, len(bursts))
	for seed := range simnet.Seeds(t, 50) {
		k := seed % uint64(len(bursts))
		line, c := bursts[k].Conditions, &counts[k]
		p := newPair(t, seed, Config{}, Config{})
		tr := newTraffic(p, seed)
		tr.join()
		p.net.SetConditions(line)
		tr.usual()
		tr.push(300, 10*time.Millisecond)
		dark := line
		to := p.net.Now() + 3*time.Second
		dark.Blackouts = []simnet.Blackout{{From: p.net.Now(), To: to}}
		p.net.SetConditions(dark)
		for p.net.Now() < to {
			tr.push(1, 10*time.Millisecond)
		}
		bound := time.Second
		if line.Delay > 100*time.Millisecond {
			bound += 2 * line.Delay
		}
		for _, n := range []*node{p.client, p.server} {
			resumed := func() bool {
				for _, f := range tr.flows {
					if f.to == n && f.mode == modeReliable && f.last >= to {
						return true
					}
				}
				return false
			}
			p.net.RunWhile(time.Minute, func() bool { return !resumed() && len(tr.ended) == 0 })
			after := p.net.Now() - to
			c.ends++
			if c.worst = max(c.worst, after); after > bound {
				c.slow++
			}
		}
		tr.push(100, 10*time.Millisecond)
		p.net.RunWhile(5*time.Minute, func() bool { return len(tr.ended) == 0 && !tr.square() })
		if len(tr.ended) > 0 && tr.ended[0].Reason == ReasonTimeout {
			c.dead++ // a burst behind the blackout, five seconds together
			continue
		}
		tr.finish(0)
		tr.part()
	}
	for k, c := range counts {
		if c.dead*100 > c.ends {
			t.Errorf("%s: %d of %d connections were taken for dead", bursts[k].Name, c.dead, c.ends/2)
		}
		if c.slow*20 > c.ends {
			t.Errorf("%s: %d of %d ends wait too long after a blackout", bursts[k].Name, c.slow, c.ends)
		}
		t.Logf("%s: %d of %d ends wait too long, at worst %v; %d connections taken for dead",
			bursts[k].Name, c.slow, c.ends, c.worst.Round(time.Millisecond), c.dead)
	}
}
