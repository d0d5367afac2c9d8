package main

import "fmt"

func idleCases(quick bool) []testCase {
	var cases []testCase
	for _, n := range pick(quick, []int{1000, 4000}, []int{1000}) {
		cases = append(cases, testCase{
			name: fmt.Sprintf("%d peers", n), mode: "sink", maxPeers: maxSlots,
			load: argv("--scenario", "idle", "--n", n, "--secs", pick(quick, 10.0, 1.5),
				"--settle", pick(quick, 1.0, 0.3), "--warmup", pick(quick, 1.0, 0.2)),
			figures: []figure{cpuShare, {label: "datagrams/s from server", key: "datagrams_in_per_s"},
				{label: "datagrams/s to server", key: "datagrams_out_per_s"}},
		})
	}
	return cases
}

func slotCases(quick bool) []testCase {
	var cases []testCase
	for _, slots := range []int{16, maxSlots} {
		cases = append(cases, testCase{
			name: fmt.Sprintf("%d slots", slots), mode: "relay", maxPeers: slots,
			load:    argv("--scenario", "relay", "--n", 8, "--rate", 500, "--secs", pick(quick, 3.0, 0.6)),
			figures: []figure{cpuPerDelivery, median},
		})
	}
	return cases
}

func handshakeCases(quick bool) []testCase {
	var cases []testCase
	for _, n := range pick(quick, []int{1, 32}, []int{32}) {
		cases = append(cases, testCase{
			name: fmt.Sprintf("%d clients", n), mode: "sink", maxPeers: 2*n + spareSlots,
			load: argv("--scenario", "handshake", "--n", n, "--secs", pick(quick, 3.0, 0.6)),
			figures: []figure{{label: "handshakes/s", key: "handshakes_per_s"},
				{label: "CPU µs/handshake", key: "cpu_us_per_handshake"}, median, slowest},
		})
	}
	return cases
}

func memoryCases(quick bool) []testCase {
	figures := []figure{memoryBefore, memoryAfter, memoryPeer, memoryEnd}
	var cases []testCase
	for _, n := range pick(quick, []int{1000, 4000}, []int{1000}) {
		cases = append(cases, testCase{
			name: fmt.Sprintf("%d idle peers", n), mode: "sink", maxPeers: maxSlots, figures: figures,
			load: argv("--scenario", "idle", "--n", n, "--secs", pick(quick, 3.0, 0.3), "--warmup", 0, "--settle", pick(quick, 1.0, 0.3)),
		})
	}
	return append(cases, testCase{
		name: "1000 peers, 10 echoes/s each", mode: "echo", maxPeers: maxSlots, figures: figures,
		load: argv("--scenario", "echo", "--n", 1000, "--rate", 10, "--secs", pick(quick, 3.0, 0.6), "--settle", pick(quick, 1.0, 0.3)),
	})
}
