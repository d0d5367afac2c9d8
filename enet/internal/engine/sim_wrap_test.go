package engine

import (
	"testing"
	"time"

	"crosspeer/internal/simnet"
)

// Every counter of the protocol is 16 bits and wraps; reliable numbers also
// have an edge at each of their 16 windows, unsequenced groups at each block of
// 1024. Here the counters start within three of an edge: the seeds 1 to 455
// have each of 17 reliable edges and each of 65 edges of groups at each of the
// seven distances.
func TestLawsHoldAcrossTheEdgesOfCounters(t *testing.T) {
	for seed := range simnet.Seeds(t, 455) {
		p := newPair(t, seed, Config{}, Config{})
		// The 16-bit time of one side is about to wrap, or to get its top bit.
		p.client.clock = []time.Duration{1 << 16, 1 << 15, 1 << 32, 1<<31 - 1}[seed%4]*time.Millisecond - 300*time.Millisecond
		p.net.SetConditions(simnet.Conditions{Loss: float64(seed%3) * 0.1, Delay: 15 * time.Millisecond, Jitter: 10 * time.Millisecond})
		tr := newTraffic(p, seed)
		tr.join()
		p.net.RunFor(100 * time.Millisecond)
		near := func(edge uint64) uint16 { return uint16(edge + tr.rnd.Uint64N(7) - 3) }
		window := uint16(seed%17*4096 + seed/17%7 - 3)
		for _, d := range [][2]*Peer{{p.client.peer, p.server.peer}, {p.server.peer, p.client.peer}} {
			for ch := range uint8(5) {
				from, to := d[0].channel(ch), d[1].channel(ch)
				from.outReliable, to.inReliable = window, window
				u := near(0x8000)
				if ch == 4 {
					u = near(0xFFFF)
				}
				from.outUnreliable, to.inUnreliable = u, u
			}
			d[0].group = uint16(seed%65*1024 + seed/65%7 - 3)
			d[1].groups = &groupWindow{base: d[0].group &^ groupMask}
			if d[0].control.n == 0 && d[0].prompt.len() == 0 {
				d[0].controlNo = near(seed % 2 * 0x8000)
			}
			// Internal counters of 32 bits.
			d[0].order, d[0].sendTurn = 1<<(31+seed%2)-20, 1<<(31+seed%2)-20
		}
		tr.both(0, modeReliable, 0, 10, 1000)
		tr.both(1, modeReliable, 10, 5000, 20_000)
		tr.both(2, modeUnreliable, 10, 1000, 4000)
		tr.both(2, modeReliable, 10)
		tr.both(3, modeUnsequenced, 10, 500)
		tr.both(4, modeUnreliable, 10) // one goes reliably when the number is used up
		tr.push(150, 5*time.Millisecond)
		tr.finish(time.Minute)
	}
}

// A channel is used until its numbers have gone round.
func TestLawsHoldWhileNumbersGoRound(t *testing.T) {
	for seed := range uint64(2) {
		p := newPair(t, seed, Config{}, Config{})
		// No jitter: it would make many groups come behind those of the next
		// block, where they are dropped.
		p.net.SetConditions(simnet.Conditions{Loss: 0.02, Delay: 2 * time.Millisecond})
		tr := newTraffic(p, seed)
		tr.join()
		tr.both(0, modeReliable, 0, 1)
		tr.both(1, modeUnsequenced, 10)
		for range 70 {
			for range 1000 {
				tr.flows[0].send(tr.rnd)
				tr.flows[2].send(tr.rnd)
			}
			p.net.Wake(p.client.addr)
			p.net.RunFor(50 * time.Millisecond)
		}
		tr.finish(time.Minute)
		if n := tr.flows[0].got; n != 70_000 {
			t.Errorf("%d packets, want 70,000", n)
		}
		if n := tr.flows[2].got; n < 66_000 {
			t.Errorf("%d of 70,000 unsequenced packets arrived at 2 %% loss", n)
		}
	}
}
