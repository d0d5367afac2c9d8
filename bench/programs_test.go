package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"crosspeer/interop/cenet"
)

// programs builds what the driver needs into a directory of the test.
func programs(t *testing.T) string {
	t.Helper()
	cenet.Find(t)
	dir := t.TempDir()
	out, err := exec.Command("make", "-C", "c", "BIN="+dir).CombinedOutput()
	if err != nil {
		t.Fatalf("make: %v\n%s", err, out)
	}
	if bytes.Contains(out, []byte("warning")) {
		t.Errorf("the compiler warns:\n%s", out)
	}
	return dir
}

// TestEverySuiteRuns runs the quick cases of all suites once against the
// reference server, with windows too short for figures that mean anything.
func TestEverySuiteRuns(t *testing.T) {
	bin, results := programs(t), t.TempDir()
	common := []string{"-quick", "-bin", bin, "-results", results, "-server-cpu", "-1", "-load-cpu", "-1",
		"-load", "--secs 0.2 --warmup 0.05 --settle 0.05",
		"-a", "one=" + bin + "/enetrelay --port {port} --mode {mode} --max-peers {max} {extra}"}
	for _, s := range suites {
		t.Run(s.name, func(t *testing.T) {
			var out, log bytes.Buffer
			if err := run(t.Context(), append(common, "-suite", s.name), &out, &log); err != nil {
				t.Fatalf("%v\n%s%s", err, &out, &log)
			}
			for _, c := range s.cases(true) {
				if !strings.Contains(out.String(), c.name) {
					t.Errorf("the table lacks %q:\n%s", c.name, &out)
				}
				for _, f := range c.figures {
					if !strings.Contains(out.String(), f.label) {
						t.Errorf("the table lacks %q", f.label)
					}
				}
			}
			if regexp.MustCompile(`(?m) -$`).MatchString(out.String()) {
				t.Errorf("a figure is missing:\n%s", &out)
			}
		})
	}
	checkRecords(t, results)
}

func TestTwoServersAreCompared(t *testing.T) {
	bin := programs(t)
	command := bin + "/enetrelay --port {port} --mode {mode} --max-peers {max} {extra}"
	var out bytes.Buffer
	err := run(t.Context(), []string{"-suite", "bulk", "-quick", "-reps", "2", "-markdown", "-bin", bin, "-results", "",
		"-load", "--settle 0.05",
		"-server-cpu", "-1", "-load-cpu", "-1", "-a", "one=" + command, "-b", "two=" + command,
		"-base", "old=sh -c false {port}{mode}{max}{extra}"}, &out, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	ratio := regexp.MustCompile(`(?m)^\| bulk-up 16 outstanding \| CPU s/GB \|.*\| - \| ([0-9.]+) \([0-9.]+-[0-9.]+\) \| - \|$`).FindStringSubmatch(out.String())
	if ratio == nil {
		t.Fatalf("no ratio in\n%s", &out)
	}
	if !strings.Contains(out.String(), "old: run 2 failed: ") {
		t.Errorf("the third server's failure is not told:\n%s", &out)
	}
	// The same server on both sides, on a machine that may be busy.
	if v, err := strconv.ParseFloat(ratio[1], 64); err != nil || v < 1.0/3 || v > 3 {
		t.Errorf("the ratio of a server with itself is %s\n%s", ratio[1], &out)
	}
}

// checkRecords reads the lines of JSON of the runs.
func checkRecords(t *testing.T, dir string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.jsonl"))
	if err != nil || len(files) != len(suites) {
		t.Fatalf("%d files, %v", len(files), err)
	}
	runs := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(text) {
			var r result
			if err := json.Unmarshal(line, &r); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			runs++
			for _, key := range []string{"suite", "case", "server", "rep", "time", "server_cpu_s", "rss_end_kb", "server_exit"} {
				if r[key] == nil {
					t.Errorf("%v, %v has no %s", r["suite"], r["case"], key)
				}
			}
			if wrong, _ := r["wrong"].(float64); wrong != 0 {
				t.Errorf("%v, %v: %v messages wrong", r["suite"], r["case"], wrong)
			}
		}
	}
	want := 0
	for _, s := range suites {
		want += len(s.cases(true))
	}
	if runs != want {
		t.Errorf("%d runs are recorded, want %d", runs, want)
	}
}

// TestTheLoadGeneratorNoticesAWrongServer runs it against servers in another
// mode than it needs.
func TestTheLoadGeneratorNoticesAWrongServer(t *testing.T) {
	bin := programs(t)
	s, err := parseServer(fmt.Sprintf("c=%s/enetrelay --port {port} --mode {mode} --max-peers {max} {extra}", bin))
	if err != nil {
		t.Fatal(err)
	}
	b := bench{bin: bin, serverCPU: -1, loadCPU: -1}
	for _, c := range []struct {
		name, mode string
		peers      int
		load       []string
		want       string
	}{
		{"nothing is relayed", "sink", 8, argv("--scenario", "relay", "--n", 2, "--secs", 0.2, "--drain", 0.1), "none of"},
		{"no snapshots", "sink", 8, argv("--scenario", "tick", "--n", 2, "--secs", 0.2), "no snapshots"},
		{"too few slots", "relay", 2, argv("--scenario", "relay", "--n", 3, "--connect-timeout", 0.5), "2 of 4 connected"},
		{"wrong option", "relay", 2, argv("--scenario", "dance"), "unknown scenario"},
		{"no number", "relay", 2, argv("--n", "x"), "not a number"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := b.run(t.Context(), s, testCase{mode: c.mode, maxPeers: c.peers, load: c.load})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
	t.Run("echoes where a relay is wanted", func(t *testing.T) {
		r, err := b.run(t.Context(), s, testCase{mode: "echo", maxPeers: 8, load: argv("--scenario", "mesh", "--n", 2, "--rate", 50, "--secs", 0.2)})
		if err != nil || len(doubts(r)) == 0 {
			t.Errorf("%v, %v", r, err)
		}
	})
}
