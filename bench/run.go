package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"
)

// result is the line of JSON that the load generator prints, with what the
// driver adds.
type result map[string]any

// server is a server under test.
type server struct {
	name     string
	template []string
}

// parseServer reads name=command with its fields; see the package comment.
func parseServer(spec string) (server, error) {
	name, command, ok := strings.Cut(spec, "=")
	s := server{name: name, template: strings.Fields(command)}
	if !ok || name == "" || len(s.template) == 0 {
		return server{}, fmt.Errorf("%q: want name=command with {port}, {mode}, {max} and {extra}", spec)
	}
	for _, field := range []string{"{port}", "{mode}", "{max}", "{extra}"} {
		if !strings.Contains(command, field) {
			return server{}, fmt.Errorf("%q lacks %s", spec, field)
		}
	}
	return s, nil
}

// command fills in the fields. A word {extra} becomes any number of words.
func (s server) command(port int, c testCase) []string {
	fields := strings.NewReplacer("{port}", strconv.Itoa(port), "{mode}", c.mode, "{max}", strconv.Itoa(c.maxPeers),
		"{extra}", strings.Join(c.extra, " "))
	var words []string
	for _, word := range s.template {
		if word == "{extra}" {
			words = append(words, c.extra...)
			continue
		}
		words = append(words, fields.Replace(word))
	}
	return words
}

// bench is where and how the cases are run.
type bench struct {
	bin                string   // directory of enetload and lossy
	serverCPU, loadCPU int      // negative: anywhere
	nice               int      // of server and load
	seed               int      // of the proxy
	options            []string // of the load generator, after those of a case
}

// place makes a command that runs another one on a processor and with the
// niceness of the bench. Both helpers become the command, so it has their id.
func (b bench) place(cpu int, command ...string) []string {
	var words []string
	if b.nice != 0 {
		words = argv("nice", "-n", b.nice)
	}
	if cpu >= 0 {
		words = append(words, argv("taskset", "-c", cpu)...)
	}
	return append(words, command...)
}

// startup is how long a server may take until it listens.
const startup = 10 * time.Second

// run runs one case against a new process of a server.
func (b bench) run(ctx context.Context, s server, c testCase) (r result, err error) {
	limit := c.limit
	if limit == 0 {
		limit = 40 * time.Second
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()

	port, err := freePort()
	if err != nil {
		return nil, err
	}
	if c.anywhere {
		b.serverCPU, b.loadCPU = -1, -1
	}
	target, err := startProcess(ctx, s.name, b.place(b.serverCPU, s.command(port, c)...))
	if err != nil {
		return nil, err
	}
	defer func() {
		line, stopErr := target.stop()
		err = errors.Join(err, stopErr)
		addObject(r, "server_exit", line)
	}()
	if err := target.waitForPort(port, startup); err != nil {
		return nil, err
	}
	load := append(argv("--port", port, "--server-pid", target.cmd.Process.Pid), c.load...)
	if c.lossy == nil {
		return b.load(ctx, load)
	}

	front, err := freePort()
	if err != nil {
		return nil, err
	}
	proxy, err := startProcess(ctx, "lossy", b.place(b.loadCPU, b.lossyCommand(front, port, c)...))
	if err != nil {
		return nil, err
	}
	defer func() {
		line, stopErr := proxy.stop()
		err = errors.Join(err, stopErr)
		addObject(r, "proxy", line)
		addProxyFigures(r)
	}()
	if err := proxy.waitForPort(front, startup); err != nil {
		return nil, err
	}
	return b.load(ctx, append(load, argv("--rx-port", front)...))
}

func (b bench) lossyCommand(front, port int, c testCase) []string {
	return slices.Concat([]string{b.bin + "/lossy"}, c.lossy,
		argv("-listen", fmt.Sprint("127.0.0.1:", front), "-target", fmt.Sprint("127.0.0.1:", port), "-seed", b.seed))
}

// load runs the load generator to its end.
func (b bench) load(ctx context.Context, options []string) (result, error) {
	command := b.place(b.loadCPU, slices.Concat([]string{b.bin + "/enetload"}, options, b.options)...)
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	var stderr tail
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if ctx.Err() != nil {
		return nil, fmt.Errorf("the load generator was stopped: %w", ctx.Err())
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, stderr.lastLine())
	}
	var r result
	if err := json.Unmarshal(out, &r); err != nil {
		return nil, fmt.Errorf("output of the load generator: %w", err)
	}
	return r, nil
}

// addObject adds the line if there is a result and the line is a JSON object:
// a server is free to print one at its end, or something else.
func addObject(r result, key, line string) {
	var object map[string]any
	if r != nil && json.Unmarshal([]byte(line), &object) == nil {
		r[key] = object
	}
}

// addProxyFigures lifts the figures of the proxy that a table shows.
func addProxyFigures(r result) {
	proxy, _ := r["proxy"].(map[string]any)
	down, _ := proxy["down"].(map[string]any)
	if sent, ok := down["sent"].(float64); ok {
		r["proxy_down_sent"] = sent
	}
}
