package rpc_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"crosspeer"
	"crosspeer/rpc"
	"crosspeer/variant"
)

func TestACallReachesItsTargets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := games(t, 3, rpc.Config{})
		for _, g := range all {
			g.node("Main/Player", map[string]rpc.Mode{"f": rpc.Remote})
		}
		for _, tt := range []struct {
			from    int
			to      crosspeer.PeerID
			reaches []int
		}{
			{0, 0, []int{1, 2, 3}},
			{0, 3, []int{2}},
			{0, -3, []int{1, 3}},
			{1, 0, []int{0, 2, 3}},
			{1, 1, []int{0}},
			{1, 4, []int{3}},
			{1, -1, []int{2, 3}},
			{1, -4, []int{0, 2}},
		} {
			for _, again := range []string{"first", "second"} { // with the path, and with its number
				from := all[tt.from]
				ok(t, from.Call(tt.to, "/root/Main/Player", "f", 7, "x"))
				settle(all...)
				for i, g := range all {
					want := "[]"
					for _, r := range tt.reaches {
						if r == i {
							want = fmt.Sprintf("[Main/Player.f[7 x] by %d]", from.id)
						}
					}
					same(t, fmt.Sprintf("%s call by %d to %d, at %d", again, from.id, tt.to, g.id), g.took(), want)
					g.failed(0)
				}
			}
		}
	})
}

// TestModes is the receiver's check and the sender's own call for each mode,
// with the server as master and with a client. Source: Godot 3.2.3,
// MultiplayerAPI.
func TestModes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, tt := range []struct {
			mode rpc.Mode

			// Who runs a call to all by the master, by peer 3, and by the master's
			// own client 2 when peer 3 is the master; M is the master, P the other of
			// the two, and a small letter is one's own call.
			byMaster, byPuppet string
		}{
			{rpc.Disabled, "", ""},
			{rpc.Remote, "P", "M"},
			{rpc.Master, "m", "M"},
			{rpc.Puppet, "P", "p"},
			{rpc.RemoteSync, "Pm", "Mp"},
			{rpc.MasterSync, "m", "Mp"},
			{rpc.PuppetSync, "Pm", "p"},
		} {
			for _, clientIsMaster := range []bool{false, true} {
				all := games(t, 1, rpc.Config{})
				master, puppet := all[0], all[1]
				if clientIsMaster {
					master, puppet = puppet, master
				}
				for _, g := range all {
					g.node("N", map[string]rpc.Mode{"f": tt.mode}).SetMaster(master.id, false)
				}
				run := func(by *game) (who string) {
					ok(t, by.Call(crosspeer.TargetBroadcast, "N", "f"))
					settle(all...)
					for _, g := range []*game{puppet, master} {
						name := "P"
						if g == master {
							name = "M"
						}
						switch g.took() {
						case fmt.Sprintf("[N.f[] by %d]", by.id):
							who += name
						case fmt.Sprintf("[N.f[] by %d here]", by.id):
							who += strings.ToLower(name)
						}
					}
					return who
				}
				if got := run(master); got != tt.byMaster {
					t.Errorf("%v, by the master (client: %v): %q, want %q", tt.mode, clientIsMaster, got, tt.byMaster)
				}
				got := run(puppet)
				if want := strings.NewReplacer("Mp", "pM").Replace(tt.byPuppet); got != want && got != tt.byPuppet {
					t.Errorf("%v, by the puppet (client is master: %v): %q, want %q", tt.mode, clientIsMaster, got, tt.byPuppet)
				}
			}
		}
	})
}

func TestWhatAPuppetIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := games(t, 2, rpc.Config{})
		n := all[0].node("N", map[string]rpc.Mode{"master": rpc.Master, "puppet": rpc.Puppet, "off": rpc.Disabled, "remote": rpc.Remote})
		n.SetMaster(2, false)
		for _, tt := range []struct{ name, words string }{
			{"master", "it is a master, and the node's master is 2"},
			{"puppet", "it is a puppet, and the node's master is 2"},
			{"off", "it is disabled"},
		} {
			ok(t, all[2].Call(crosspeer.TargetServer, "N", tt.name))
			settle(all...)
			err := all[0].failed(1)[0]
			is(t, tt.name, err, rpc.ErrRefused)
			if err.From != 3 || err.Path != "N" || err.Name != tt.name || err.Set || !strings.Contains(err.Error(), tt.words) {
				t.Errorf("%s: %#v, %v", tt.name, err, err)
			}
		}
		ok(t, all[1].Call(crosspeer.TargetServer, "N", "puppet"))
		settle(all...)
		same(t, "by the master", all[0].took(), "[N.puppet[] by 2]")
		if s := all[0].Stats(); s.Refused != 3 || s.Calls != 1 {
			t.Errorf("%+v", s)
		}
	})
}

func TestWhatComesToNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := games(t, 1, rpc.Config{MaxPaths: 2})
		srv, cli := all[0], all[1]
		n := srv.node("N", nil)
		var score int
		boom := errors.New("boom")
		ok(t, n.Func("two", func(a int, b string) {}, rpc.Remote))
		ok(t, n.Func("some", func(a int, rest ...string) {}, rpc.Remote))
		ok(t, n.Func("fails", func() error { return boom }, rpc.Remote))
		ok(t, n.Var("score", &score, rpc.Remote))
		for _, tt := range []struct {
			name  string
			send  func() error
			err   error
			words string
		}{
			{"no node", func() error { return cli.Call(1, "Nowhere", "f") }, rpc.ErrUnknownNode, `call of "f" at "Nowhere" from 2: rpc: unknown node`},
			{"no method", func() error { return cli.Call(1, "N", "g") }, rpc.ErrUnknownName, `call of "g" at "N" from 2: rpc: unknown name: the node has no such method`},
			{"no property", func() error { return cli.Set(1, "N", "two", 1) }, rpc.ErrUnknownName, `set of "two" at "N" from 2`},
			{"too few", func() error { return cli.Call(1, "N", "two", 1) }, rpc.ErrArguments, "1 of them, want 2"},
			{"too many", func() error { return cli.Call(1, "N", "two", 1, "a", nil) }, rpc.ErrArguments, "3 of them, want 2"},
			{"too few before the rest", func() error { return cli.Call(1, "N", "some") }, rpc.ErrArguments, "0 of them, want at least 1"},
			{"a wrong type", func() error { return cli.Call(1, "N", "two", 1, 2) }, rpc.ErrArguments, "number 2: "},
			{"a wrong type in the rest", func() error { return cli.Call(1, "N", "some", 1, "a", 2) }, rpc.ErrArguments, "number 3: "},
			{"a fraction for an int", func() error { return cli.Call(1, "N", "two", 1.5, "a") }, rpc.ErrArguments, "number 1: "},
			{"a wrong value", func() error { return cli.Set(1, "N", "score", "x") }, rpc.ErrArguments, "number 1: "},
			{"the function's error", func() error { return cli.Call(1, "N", "fails") }, boom, `call of "fails" at "N" from 2: boom`},
			{"bytes", func() error {
				return cli.Peer().Send(crosspeer.Packet{To: 1, Mode: crosspeer.Reliable, Data: []byte{4}})
			}, rpc.ErrMalformed, "packet from 2: rpc: malformed packet"},
			{"a number", func() error {
				return cli.Peer().Send(crosspeer.Packet{To: 1, Mode: crosspeer.Reliable, Data: []byte{0, 9, 0, 0, 0, 'f', 0, 0}})
			}, rpc.ErrUnknownPath, "number 9"},
		} {
			ok(t, tt.send())
			settle(all...)
			list := srv.failed(1)
			is(t, tt.name, list[0], tt.err)
			if !strings.Contains(list[0].Error(), tt.words) {
				t.Errorf("%s: %q, want %q in it", tt.name, list[0], tt.words)
			}
		}
		want := rpc.Stats{Malformed: 1, UnknownPath: 1, UnknownNode: 1, UnknownName: 2, BadArguments: 7, Failed: 1}
		if s := srv.Stats(); s != want {
			t.Errorf("%+v, want %+v", s, want)
		}
		if score != 0 {
			t.Errorf("score is %d", score)
		}
		ok(t, cli.Call(1, "A", "f"))
		settle(all...)
		is(t, "a third path", srv.failed(2)[0], rpc.ErrLimit)
		srv.node("A", map[string]rpc.Mode{"f": rpc.Remote})
		ok(t, cli.Call(1, "A", "f"))
		settle(all...)
		same(t, "with its path in full", srv.took(), "[A.f[] by 2]")
	})
}

func TestWhatCannotBeCalled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := games(t, 1, rpc.Config{})
		srv := all[0]
		many := make([]any, 256)
		for _, tt := range []struct {
			name string
			err  error
			want error
		}{
			{"an unknown peer", srv.Call(9, "N", "f"), crosspeer.ErrUnknownPeer},
			{"all but an unknown peer", srv.Call(-9, "N", "f"), crosspeer.ErrUnknownPeer},
			{"all but oneself", srv.Call(-1, "N", "f"), crosspeer.ErrUnknownPeer},
			{"oneself, without a node", srv.Call(1, "N", "f"), rpc.ErrNoLocalCall},
			{"no path", srv.Call(2, "", "f"), rpc.ErrPath},
			{"out of the tree", srv.Call(2, "../../x", "f"), rpc.ErrPath},
			{"no name", srv.Call(2, "N", ""), rpc.ErrName},
			{"one argument too many", srv.Call(2, "N", "f", many...), rpc.ErrTooManyArguments},
			{"a channel", srv.Call(2, "N", "f", make(chan int)), variant.ErrType},
			{"no bytes", srv.SendBytes(2, crosspeer.Reliable, nil), rpc.ErrEmpty},
			{"bytes to an unknown peer", srv.SendBytes(9, crosspeer.Reliable, []byte{1}), crosspeer.ErrUnknownPeer},
		} {
			is(t, tt.name, tt.err, tt.want)
		}
		settle(all...)
		all[1].failed(0)
		same(t, "at the client", all[1].took(), "[]")
		if s := srv.Stats(); s.Sent != 0 {
			t.Errorf("%+v", s)
		}
		srv.node("N", map[string]rpc.Mode{"f": rpc.Remote, "g": rpc.RemoteSync})
		is(t, "oneself, and only others may", srv.Call(1, "N", "f"), rpc.ErrNoLocalCall)
		ok(t, srv.Call(1, "N", "g"))
		same(t, "oneself", srv.took(), "[N.g[] by 1 here]")
		settle(all...)
		all[1].failed(0)

		alone, err := rpc.New(new(crosspeer.Peer), nil)
		ok(t, err)
		is(t, "in no session", alone.Call(0, "N", "f"), crosspeer.ErrNotConnected)
		is(t, "in no session, bytes", alone.SendBytes(0, crosspeer.Reliable, []byte{1}), crosspeer.ErrNotConnected)
		is(t, "in no session, poll", alone.Poll(), crosspeer.ErrNotConnected)
	})
}

func TestSets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type player struct {
			Position variant.Vector2 `rpc:",remotesync"`
			Name     string          `rpc:"player_name,puppet"`
		}
		all := games(t, 2, rpc.Config{})
		players := make([]player, 3)
		for i, g := range all {
			_, err := g.Register("P", &players[i])
			ok(t, err)
		}
		ok(t, all[1].Set(crosspeer.TargetBroadcast, "P", "position", variant.Vector2{X: 1, Y: 2}))
		ok(t, all[0].Set(crosspeer.AllExcept(2), "P", "player_name", "Ann"))
		settle(all...)
		if got, want := fmt.Sprint(players), "[{Vector2(1, 2) } {Vector2(1, 2) } {Vector2(1, 2) Ann}]"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		ok(t, all[0].SetUnreliable(2, "P", "position", variant.Vector2{X: 3}))
		settle(all...)
		if players[1].Position.X != 3 || all[1].Stats().Sets != 2-1 {
			t.Errorf("%v, %+v", players[1], all[1].Stats())
		}
	})
}

// TestTheOrderOfOnesOwnCall holds that a set is made here before it is sent,
// and a call after. Source: Godot 3.2.3, MultiplayerAPI.
func TestTheOrderOfOnesOwnCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := games(t, 1, rpc.Config{})
		n := all[0].node("N", nil)
		var pending []int
		look := func(int) {
			synctest.Wait()
			pending = append(pending, all[1].Peer().Pending())
		}
		ok(t, n.Func("f", look, rpc.RemoteSync))
		ok(t, n.Var("v", look, rpc.RemoteSync))
		ok(t, n.Set(0, "v", 1))
		settle(all...)
		ok(t, n.Call(0, "f", 1))
		if pending[0] != 0 || pending[1] == 0 {
			t.Errorf("packets under way: %v, want none at the set and one at the call", pending)
		}
	})
}

func TestOnesOwnCallSeesWhatOthersWould(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := games(t, 1, rpc.Config{})
		n := all[0].node("N", nil)
		list := []int32{1, 2}
		var got []int32
		ok(t, n.Func("f", func(l []int32) { got = l }, rpc.RemoteSync))
		ok(t, n.Call(0, "f", list))
		list[0] = 9
		if fmt.Sprint(got) != "[1 2]" {
			t.Errorf("got %v: it shares memory with the caller's", got)
		}
		is(t, "wrong arguments", n.Call(0, "f"), rpc.ErrArguments)
		settle(all...)
	})
}

func TestBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := games(t, 2, rpc.Config{})
		var got []string
		for _, g := range all {
			remove := g.OnPeerPacket(func(from crosspeer.PeerID, data []byte) {
				got = append(got, fmt.Sprintf("%q from %d at %d", data, from, g.id))
			})
			defer remove()
		}
		ok(t, all[1].SendBytes(0, crosspeer.Unreliable, []byte("hello")))
		settle(all...)
		ok(t, all[0].SendBytes(-2, crosspeer.Reliable, []byte("x")))
		settle(all...)
		if want := `["hello" from 2 at 1 "hello" from 2 at 3 "x" from 1 at 3]`; fmt.Sprint(got) != want {
			t.Errorf("%s, want %s", got, want)
		}
		if s := all[2].Stats(); s.Raw != 2 {
			t.Errorf("%+v", s)
		}
	})
}

func TestANodeThatComesLaterAndOneThatGoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := games(t, 1, rpc.Config{})
		ok(t, all[1].Call(1, "Later", "f"))
		settle(all...)
		all[0].failed(1)
		n := all[0].node("Later", map[string]rpc.Mode{"f": rpc.Remote})
		ok(t, all[1].Call(1, "Later", "f"))
		settle(all...)
		same(t, "added", all[0].took(), "[Later.f[] by 2]")
		n.Remove()
		ok(t, all[1].Call(1, "Later", "f"))
		settle(all...)
		is(t, "removed", all[0].failed(1)[0], rpc.ErrUnknownNode)
	})
}
