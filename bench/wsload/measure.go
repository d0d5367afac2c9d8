package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// reading is the processor time that a process has used at a moment.
type reading struct {
	at  time.Time
	cpu time.Duration
}

// read sums up the run times of all threads as the scheduler counts them.
func read(pid int) reading {
	r := reading{at: time.Now()}
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	for _, file := range threads {
		if b, err := os.ReadFile(file); err == nil {
			ns, _ := strconv.ParseInt(strings.Fields(string(b))[0], 10, 64)
			r.cpu += time.Duration(ns)
		}
	}
	return r
}

// report writes what was used between two readings.
func (r reading) report(line map[string]any, last reading) {
	used, wall := (last.cpu - r.cpu).Seconds(), last.at.Sub(r.at).Seconds()
	line["window_s"], line["server_cpu_s"], line["server_util"] = wall, used, used/wall
}

// memoryKB is a process's resident memory, 0 if it is not known.
func memoryKB(pid int) int64 {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for line := range strings.Lines(string(b)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "VmRSS:" {
			kb, _ := strconv.ParseInt(f[1], 10, 64)
			return kb
		}
	}
	return 0
}
