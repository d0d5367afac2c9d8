package main

import (
	"fmt"
	"time"
)

// goalCases has every kind of work that something is promised of. Its figures
// are those of the other suites, in fewer cases.
func goalCases(quick bool) []testCase {
	groups := []func(bool) []testCase{goalsBacklog, goalsSingle, goalsPaced, goalsIdle, goalsTick, goalsMesh, goalsBulk, goalsLoss}
	var cases []testCase
	for _, group := range pick(quick, groups, groups[:3]) {
		cases = append(cases, group(quick)...)
	}
	return cases
}

// relayGoal is the case of a suite of relays that goals are set for.
func relayGoal(quick bool, mode string, n int, regime string, goals ...goal) testCase {
	var load []string
	for _, r := range regimes {
		if r.name == regime {
			load = r.load
		}
	}
	c := testCase{
		name: fmt.Sprintf("%s 1→%d %s", mode, n, regime), mode: "relay", maxPeers: n + spareSlots, goals: goals,
		load: append(argv("--scenario", "relay", "--mode", mode, "--n", n, "--secs", pick(quick, 1.5, 0.3)), load...),
	}
	c.figures = figuresOf(goals)
	return c
}

// figuresOf are the figures that goals are about.
func figuresOf(goals []goal) []figure {
	var list []figure
	for _, g := range goals {
		list = append(list, g.figure)
	}
	return list
}

func goalsBacklog(quick bool) []testCase {
	return []testCase{
		relayGoal(quick, "unreliable", 32, "inflight64",
			goal{"relay with backlog", cpuPerDelivery, ratioAtMost, 0.80, 0.60},
			goal{"relay with backlog", deliveries, ratioAtLeast, 1.2, 1.35}),
		relayGoal(quick, "reliable", 32, "inflight64",
			goal{"relay with backlog, reliable", cpuPerDelivery, ratioAtMost, 0.90, 0.75}),
	}
}

func goalsSingle(quick bool) []testCase {
	var cases []testCase
	for _, g := range pick(quick, []struct {
		n             int
		must, stretch float64
	}{{128, 0.85, 0.78}, {32, 0.95, 0.88}, {8, 1, 0.88}, {1, 1.2, 1.05}}, nil) {
		goals := []goal{{fmt.Sprintf("relay 1→%d, one message a datagram", g.n), cpuPerDelivery, ratioAtMost, g.must, g.stretch}}
		if g.n == 128 {
			goals = append(goals, goal{"relay 1→128, saturated", deliveries, ratioAtLeast, 1.2, 1.35})
		}
		cases = append(cases, relayGoal(quick, "unreliable", g.n, "inflight1", goals...))
	}
	return cases
}

func goalsPaced(quick bool) []testCase {
	return []testCase{relayGoal(quick, "unreliable", 32, "paced500",
		goal{"latency at 500 messages/s, N = 32", median, ratioAtMost, 1.15, 1},
		goal{"latency at 500 messages/s, N = 32", slowest, ratioAtMost, 1.25, 1})}
}

// What a server's process holds per peer depends on how its memory grew, so
// the goal is about a full server.
func goalsIdle(bool) []testCase {
	c := testCase{
		name: "4000 idle peers", mode: "sink", maxPeers: maxSlots,
		load: argv("--scenario", "idle", "--n", 4000, "--secs", 6, "--settle", 1, "--warmup", 1),
		goals: []goal{
			{"4,000 idle peers", cpuShare, ratioAtMost, 0.40, 0.20},
			{"memory per idle peer", memoryPeer, valueAtMost, 3, 1.8},
		},
	}
	c.figures = append(figuresOf(c.goals), figure{label: "datagrams/s from server", key: "datagrams_in_per_s"})
	return []testCase{c}
}

func goalsTick(quick bool) []testCase {
	c := tickCases(quick)[2] // 200 players, at once
	c.goals = []goal{{"game tick, 200 players", cpuShare, ratioAtMost, 0.50, 0.33}}
	return []testCase{c}
}

// goalsMesh: the server under test may wait 5 ms for more to send, the
// reference relays at once.
func goalsMesh(quick bool) []testCase {
	atOnce := meshCases(quick)[1] // 32 players, 30/s
	window := atOnce
	atOnce.goals = []goal{{"mesh 32 × 30/s, at once", cpuShare, ratioAtMost, 0.90, 0.82}}
	window.name += ", 5 ms window"
	window.ours = argv("--flush-delay", "5ms")
	window.goals = []goal{{"mesh 32 × 30/s, 5 ms window", cpuShare, ratioAtMost, 0.35, 0.28}}
	return []testCase{atOnce, window}
}

func goalsBulk(quick bool) []testCase {
	for _, c := range bulkCases(quick) {
		if c.name == "bulk-down 16 outstanding" {
			c.goals = []goal{
				{"bulk down, 64 KiB packets", cpuPerGB, ratioAtMost, 0.55, 0.40},
				{"bulk down, 64 KiB packets", throughput, ratioAtLeast, 1.3, 1.7},
			}
			return []testCase{c}
		}
	}
	return nil
}

func goalsLoss(quick bool) []testCase {
	wanted := map[string][]goal{
		"1 % paced200":  {{"reliable 200/s, 1 % loss", slowestMS, ratioAtMost, 1, 0.9}},
		"5 % paced200":  {{"reliable 200/s, 5 % loss", slowestMS, ratioAtMost, 0.70, 0.60}},
		"20 % paced200": {{"reliable 200/s, 20 % loss", slowestMS, ratioAtMost, 0.25, 0.16}},
		"20 % burst": {
			{"burst of 2,000, 20 % loss", completion, ratioAtMost, 0.50, 0.30},
			{"burst of 2,000, 20 % loss", lostPeers, sumAtMost, 0, 0},
		},
	}
	var cases []testCase
	for _, c := range lossCases(quick) {
		if c.goals = wanted[c.name]; c.goals != nil {
			c.limit = 2 * time.Minute
			c.figures = append(figuresOf(c.goals), fromServer)
			cases = append(cases, c)
		}
	}
	return cases
}
