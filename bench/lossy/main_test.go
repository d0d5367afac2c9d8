package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/netip"
	"strings"
	"testing"
	"time"

	"crosspeer/internal/lossyproxy"
	"crosspeer/internal/simnet"
)

func TestFlagsBecomeConditions(t *testing.T) {
	config, limit, err := parse(strings.Fields("-listen 127.0.0.1:5 -target 127.0.0.1:6 -seed 9 -loss 0.1 -delay 20ms -jitter 5ms "+
		"-dup 0.2 -reorder 0.3 -reorder-delay 7ms -dir down -limit 3s"), &bytes.Buffer{})
	if err != nil {
		t.Fatal(err)
	}
	want := simnet.Conditions{Loss: 0.1, Delay: 20 * time.Millisecond, Jitter: 5 * time.Millisecond,
		Duplicate: 0.2, Reorder: 0.3, ReorderDelay: 7 * time.Millisecond}
	same := func(a, b simnet.Conditions) bool {
		return a.Loss == b.Loss && a.Delay == b.Delay && a.Jitter == b.Jitter && a.Duplicate == b.Duplicate &&
			a.Reorder == b.Reorder && a.ReorderDelay == b.ReorderDelay
	}
	if !same(config.Down, want) || !same(config.Up, simnet.Conditions{}) {
		t.Errorf("up %+v, down %+v", config.Up, config.Down)
	}
	if config.Listen.Port() != 5 || config.Target.Port() != 6 || config.Seed != 9 || limit != 3*time.Second {
		t.Errorf("%+v, limit %v", config, limit)
	}
}

func TestTheTotalsComeAtTheEnd(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out bytes.Buffer
	if err := run(ctx, []string{"-target", netip.MustParseAddrPort("127.0.0.1:9").String()}, &out); err != nil {
		t.Fatal(err)
	}
	var stats lossyproxy.Stats
	if err := json.Unmarshal(out.Bytes(), &stats); err != nil || bytes.Count(out.Bytes(), []byte("\n")) != 1 {
		t.Errorf("%q: %v", out.String(), err)
	}
}

func TestWrongFlagsAreRefused(t *testing.T) {
	for _, args := range []string{"", "-target 127.0.0.1:9 -dir sideways", "-target 127.0.0.1:9 -loss 2", "-target 127.0.0.1:9 stray",
		"-target here", "-no-such-flag"} {
		if err := run(t.Context(), strings.Fields(args), &bytes.Buffer{}); err == nil {
			t.Errorf("%q: no error", args)
		}
	}
}
