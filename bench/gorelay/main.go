// Command gorelay is the Go server under test of the benchmark: package enet
// alone, or with --godot3 a whole session. See bench/doc.go for what the modes
// do.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// options are the command line.
type options struct {
	port     int
	mode     string
	maxPeers int
	godot3   bool
	ws       bool
	tickHz   int
	snapshot int
	sockets  int
	delay    time.Duration
}

func main() {
	var o options
	flag.IntVar(&o.port, "port", 23100, "UDP port on 127.0.0.1")
	flag.StringVar(&o.mode, "mode", "relay", "relay, echo, sink, tick or source")
	flag.IntVar(&o.maxPeers, "max-peers", 32, "most peers")
	flag.BoolVar(&o.godot3, "godot3", false, "speak Godot 3's framing, as a session does")
	flag.BoolVar(&o.ws, "ws", false, "relay over WebSocket, as a session does")
	flag.IntVar(&o.tickHz, "tick-hz", 20, "snapshots per second in mode tick")
	flag.IntVar(&o.snapshot, "snapshot", 512, "bytes of a snapshot")
	flag.IntVar(&o.sockets, "sockets", 1, "sockets on the port, each with a goroutine of its own")
	flag.DurationVar(&o.delay, "flush-delay", 0, "least time between flushes")
	pollHz := flag.Int("poll-hz", 0, "not supported: this server is driven by events")
	flag.Parse()
	if *pollHz != 0 {
		fail(fmt.Errorf("--poll-hz is not supported"))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	run := plain
	if o.godot3 {
		run = godot3
	}
	if o.ws {
		run = webSocket
	}
	if err := run(ctx, o); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "gorelay:", err)
	os.Exit(1)
}
