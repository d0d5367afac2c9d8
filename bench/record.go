package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"runtime"
	"time"
)

// record is the file with one line of JSON per run. A nil record takes
// everything and writes nothing.
type record struct {
	file *os.File
	json *json.Encoder
}

func openRecord(dir string) (*record, error) {
	if dir == "" {
		return nil, nil
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	file, err := os.CreateTemp(dir, time.Now().UTC().Format("20060102-150405")+"-*.jsonl")
	if err != nil {
		return nil, err
	}
	return &record{file: file, json: json.NewEncoder(file)}, nil
}

func (r *record) add(suite, name, server string, rep int, run result, err error) error {
	if r == nil {
		return nil
	}
	line := result{
		"suite": suite, "case": name, "server": server, "rep": rep + 1,
		"time": time.Now().UTC().Format(time.RFC3339), "go": runtime.Version(), "cpus": runtime.NumCPU(),
	}
	maps.Copy(line, run)
	if err != nil {
		line["error"] = err.Error()
	}
	return r.json.Encode(line)
}

// mention is a sentence about where the lines are.
func (r *record) mention() string {
	if r == nil {
		return ""
	}
	return fmt.Sprintf(" All runs: %s", r.file.Name())
}

// close may be called again.
func (r *record) close() error {
	if r == nil || r.file == nil {
		return nil
	}
	err := r.file.Close()
	r.file = nil
	return err
}
