package engine

import (
	"fmt"
	"testing"
	"time"

	"crosspeer/internal/simnet"
)

// The laws of delivery, held by flow and traffic: reliable packets arrive
// exactly once, in order, with all their bytes; unreliable ones never twice
// and never behind a later one; unsequenced ones never twice; nothing arrives
// that was not sent. In the end nothing is left in flight or queued.
//
// Without SIM_SEEDS these tests run some 250 seeds together.

// rough gives the conditions of a seed: every loss with every other trouble.
func rough(seed uint64) simnet.Conditions {
	pick := func(n uint64) uint64 { r := seed % n; seed /= n; return r }
	c := simnet.Conditions{
		Loss:  []float64{0, 0.05, 0.2, 0.35, 0.5}[pick(5)],
		Delay: []time.Duration{0, 5 * time.Millisecond, 40 * time.Millisecond, 150 * time.Millisecond}[pick(4)],
	}
	c.Jitter = []time.Duration{0, 2 * time.Millisecond, 30 * time.Millisecond, 200 * time.Millisecond}[pick(4)]
	c.Reorder = []float64{0, 0.02, 0.3}[pick(3)]
	c.Duplicate = []float64{0, 0.02, 0.3}[pick(3)]
	return c
}

// runLaws connects a pair over a network and sends packets of all kinds.
// patience is the time-out, 0 for that of a stock host; with one, the network
// is only that bad once they are connected.
func runLaws(t testing.TB, seed uint64, cond simnet.Conditions, client, server Config, packets int, patience time.Duration) *traffic {
	t.Helper()
	p := newPair(t, seed, client, server)
	tr := newTraffic(p, seed)
	if patience == 0 {
		p.net.SetConditions(cond)
	}
	tr.join()
	p.net.SetConditions(cond)
	if patience > 0 {
		tr.client.peer.SetTimeout(0, patience, patience)
		tr.server.peer.SetTimeout(0, patience, patience)
	}
	tr.usual()
	tr.push(packets, 10*time.Millisecond)
	tr.finish(2 * time.Minute)
	tr.part()
	return tr
}

func TestLawsHoldOnRoughNetworks(t *testing.T) {
	for seed := range simnet.Seeds(t, 60) {
		cond := rough(seed)
		tr := runLaws(t, seed, cond, Config{}, Config{}, 150, 0)
		// Even in order and without loss a packet can be too late: when the
		// reliable one before it had to wait for the window.
		got, sent := tr.shares()
		if cond.Loss+cond.Reorder+cond.Jitter.Seconds() == 0 && got < sent*9/10 {
			t.Errorf("%d of %d unreliable packets arrived on a perfect network", got, sent)
		}
	}
}

func TestLawsHoldOnTypicalNetworks(t *testing.T) {
	presets := []simnet.Conditions{
		simnet.LAN(), simnet.Broadband(), simnet.WiFi(), simnet.LossyWiFi(), simnet.Mobile(), simnet.Intercontinental(),
		simnet.Satellite(), simnet.Congested(), simnet.Hostile(),
	}
	for seed := range simnet.Seeds(t, 27) {
		runLaws(t, seed, presets[seed%uint64(len(presets))], Config{}, Config{}, 150, 0)
	}
}

func TestLawsHoldThroughBursts(t *testing.T) {
	for seed := range simnet.Seeds(t, 15) {
		cond := simnet.Conditions{
			Burst: simnet.Burst{GoodToBad: 0.02, BadToGood: 1 / float64(5+seed%40), LossBad: 1},
			Delay: 20 * time.Millisecond, Jitter: time.Duration(seed%3) * 10 * time.Millisecond,
		}
		runLaws(t, seed, cond, Config{}, Config{}, 200, time.Minute)
	}
}

func TestLawsHoldWithCompressionAndChecksums(t *testing.T) {
	for seed := range simnet.Seeds(t, 24) {
		client, server := forms(seed)
		runLaws(t, seed, simnet.Conditions{Loss: 0.1, Delay: 20 * time.Millisecond, Jitter: 15 * time.Millisecond, Duplicate: 0.05},
			client, server, 60, 0)
	}
}

func TestLawsHoldBetweenBothPolicies(t *testing.T) {
	for seed := range simnet.Seeds(t, 20) {
		runLaws(t, seed, simnet.Conditions{Loss: 0.1, Delay: 20 * time.Millisecond, Jitter: 5 * time.Millisecond},
			Config{Libenet: seed%2 == 0}, Config{Libenet: seed%2 == 1}, 60, time.Minute)
	}
}

// A path of 64 kB/s with half a second of queue, while more than that is sent.
func TestLawsHoldOnANarrowPath(t *testing.T) {
	for seed := range simnet.Seeds(t, 8) {
		p := newPair(t, seed, Config{}, Config{})
		p.net.SetConditions(simnet.Conditions{Delay: 30 * time.Millisecond, Bandwidth: 64_000, QueueBytes: 32_000, MTU: 1472})
		tr := newTraffic(p, seed)
		tr.join()
		tr.both(0, modeReliable, 1000, 20_000)
		tr.both(1, modeUnreliable, 200)
		tr.push(60, 10*time.Millisecond)
		begin := p.net.Now()
		tr.finish(2 * time.Minute)
		bytes := 0
		for _, f := range tr.flows[:2] {
			bytes = max(bytes, 10_000*len(f.sent))
		}
		if took, ideal := p.net.Now()-begin, time.Duration(bytes)*time.Second/64_000; took > 10*ideal {
			t.Errorf("about %d bytes took %v, at full speed it would be %v", bytes, took, ideal)
		}
	}
}

// The smallest MTU, with packets up to 8 MiB.
func TestLawsHoldForBigPacketsAtTheSmallestMTU(t *testing.T) {
	for seed := range simnet.Seeds(t, 4) {
		p := newPair(t, seed, Config{MTU: 576}, Config{})
		p.net.SetConditions(simnet.Conditions{Loss: 0.01, Delay: 5 * time.Millisecond, MTU: 576})
		tr := newTraffic(p, seed)
		tr.join()
		tr.both(0, modeReliable, 50_000, 300_000)
		tr.both(1, modeReliable, 10)
		if seed == 1 {
			tr.flows[0].sizes = []int{8 << 20}
			tr.flows[0].send(tr.rnd)
			tr.flows[0].sizes = []int{100}
		}
		tr.push(10, 5*time.Millisecond)
		tr.finish(5 * time.Minute)
		if n := p.net.Stats().LostMTU; n != 0 {
			t.Errorf("%d datagrams were larger than 576 bytes", n)
		}
	}
}

func TestReliableTrafficResumesAfterABlackout(t *testing.T) {
	for seed := range simnet.Seeds(t, 15) {
		p := newPair(t, seed, Config{}, Config{})
		delay := time.Duration(1+seed*7%100) * time.Millisecond
		cond := simnet.Conditions{Delay: delay, Jitter: delay / 4, Loss: float64(seed%3) * 0.02}
		p.net.SetConditions(cond)
		tr := newTraffic(p, seed)
		tr.join()
		tr.both(0, modeReliable, 10, 100, 1000)
		tr.push(50, 20*time.Millisecond)
		from := p.net.Now()
		to := from + 3*time.Second
		cond.Blackouts = []simnet.Blackout{{From: from, To: to}}
		p.net.SetConditions(cond)
		for p.net.Now() < to {
			tr.push(1, 20*time.Millisecond)
		}
		p.net.RunUntil(to + time.Second)
		for _, f := range tr.flows {
			// What is lost after the blackout must be sent once more.
			if f.got != len(f.sent) && cond.Loss == 0 || f.last < to {
				t.Errorf("%v: %d of %d have arrived one second after the blackout, the last at %v", f, f.got, len(f.sent), f.last-to)
			}
		}
		tr.finish(time.Minute)
	}
}

// With time-outs as they are and half of all datagrams lost in each direction,
// a connection with traffic stays up. An idle one is lost once in some 40
// minutes: each side probes it twice a second, and sooner or later all 25
// transmissions of a probe are lost.
func TestNoConnectionWithTrafficIsLostAtHalfLoss(t *testing.T) {
	for seed := range simnet.Seeds(t, 10) {
		p := newPair(t, seed, Config{}, Config{})
		p.net.SetConditions(simnet.Conditions{Loss: 0.5, Delay: time.Duration(seed%5) * 20 * time.Millisecond, Jitter: 10 * time.Millisecond})
		tr := newTraffic(p, seed)
		tr.join()
		tr.both(0, modeReliable, 10, 100)
		tr.push(600, 100*time.Millisecond) // a minute
		tr.finish(time.Minute)
	}
}

func TestARunRepeatsFromItsSeed(t *testing.T) {
	for seed := range simnet.Seeds(t, 10) {
		run := func() string {
			client, server := forms(seed)
			tr := runLaws(t, seed, rough(seed*17), client, server, 30, 0)
			return fmt.Sprintf("%x at %v, %+v", tr.net.Hash(), tr.net.Now(), tr.server.h.Stats())
		}
		if a, b := run(), run(); a != b {
			t.Errorf("two runs differ:\n%s\n%s", a, b)
		}
	}
}
