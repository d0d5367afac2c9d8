// Wsload is the load generator for relays over WebSocket: one sender, N
// receivers, frames made by hand on plain TCP, so that the same clients drive
// any server. It prints one line of JSON, with the names that enetload uses.
//
//	wsload -port 23100 -server-pid 77 -n 32 -rate 500
//	wsload -port 23100 -server-pid 77 -n 1000 -idle
//
// Clients are those of a Godot 3.2 session: they wait for their id, and the
// messages have Godot's header of 9 bytes. With -plain there are no ids, the
// sender asks for /s and the receivers for /r, and what the sender sends comes
// to all receivers unchanged; the bytes of a message are the same.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"time"
)

// options are the command line.
type options struct {
	port, pid          int
	n, inflight, bytes int
	rate               float64
	secs               float64
	warmup, settle     float64
	idle, plain        bool
}

func main() {
	var o options
	flag.IntVar(&o.port, "port", 23100, "TCP port of the server on 127.0.0.1")
	flag.IntVar(&o.pid, "server-pid", 0, "process to measure")
	flag.IntVar(&o.n, "n", 32, "receivers")
	flag.IntVar(&o.bytes, "payload", 64, "bytes of a message behind the header")
	flag.IntVar(&o.inflight, "inflight", 1, "window of the closed loop")
	flag.Float64Var(&o.rate, "rate", 0, "messages per second; 0: closed loop")
	flag.Float64Var(&o.secs, "secs", 2, "measured window in seconds")
	flag.Float64Var(&o.warmup, "warmup", 0.4, "seconds before it")
	flag.Float64Var(&o.settle, "settle", 0.3, "seconds between the last connect and the first message")
	flag.BoolVar(&o.idle, "idle", false, "connect the receivers and send nothing")
	flag.BoolVar(&o.plain, "plain", false, "no session: paths /s and /r, no ids")
	flag.Parse()
	line, err := run(o)
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(line)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "wsload:", err)
		os.Exit(1)
	}
}

// seconds makes a duration of an option.
func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

func run(o options) (map[string]any, error) {
	if o.n < 1 || o.inflight < 1 || o.bytes < bodySize || o.rate < 0 {
		return nil, fmt.Errorf("-n %d -inflight %d -payload %d -rate %g: want 1, 1, %d and 0 or more", o.n, o.inflight, o.bytes, o.rate, bodySize)
	}
	before := memoryKB(o.pid)
	list := make([]*receiver, o.n)
	wake := make(chan struct{}, 1)
	for i := range list {
		c, err := dial(o, "/r")
		if err != nil {
			return nil, fmt.Errorf("client %d of %d: %w", i+1, o.n, err)
		}
		defer c.conn.Close()
		list[i] = &receiver{client: c, wake: wake}
	}
	time.Sleep(seconds(o.settle))
	connected := memoryKB(o.pid)
	line := map[string]any{"scenario": "relay", "n": o.n, "payload": o.bytes, "rate": o.rate, "inflight": o.inflight,
		"rss_before_kb": before, "rss_connected_kb": connected, "rss_kb_per_peer": float64(connected-before) / float64(o.n)}
	var err error
	if o.idle {
		line["scenario"] = "idle"
		first := read(o.pid)
		time.Sleep(seconds(o.secs))
		first.report(line, read(o.pid))
	} else {
		err = relay(o, list, wake, line)
	}
	line["rss_end_kb"] = memoryKB(o.pid)
	return line, err
}
