package rpc_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"

	"crosspeer"
	"crosspeer/link/memlink"
	"crosspeer/rpc"
)

// TestTheNextSessionBeginsAnew holds that nobody is called by a number that
// only a former session knew.
func TestTheNextSessionBeginsAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := memlink.New()
		p, err := crosspeer.Listen(t.Context(), nil, n.Listen())
		ok(t, err)
		srv := newGame(t, p, rpc.Config{})
		for session := range 2 {
			if session > 0 {
				ok(t, p.Close())
				if err := srv.Poll(); !errors.Is(err, crosspeer.ErrClosed) {
					t.Errorf("poll after the session: %v", err)
				}
				ok(t, p.Listen(t.Context(), n.Listen()))
			}
			c, err := crosspeer.Dial(t.Context(), nil, n.DialAs(5))
			ok(t, err)
			cli := newGame(t, c, rpc.Config{})
			cli.node("N", map[string]rpc.Mode{"f": rpc.Remote})
			for range 2 {
				ok(t, srv.Call(5, "N", "f"))
				settle(srv, cli)
			}
			same(t, fmt.Sprintf("session %d", session+1), cli.took(), "[N.f[] by 1 N.f[] by 1]")
			cli.failed(0)
			srv.failed(0)
			ok(t, c.Close())
		}
	})
}

func TestRunEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := games(t, 0, rpc.Config{})
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		is(t, "context", all[0].Run(ctx), context.Canceled)
		ok(t, all[0].Peer().Close())
		is(t, "session", all[0].Run(t.Context()), crosspeer.ErrClosed)
	})
}

// TestPollLeavesWhatComesMeanwhile holds that two games which answer each
// other do not keep a tick for ever.
func TestPollLeavesWhatComesMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := games(t, 1, rpc.Config{})
		for i, g := range all {
			n := g.node("N", nil)
			ok(t, n.Func("f", func(c rpc.Caller) {
				g.calls = append(g.calls, "f")
				ok(t, n.Call(c.ID, "f"))
				all[1-i].Poll() // another goroutine's
			}, rpc.Remote))
		}
		ok(t, all[0].Call(2, "N", "f"))
		for range 4 {
			before := len(all[1].calls)
			all[1].Poll()
			if n := len(all[1].calls) - before; n > 1 {
				t.Fatalf("%d calls in one tick", n)
			}
		}
	})
}

// TestACallLeavesTheSettersAlone: those of Godot's interface, which are for
// PutPacket.
func TestACallLeavesTheSettersAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := games(t, 1, rpc.Config{})
		p := all[0].Peer()
		p.SetTransferMode(crosspeer.UnreliableOrdered)
		p.SetTargetPeer(2)
		ok(t, all[0].Call(crosspeer.TargetBroadcast, "N", "f"))
		ok(t, all[0].SendBytes(-2, crosspeer.Unreliable, []byte{1}))
		if p.TransferMode() != crosspeer.UnreliableOrdered {
			t.Errorf("the transfer mode is %v", p.TransferMode())
		}
		ok(t, p.PutPacket([]byte{4, 7}))
		var got []string
		all[1].OnPeerPacket(func(from crosspeer.PeerID, data []byte) { got = append(got, fmt.Sprint(data)) })
		settle(all...)
		if fmt.Sprint(got) != "[[7]]" {
			t.Errorf("got %v", got)
		}
	})
}

func TestAfterTheServerHasGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := games(t, 1, rpc.Config{})
		cli := all[1]
		lost := 0
		cli.Peer().OnServerDisconnected(func() { lost++ })
		ok(t, all[0].Peer().Close())
		synctest.Wait()
		for err := error(nil); err == nil; {
			err = cli.Poll()
		}
		is(t, "a call", cli.Call(1, "N", "f"), crosspeer.ErrNotConnected)
		if ids := cli.Peer().Peers(); lost != 1 || len(ids) != 0 {
			t.Errorf("lost %d times, peers %v", lost, ids)
		}
	})
}

// TestCallsFromManyGoroutines: each arrives once, in its goroutine's order.
func TestCallsFromManyGoroutines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const callers, each = 8, 50
		all := games(t, 2, rpc.Config{})
		next := [3][callers]int{}
		for i, g := range all {
			n := g.node("N", nil)
			ok(t, n.Func("f", func(by, serial int) {
				if next[i][by] != serial {
					t.Errorf("at %d: call %d of %d, want %d", g.id, serial, by, next[i][by])
				}
				next[i][by]++
			}, rpc.Remote))
		}
		for by := range callers {
			go func() {
				for serial := range each {
					if err := all[0].Call(crosspeer.TargetBroadcast, "N", "f", by, serial); err != nil {
						t.Error(err)
					}
				}
			}()
		}
		settle(all...)
		for _, i := range []int{1, 2} {
			for by, n := range next[i] {
				if n != each {
					t.Errorf("at %d: %d calls of %d, want %d", all[i].id, n, by, each)
				}
			}
			all[i].failed(0)
		}
	})
}

// TestAPeerThatComesBackAtOnceIsAnnouncedTo, also before anybody has read that
// it left.
func TestAPeerThatComesBackAtOnceIsAnnouncedTo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := memlink.New()
		p, err := crosspeer.Listen(t.Context(), nil, n.Listen())
		ok(t, err)
		srv := newGame(t, p, rpc.Config{})
		for round := range 3 {
			c, err := crosspeer.Dial(t.Context(), nil, n.DialAs(5))
			ok(t, err)
			cli := newGame(t, c, rpc.Config{})
			cli.node("N", map[string]rpc.Mode{"f": rpc.Remote})
			synctest.Wait()
			ok(t, srv.Call(5, "N", "f")) // what happened before was not polled
			settle(cli)
			same(t, fmt.Sprintf("round %d", round), cli.took(), "[N.f[] by 1]")
			cli.failed(0)
			settle(srv, cli)
			ok(t, srv.Call(5, "N", "f"))
			settle(srv, cli)
			same(t, fmt.Sprintf("round %d, confirmed", round), cli.took(), "[N.f[] by 1]")
			ok(t, c.Close())
			synctest.Wait()
		}
	})
}

// TestAFunctionsErrorIsItsOwn whatever it wraps.
func TestAFunctionsErrorIsItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := games(t, 1, rpc.Config{})
		n := all[0].node("N", nil)
		causes := []error{crosspeer.ErrUnknownPeer, crosspeer.ErrNotConnected, rpc.ErrRefused, rpc.ErrArguments, rpc.ErrMalformed}
		for i, cause := range causes {
			ok(t, n.Func(fmt.Sprint("f", i), func() error { return cause }, rpc.Remote))
			ok(t, all[1].Call(1, "N", fmt.Sprint("f", i)))
			settle(all...)
			is(t, cause.Error(), all[0].failed(1)[0], cause)
		}
		if s := all[0].Stats(); s != (rpc.Stats{Failed: uint64(len(causes))}) {
			t.Errorf("%+v", s)
		}
	})
}

// TestWhatIsReadAfterTheEnd is checked as it would have been before.
func TestWhatIsReadAfterTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := games(t, 1, rpc.Config{})
		n := all[0].node("N", map[string]rpc.Mode{"f": rpc.Master})
		if !n.IsMaster() {
			t.Error("the server is not the master")
		}
		ok(t, all[1].Call(1, "N", "f"))
		synctest.Wait()
		ok(t, all[0].Peer().Shutdown(t.Context()))
		for err := error(nil); err == nil; {
			err = all[0].Poll()
		}
		same(t, "calls", all[0].took(), "[N.f[] by 2]")
		all[0].failed(0)
	})
}

// inquisitive is an argument that looks at the node that it is sent from.
type inquisitive struct{ n *rpc.Node }

func (i inquisitive) MarshalVariant() (any, error) {
	return fmt.Sprintf("%s %d %v", i.n.Path(), i.n.Master(), i.n.IsMaster()), nil
}

func TestAnArgumentMayUseTheAPI(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := games(t, 1, rpc.Config{})
		n := all[0].node("N", nil)
		all[1].node("N", map[string]rpc.Mode{"f": rpc.Remote})
		ok(t, n.Call(2, "f", inquisitive{n}))
		settle(all...)
		same(t, "calls", all[1].took(), "[N.f[N 1 true] by 1]")
	})
}

// TestOnesOwnCallDoesNotNeedTheOthers: it runs also where sending fails, as in
// the engine.
func TestOnesOwnCallDoesNotNeedTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := games(t, 1, rpc.Config{})
		var v int
		n := all[0].node("N", map[string]rpc.Mode{"f": rpc.RemoteSync})
		ok(t, n.Var("v", &v, rpc.RemoteSync))
		is(t, "call", n.Call(-9, "f"), crosspeer.ErrUnknownPeer)
		is(t, "set", n.Set(-9, "v", 3), crosspeer.ErrUnknownPeer)
		same(t, "calls", all[0].took(), "[N.f[] by 1 here]")
		if v != 3 {
			t.Errorf("v is %d", v)
		}
		if s := all[0].Stats(); s.Sent != 0 {
			t.Errorf("%+v", s)
		}
	})
}
