package rpc_test

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"

	"crosspeer"
	"crosspeer/link/memlink"
	"crosspeer/rpc"
)

// game is a peer of a session inside the process, and what happened at its
// nodes.
type game struct {
	t testing.TB
	*rpc.API
	id     crosspeer.PeerID
	calls  []string
	errors []*rpc.Error
}

// games makes a server and clients, with the same configuration, who have
// heard of each other. Clients have ids from 2.
func games(t testing.TB, clients int, cfg rpc.Config) []*game {
	t.Helper()
	n := memlink.New()
	srv, err := crosspeer.Listen(t.Context(), nil, n.Listen())
	if err != nil {
		t.Fatal(err)
	}
	list := []*game{newGame(t, srv, cfg)}
	for i := range clients {
		p, err := crosspeer.Dial(t.Context(), nil, n.DialAs(crosspeer.PeerID(i+2)))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, newGame(t, p, cfg))
	}
	settle(list...)
	return list
}

func newGame(t testing.TB, p *crosspeer.Peer, cfg rpc.Config) *game {
	t.Helper()
	t.Cleanup(func() { p.Close() })
	g := &game{t: t, id: p.UniqueID()}
	cfg.OnError = func(err *rpc.Error) { g.errors = append(g.errors, err) }
	var err error
	if g.API, err = rpc.New(p, &cfg); err != nil {
		t.Fatal(err)
	}
	return g
}

// settle lets all games handle what has come, and what comes of that. It works
// in a bubble of synctest.
func settle(list ...*game) {
	for busy := true; busy; {
		synctest.Wait()
		busy = false
		for _, g := range list {
			for g.Peer().Pending() > 0 {
				busy = true
				g.Poll()
			}
		}
	}
}

// node registers a node whose methods note their calls.
func (g *game) node(path string, methods map[string]rpc.Mode) *rpc.Node {
	g.t.Helper()
	n, err := g.Node(path)
	if err != nil {
		g.t.Fatal(err)
	}
	for name, mode := range methods {
		err := n.Func(name, func(c rpc.Caller, args ...any) {
			where := ""
			if c.Local {
				where = " here"
			}
			g.calls = append(g.calls, fmt.Sprintf("%s.%s%v by %d%s", c.Node.Path(), c.Name, args, c.ID, where))
		}, mode)
		if err != nil {
			g.t.Fatal(err)
		}
	}
	return n
}

// took gives what was called since it was last asked.
func (g *game) took() string {
	calls := g.calls
	g.calls = nil
	return fmt.Sprint(calls)
}

// failed gives the errors since it was last asked, of which there must be n.
func (g *game) failed(n int) []*rpc.Error {
	g.t.Helper()
	list := g.errors
	g.errors = nil
	if len(list) != n {
		g.t.Fatalf("%d errors, want %d: %v", len(list), n, list)
	}
	return list
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func is(t testing.TB, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) || err == nil {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
}

func same(t testing.TB, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %s, want %s", what, got, want)
	}
}
