package main

import "fmt"

// The regimes of a relay: one message per datagram, many per datagram, and
// messages at a steady rate.
var regimes = []struct {
	name string
	load []string
}{
	{"inflight1", argv("--rate", 0, "--inflight", 1)},
	{"inflight64", argv("--rate", 0, "--inflight", 64)},
	{"paced500", argv("--rate", 500)},
}

func relayCases(quick bool, modes []string, sizes []int) []testCase {
	var cases []testCase
	secs := pick(quick, 2.0, 0.6)
	for _, mode := range pick(quick, modes, []string{"unreliable", "reliable"}) {
		for _, n := range pick(quick, sizes, []int{32}) {
			for _, r := range pick(quick, regimes, regimes[:2]) {
				cases = append(cases, testCase{
					name: fmt.Sprintf("%s 1→%d %s", mode, n, r.name), mode: "relay", maxPeers: n + spareSlots,
					load:    append(argv("--scenario", "relay", "--mode", mode, "--n", n, "--secs", secs), r.load...),
					figures: []figure{cpuPerDelivery, deliveries, packing, median, slowest},
				})
			}
		}
	}
	return cases
}

func godotCases(cases []testCase) []testCase {
	for i := range cases {
		cases[i].extra = append(cases[i].extra, "--godot3")
		cases[i].load = append(cases[i].load, "--godot3")
	}
	return cases
}

func echoCases(quick bool) []testCase {
	var cases []testCase
	for _, idle := range pick(quick, []int{0, 4000}, []int{0, 1000}) {
		for _, n := range pick(quick, []int{1, 32}, []int{8}) {
			cases = append(cases, testCase{
				name: fmt.Sprintf("%d clients, %d idle peers", n, idle), mode: "echo", maxPeers: maxSlots,
				load: argv("--scenario", "echo", "--n", n, "--idle-peers", idle, "--rate", 0, "--inflight", 1,
					"--secs", pick(quick, 3.0, 0.6), "--settle", pick(quick, 1.0, 0.3)),
				figures: []figure{cpuPerDelivery, deliveries, median, slowest},
			})
		}
	}
	return cases
}

func tickCases(quick bool) []testCase {
	var cases []testCase
	for _, n := range pick(quick, []int{64, 200}, []int{200}) {
		for _, poll := range pick(quick, []int{0, 60}, []int{0}) {
			cases = append(cases, testCase{
				name: fmt.Sprintf("%d players%s", n, pollName(poll)), mode: "tick", maxPeers: n + spareSlots,
				extra:   append(argv("--tick-hz", 20, "--snapshot", 512), pollArgs(poll)...),
				load:    argv("--scenario", "tick", "--n", n, "--rate", 30, "--secs", pick(quick, 5.0, 1.0)),
				figures: []figure{cpuShare, cpuPerDatagram, deliveries, median, slowest},
			})
		}
	}
	return cases
}

func meshCases(quick bool) []testCase {
	type mesh struct{ n, rate, poll int }
	full := []mesh{{8, 60, 0}, {32, 30, 0}, {64, 20, 0}, {32, 30, 60}}
	var cases []testCase
	for _, m := range pick(quick, full, full[1:2]) {
		cases = append(cases, testCase{
			name: fmt.Sprintf("%d players, %d/s%s", m.n, m.rate, pollName(m.poll)), mode: "relay", maxPeers: m.n + spareSlots,
			extra:   pollArgs(m.poll),
			load:    argv("--scenario", "mesh", "--n", m.n, "--rate", m.rate, "--secs", pick(quick, 3.0, 0.8)),
			figures: []figure{cpuShare, cpuPerDelivery, packing, median, slowest},
		})
	}
	return cases
}

func pollArgs(hz int) []string {
	if hz == 0 {
		return nil
	}
	return argv("--poll-hz", hz)
}

func pollName(hz int) string {
	if hz == 0 {
		return ""
	}
	return fmt.Sprintf(", %d frames/s", hz)
}
