package engine

import (
	"testing"
	"time"

	"crosspeer/internal/simnet"
)

// Clocks that jump ahead while there is traffic, as when a machine was asleep
// for a moment, and that stand before a point where their milliseconds, in 15,
// 16, 31 or 32 bits, go round. No jump is as long as a time-out, so nobody is
// lost.
func TestLawsHoldWhenClocksJump(t *testing.T) {
	edges := []time.Duration{1 << 15, 1 << 16, 1 << 31, 1 << 32}
	for seed := range simnet.Seeds(t, 100) {
		p := newPair(t, seed, Config{}, Config{})
		edge := edges[seed%4] * time.Millisecond
		p.client.clock = edge - time.Second
		if seed/4%2 == 0 {
			p.server.clock = edge - 2*time.Second
		}
		tr := newTraffic(p, seed)
		tr.join()
		p.net.SetConditions(simnet.Conditions{Loss: float64(seed%3) * 0.05, Delay: 20 * time.Millisecond, Jitter: 15 * time.Millisecond})
		tr.usual()
		for range 10 {
			tr.push(20, 10*time.Millisecond)
			n := []*node{p.client, p.server}[tr.rnd.IntN(2)]
			n.do(func() { n.clock += time.Duration(tr.rnd.Int64N(int64(4 * time.Second))) })
		}
		tr.finish(time.Minute)
		tr.part()
	}
}

// After a jump of any length a connection is either there or was lost, and
// then both ends hear so and can connect again.
func TestAfterAFarJumpOfTheClockOneCanConnectAgain(t *testing.T) {
	for seed := range simnet.Seeds(t, 50) {
		p := newPair(t, seed, Config{}, Config{})
		tr := newTraffic(p, seed)
		tr.join()
		tr.usual()
		tr.push(50, 10*time.Millisecond)
		n := []*node{p.client, p.server}[seed%2]
		jump := []time.Duration{10 * time.Second, time.Hour, 1 << 31 * time.Millisecond, 1 << 32 * time.Millisecond}[seed/2%4]
		n.do(func() { n.clock += jump })
		p.net.RunFor(time.Minute)
		if len(tr.ended) == 0 {
			tr.finish(time.Minute)
			continue
		}
		if c, s := p.client.h.PeerCount(), p.server.h.PeerCount(); c+s > 0 {
			t.Fatalf("after a jump by %v one end is lost, and a minute later %d and %d are left", jump, c, s)
		}
		tr = newTraffic(p, seed)
		tr.join()
		tr.usual()
		tr.push(50, 10*time.Millisecond)
		tr.finish(time.Minute)
		tr.part()
	}
}

// The round trip seems to take seconds, because it does or because a clock has
// jumped, and then no longer. What was first sent before and is lost twice does
// not wait that long a second time.
func TestACommandFromSlowTimesIsSentAgainAtThePaceOfNow(t *testing.T) {
	p := newPair(t, 1, Config{}, Config{})
	tr := newTraffic(p, 1)
	tr.join()
	tr.flows = append(tr.flows,
		&flow{t: t, from: p.client, to: p.server, channel: 0, mode: modeReliable, sizes: []int{10}},
		&flow{t: t, from: p.client, to: p.server, channel: 1, mode: modeReliable, sizes: []int{10}})
	late, busy := tr.flows[0], tr.flows[1]
	send := func(f *flow) { p.client.do(func() { f.send(tr.rnd) }) }
	p.net.SetConditions(simnet.Conditions{Delay: 1500 * time.Millisecond})
	for range 100 {
		send(busy)
		p.net.RunFor(100 * time.Millisecond)
	}
	p.net.RunFor(5 * time.Second)

	dark := simnet.Conditions{Loss: 1}
	p.net.SetConditions(dark)
	sent := p.net.Now()
	send(late)
	p.net.RunFor(time.Millisecond)
	p.net.SetConditions(simnet.Conditions{Delay: 10 * time.Millisecond})
	command := p.client.peer.channel(0).sent.at(0)
	for due := command.sentAt + command.rto - p.client.clock; p.net.Now() < due-20*time.Millisecond; {
		send(busy)
		p.net.RunFor(10 * time.Millisecond)
	}
	p.net.SetConditions(dark)
	p.net.RunWhile(time.Second, func() bool { return command.attempts == 1 })
	p.net.RunFor(0)
	again := p.net.Now()
	if again-sent < 3*time.Second {
		t.Fatalf("sent again after %v: the round trip has not seemed long", again-sent)
	}
	p.net.SetConditions(simnet.Conditions{Delay: 10 * time.Millisecond})
	tr.finish(time.Minute)
	if after := late.last - again; after > 600*time.Millisecond {
		t.Errorf("what was lost twice arrives %v after its second transmission", after)
	}
}
