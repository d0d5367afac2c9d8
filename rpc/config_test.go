package rpc_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"crosspeer"
	"crosspeer/link/memlink"
	"crosspeer/rpc"
)

func TestConfigSaysWhatIsWrong(t *testing.T) {
	for _, tt := range []struct {
		cfg  rpc.Config
		want string
	}{
		{rpc.Config{Root: "World"}, `Config.Root is "World", want an absolute path`},
		{rpc.Config{Root: "/other"}, `Config.Root is "/other"`},
		{rpc.Config{Root: "/root/../x"}, "Config.Root"},
		{rpc.Config{MaxPaths: -1}, "Config.MaxPaths is -1, want 0 for the default or 1 to 16777216"},
		{rpc.Config{MaxPaths: 1<<24 + 1}, "Config.MaxPaths"},
		{rpc.Config{MaxDepth: -1}, "Config.MaxDepth"},
		{rpc.Config{MaxBytes: -1}, "Config.MaxBytes"},
		{rpc.Config{MaxElements: -1}, "Config.MaxElements"},
	} {
		if _, err := rpc.New(new(crosspeer.Peer), &tt.cfg); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: %v, want %q", tt.cfg, err, tt.want)
		}
	}
	both := rpc.Config{Root: "x", MaxPaths: -1}
	if err := both.Validate(); !strings.Contains(err.Error(), "Root") || !strings.Contains(err.Error(), "MaxPaths") {
		t.Errorf("not all of it: %v", err)
	}
}

// TestTheLogCannotBeFlooded: ten lines a second, and then how many were left
// out.
func TestTheLogCannotBeFlooded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := memlink.New()
		srv, err := crosspeer.Listen(t.Context(), nil, n.Listen())
		ok(t, err)
		defer srv.Close()
		cli, err := crosspeer.Dial(t.Context(), nil, n.DialAs(2))
		ok(t, err)
		defer cli.Close()
		var out bytes.Buffer
		a, err := rpc.New(srv, &rpc.Config{Log: slog.New(slog.NewTextHandler(&out, nil))})
		ok(t, err)
		garbage := func(packets int) []string {
			out.Reset()
			for range packets {
				ok(t, cli.Send(crosspeer.Packet{To: 1, Mode: crosspeer.Reliable, Data: []byte{0, 9, 0, 0, 0, 'f', 0, 0}}))
			}
			synctest.Wait()
			ok(t, a.Poll())
			return strings.Split(strings.TrimSpace(out.String()), "\n")
		}
		lines := garbage(1000)
		if len(lines) != 10 || !strings.Contains(lines[0], "from=2") || !strings.Contains(lines[0], "number 9") {
			t.Errorf("%d lines, the first %s", len(lines), lines[0])
		}
		<-time.After(time.Second) // of the bubble's clock
		if lines := garbage(2); len(lines) != 2 || !strings.Contains(lines[0], "left_out=990") || strings.Contains(lines[1], "left_out") {
			t.Errorf("then %q", lines)
		}
		if s := a.Stats(); s.UnknownPath != 1002 {
			t.Errorf("%+v", s)
		}
	})
}

func TestLimitsOfArguments(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := games(t, 1, rpc.Config{})
		strict, err := rpc.New(all[0].Peer(), &rpc.Config{MaxElements: 3, OnError: func(err *rpc.Error) { all[0].errors = append(all[0].errors, err) }})
		ok(t, err)
		n, err := strict.Node("N")
		ok(t, err)
		calls := 0
		ok(t, n.Func("f", func(any) { calls++ }, rpc.Remote))
		all[0].API = strict
		ok(t, all[1].Call(1, "N", "f", []any{1, 2, 3}))
		ok(t, all[1].Call(1, "N", "f", []any{1, 2, 3, 4}))
		settle(all...)
		is(t, "four elements", all[0].failed(1)[0], rpc.ErrArguments)
		if calls != 1 {
			t.Errorf("%d calls", calls)
		}
	})
}
