// Lossy is a UDP proxy that loses, delays, reorders and duplicates datagrams,
// in front of a server of the benchmark. On its end it prints one line of JSON
// with its totals to standard error.
//
//	lossy -listen 127.0.0.1:23101 -target 127.0.0.1:23100 -loss 0.05 -delay 20ms -jitter 5ms
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/signal"
	"syscall"
	"time"

	"crosspeer/internal/lossyproxy"
	"crosspeer/internal/simnet"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stderr)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "lossy:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	config, limit, err := parse(args, out)
	if err != nil {
		return err
	}
	proxy, err := lossyproxy.Start(config)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	<-ctx.Done()
	if err := proxy.Close(); err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(proxy.Stats())
}

func parse(args []string, out io.Writer) (lossyproxy.Config, time.Duration, error) {
	var (
		config lossyproxy.Config
		c      simnet.Conditions
		none   lossyproxy.Config
	)
	flags := flag.NewFlagSet("lossy", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // an error is told once, by main
	flags.TextVar(&config.Listen, "listen", netip.MustParseAddrPort("127.0.0.1:0"), "address for clients")
	flags.TextVar(&config.Target, "target", netip.AddrPort{}, "address of the server")
	flags.Uint64Var(&config.Seed, "seed", 1, "seed of the random numbers")
	flags.Float64Var(&c.Loss, "loss", 0, "share of datagrams lost, 0 to 1")
	flags.DurationVar(&c.Delay, "delay", 0, "one-way delay")
	flags.DurationVar(&c.Jitter, "jitter", 0, "the delay varies by up to this, both ways")
	flags.Float64Var(&c.Duplicate, "dup", 0, "share of datagrams duplicated")
	flags.Float64Var(&c.Reorder, "reorder", 0, "share of datagrams held back")
	flags.DurationVar(&c.ReorderDelay, "reorder-delay", simnet.DefaultReorderDelay, "for how long they are")
	direction := flags.String("dir", "both", "direction of all this: both, up (to the server) or down")
	limit := flags.Duration("limit", 10*time.Minute, "end after this time at the latest")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			flags.SetOutput(out)
			flags.Usage()
		}
		return none, 0, err
	}
	if flags.NArg() > 0 {
		return none, 0, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	switch *direction {
	case "both":
		config.Up, config.Down = c, c
	case "up":
		config.Up = c
	case "down":
		config.Down = c
	default:
		return none, 0, fmt.Errorf("-dir %q: want both, up or down", *direction)
	}
	return config, *limit, nil
}
