package main

import (
	"fmt"
	"time"
)

func bulkCases(quick bool) []testCase {
	var cases []testCase
	for _, dir := range []struct{ scenario, mode string }{{"bulk-up", "sink"}, {"bulk-down", "source"}} {
		for _, inflight := range pick(quick, []int{16, 64, 0}, []int{16}) {
			window := fmt.Sprintf("%d outstanding", inflight)
			if inflight == 0 {
				window = "all queued"
			}
			cases = append(cases, testCase{
				name: dir.scenario + " " + window, mode: dir.mode, maxPeers: spareSlots, limit: time.Minute,
				load: argv("--scenario", dir.scenario, "--payload", 65536, "--count", pick(quick, 1024, 256),
					"--inflight", inflight, "--secs", 40),
				figures: []figure{throughput, cpuPerGB, cpuShare},
			})
		}
	}
	return cases
}

func lossCases(quick bool) []testCase {
	var cases []testCase
	figures := []figure{medianMS, slowestMS, {label: "max ms", key: "max_us", scale: 1e-3},
		{label: "seconds to the end", key: "window_s"}, fromServer}
	for _, loss := range pick(quick, []float64{0, 0.01, 0.05, 0.20}, []float64{0.05}) {
		for _, regime := range pick(quick, []string{"paced200", "burst"}, []string{"paced200"}) {
			// With loss the server may learn late that its peer is there.
			settle := 0.3
			if loss >= 0.1 {
				settle = 3
			}
			load := argv("--scenario", "relay", "--mode", "reliable", "--payload", 256, "--n", 1,
				"--count", pick(quick, 2000, 300), "--secs", 60, "--settle", settle)
			if regime == "burst" {
				load = append(load, argv("--rate", 0)...)
			} else {
				load = append(load, argv("--rate", 200)...)
			}
			cases = append(cases, testCase{
				name: fmt.Sprintf("%g %% %s", loss*100, regime), mode: "relay", maxPeers: spareSlots, limit: 90 * time.Second,
				load: load, lossy: argv("-loss", loss, "-delay", "20ms", "-jitter", "5ms"), figures: figures,
			})
		}
	}
	return cases
}
