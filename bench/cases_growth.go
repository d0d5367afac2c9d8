package main

import "fmt"

// growthSizes are more peers each time. The reference has no more slots than
// the protocol can number on one address, so the last one is only for servers
// that have.
var growthSizes = []int{10, 100, 1000, 4000, 10000}

// growthTalkers are the clients that talk while the others are idle.
const growthTalkers = 8

func growthCases(quick bool) []testCase {
	var cases []testCase
	for _, n := range pick(quick, growthSizes, growthSizes[:2]) {
		slots := max(maxSlots, n+growthTalkers+spareSlots)
		cases = append(cases, testCase{
			name: fmt.Sprintf("%d idle", n), mode: "echo", maxPeers: slots,
			load: argv("--scenario", "idle", "--n", n, "--secs", pick(quick, 5.0, 0.3), "--settle", pick(quick, 1.5, 0.3),
				"--warmup", pick(quick, 1.0, 0.1), "--parallel", 32),
			figures: []figure{cpuShare, memoryAfter, {label: "datagrams/s from server", key: "datagrams_in_per_s"}},
		}, testCase{
			name: fmt.Sprintf("%d beside", n), mode: "echo", maxPeers: slots,
			load: argv("--scenario", "echo", "--n", growthTalkers, "--idle-peers", n, "--rate", 500, "--secs", pick(quick, 3.0, 0.3),
				"--settle", pick(quick, 1.5, 0.3), "--parallel", 32),
			figures: []figure{cpuShare, cpuPerDelivery, median, slowest},
		})
	}
	return cases
}
