// Plot draws what suite growth of the benchmark has recorded: a picture of
// three charts, in which both axes are logarithmic. It looks right on light and
// on dark pages.
//
//	go run ./bench/plot bench/results/*.jsonl > docs/growth.svg
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// chart is one figure of the cases of a kind.
type chart struct {
	title, kind, key string
	scale            float64
}

var charts = []chart{
	{"idle peers: processor, % of a core", "idle", "server_util", 100},
	{"idle peers: resident memory, MB", "idle", "rss_connected_kb", 1e-3},
	{"with 4,000 echoes/s: processor, %", "beside", "server_util", 100},
}

// point is the median of some runs.
type point struct{ n, value float64 }

// run is a line of a record.
type run map[string]any

func main() {
	var runs []run
	for _, name := range os.Args[1:] {
		file, err := os.Open(name)
		if err == nil {
			runs, err = read(runs, file)
			file.Close()
		}
		if err != nil {
			fail(fmt.Errorf("%s: %w", name, err))
		}
	}
	if len(runs) == 0 {
		fail(fmt.Errorf("no runs of suite growth in %d files", len(os.Args)-1))
	}
	if err := draw(os.Stdout, runs); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "plot:", err)
	os.Exit(1)
}

// read appends the runs of suite growth that did not fail.
func read(runs []run, r io.Reader) ([]run, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var one run
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			return nil, err
		}
		if one["suite"] == "growth" && one["error"] == nil {
			runs = append(runs, one)
		}
	}
	return runs, lines.Err()
}

// serversOf are the servers of the runs, in the order of the alphabet.
func serversOf(runs []run) []string {
	var names []string
	for _, r := range runs {
		if name, _ := r["server"].(string); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// points are the medians of a server's runs, by number of peers.
func (c chart) points(runs []run, server string) []point {
	values := map[float64][]float64{}
	for _, r := range runs {
		var n float64
		name, _ := r["case"].(string)
		number, kind, _ := strings.Cut(name, " ")
		v, ok := r[c.key].(float64)
		if _, err := fmt.Sscan(number, &n); err != nil || kind != c.kind || !ok || r["server"] != server {
			continue
		}
		values[n] = append(values[n], v*c.scale)
	}
	var list []point
	for n, v := range values {
		slices.Sort(v)
		list = append(list, point{n, (v[(len(v)-1)/2] + v[len(v)/2]) / 2})
	}
	slices.SortFunc(list, func(a, b point) int { return int(a.n - b.n) })
	return list
}
