package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// testCase is one run of the load generator against a server.
type testCase struct {
	name     string
	mode     string   // of the server
	maxPeers int      // of the server
	extra    []string // further options of the server
	ours     []string // options that the first server, the reference, does not have
	anywhere bool     // the server may use every processor, and so may the load
	load     []string // options of the load generator
	lossy    []string // options of the proxy before the server; nil without one
	limit    time.Duration
	figures  []figure
	goals    []goal
}

// figure is one number of a run that is worth a line.
type figure struct {
	label    string
	key      string  // in the JSON of the load generator
	scale    float64 // 0 is 1
	finished bool    // a run that did not end by itself has no such number
}

func (f figure) of(r result) (float64, bool) {
	v, ok := r[f.key].(float64)
	if done, _ := r["finished"].(float64); f.finished && done == 0 {
		return 0, false
	}
	if v == 0 && strings.HasPrefix(f.key, "cpu_us_per_") {
		return 0, false // nothing was done, so it has no price
	}
	if f.scale != 0 {
		v *= f.scale
	}
	return v, ok
}

var (
	cpuPerDelivery = figure{label: "CPU µs/delivery", key: "cpu_us_per_delivery"}
	cpuPerDatagram = figure{label: "CPU µs/datagram", key: "cpu_us_per_datagram"}
	cpuShare       = figure{label: "CPU % of a core", key: "server_util", scale: 100}
	deliveries     = figure{label: "deliveries/s", key: "delivered_per_s"}
	median         = figure{label: "p50 µs", key: "p50_us"}
	slowest        = figure{label: "p99 µs", key: "p99_us"}
	medianMS       = figure{label: "p50 ms", key: "p50_us", scale: 1e-3}
	slowestMS      = figure{label: "p99 ms", key: "p99_us", scale: 1e-3}
	packing        = figure{label: "msgs/datagram", key: "messages_per_datagram"}
	memoryBefore   = figure{label: "RSS before kB", key: "rss_before_kb"}
	memoryAfter    = figure{label: "RSS connected kB", key: "rss_connected_kb"}
	memoryEnd      = figure{label: "RSS at end kB", key: "rss_end_kb"}
	memoryPeer     = figure{label: "kB/peer", key: "rss_kb_per_peer"}
	throughput     = figure{label: "MB/s", key: "mb_per_s"}
	cpuPerGB       = figure{label: "CPU s/GB", key: "cpu_s_per_gb"}
	completion     = figure{label: "seconds to the end", key: "window_s", finished: true}
	lostPeers      = figure{label: "peers lost", key: "lost_peers"}
	fromServer     = figure{label: "datagrams from server", key: "proxy_down_sent"}
)

// of is the case as one of the servers gets it.
func (c testCase) of(server int) testCase {
	if server > 0 {
		c.extra = slices.Concat(c.extra, c.ours)
	}
	return c
}

// suite is a named list of cases. The quick list is for a first look: fewer
// cases, shorter windows.
type suite struct {
	name  string
	about string
	cases func(quick bool) []testCase
}

func findSuites(names string) ([]suite, error) {
	if names == "all" {
		return suites, nil
	}
	var found []suite
	for name := range strings.SplitSeq(names, ",") {
		s, err := findSuite(name)
		if err != nil {
			return nil, err
		}
		found = append(found, s)
	}
	return found, nil
}

func findSuite(name string) (suite, error) {
	var known []string
	for _, s := range suites {
		if s.name == name {
			return s, nil
		}
		known = append(known, s.name)
	}
	return suite{}, fmt.Errorf("unknown suite %q, want all or some of %s", name, strings.Join(known, ","))
}

// argv makes a list of options from words and numbers.
func argv(list ...any) []string {
	var out []string
	for _, v := range list {
		out = append(out, fmt.Sprint(v))
	}
	return out
}

// pick is the choice between the full and the quick value of something.
func pick[T any](quick bool, full, short T) T {
	if quick {
		return short
	}
	return full
}
