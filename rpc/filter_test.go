package rpc_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"crosspeer"
	"crosspeer/link/memlink"
	"crosspeer/rpc"
)

// TestAFilterSeesTheCallsThatAreRelayed: of two games that play through a
// server that has no nodes itself.
func TestAFilterSeesTheCallsThatAreRelayed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var seen []string
		cheats := errors.New("cheats")
		filter, err := rpc.NewFilter(nil, func(s *rpc.Seen) error {
			mu.Lock()
			defer mu.Unlock()
			args, err := s.Args()
			seen = append(seen, fmt.Sprintf("kind %d, %d>%d %s.%s%v %v", s.Kind, s.From, s.To, s.Path, s.Name, args, errors.Join(s.Err, err)))
			if s.Name == "win" {
				return fmt.Errorf("%w: %w", crosspeer.ErrDisconnect, cheats)
			}
			if s.Name == "shout" {
				return cheats
			}
			return nil
		})
		ok(t, err)
		n := memlink.New()
		srv, err := crosspeer.Listen(t.Context(), &crosspeer.Config{Filter: filter}, n.Listen())
		ok(t, err)
		defer srv.Close()
		var players []*game
		for id := crosspeer.PeerID(2); id <= 3; id++ {
			p, err := crosspeer.Dial(t.Context(), nil, n.DialAs(id))
			ok(t, err)
			g := newGame(t, p, rpc.Config{})
			g.node("/root/Main/Player", map[string]rpc.Mode{"move": rpc.Remote, "shout": rpc.Remote, "win": rpc.Remote})
			players = append(players, g)
		}
		settle(players...)
		a, b := players[0], players[1]
		for _, name := range []string{"move", "shout", "move"} {
			ok(t, a.Call(3, "/root/Main/Player", name, 7))
			settle(players...)
		}
		ok(t, a.SendBytes(3, crosspeer.Reliable, []byte("hi")))
		settle(players...)
		same(t, "what arrived", b.took(), "[Main/Player.move[7] by 2 Main/Player.move[7] by 2]")
		same(t, "what was seen", strings.Join(seen, "\n"), strings.Join([]string{
			"kind 0, 2>3 /root/Main/Player.move[7] <nil>",
			"kind 0, 2>3 /root/Main/Player.shout[7] <nil>",
			"kind 0, 2>3 /root/Main/Player.move[7] <nil>",
			"kind 2, 2>3 .[] <nil>",
		}, "\n"))
		if st := srv.Stats(); st.Filtered != 1 {
			t.Errorf("%d filtered", st.Filtered)
		}
		ok(t, a.Call(3, "/root/Main/Player", "win"))
		settle(players...)
		if a.Peer().ConnectionStatus() != crosspeer.Disconnected {
			t.Error("the cheat is still there")
		}
	})
}

func TestAFilterIsNotMisled(t *testing.T) {
	const call = "6e6f6172677300" + "00" // noargs, without arguments
	text := func(s string) string { return hex.EncodeToString([]byte(s)) + "00" }
	inFull := func(path string) string { return "000d000080" + call + text(path) }
	for _, tt := range []struct {
		name, packets string // the last is looked at
		want          string
		err           error
		hidden        bool
	}{
		{"in full", inFull("Main/P"), "/root/Main/P", nil, false},
		{"another way to write it", inFull("Main//X/.././P/"), "/root/Main/P", nil, false},
		{"absolute", inFull("/root/Main/P"), "/root/Main/P", nil, false},
		{"with a property", inFull("Main/P:visible"), "/root/Main/P", nil, false},
		{"the root", inFull("."), "/root", nil, false},
		{"out of the tree", inFull("../../P"), "", rpc.ErrPath, false},
		{"no path", inFull(""), "", rpc.ErrPath, false},
		{"too long", inFull(strings.Repeat("a/", 3000)), "", rpc.ErrPath, false},
		{"by number", "0207000000" + text("Main/P") + " 0007000000" + call, "/root/Main/P", nil, false},
		{"announced twice", "0207000000" + text("Main/P") + " 0207000000" + text("Main//P") + " 0007000000" + call, "/root/Main/P", nil, false},
		{"announced as another one", "0207000000" + text("Main/P") + " 0207000000" + text("Main/Q"), "", rpc.ErrRenumbered, true},
		{"by a number that was not announced", "0008000000" + call, "", rpc.ErrUnknownPath, true},
		{"too many numbers", "0201000000" + text("A") + " 0202000000" + text("B") + " 0203000000" + text("C"), "", rpc.ErrLimit, true},
		{"damaged", "00", "", rpc.ErrMalformed, false},
	} {
		var last *rpc.Seen
		f, err := rpc.NewFilter(&rpc.Config{MaxPaths: 2}, func(s *rpc.Seen) error { last = s; return nil })
		ok(t, err)
		for p := range strings.FieldsSeq(tt.packets) {
			b, err := hex.DecodeString(p)
			ok(t, err)
			ok(t, f.Filter(crosspeer.Packet{From: 5, Data: b}))
		}
		if last == nil {
			t.Fatalf("%s: nothing was seen", tt.name)
		}
		if last.Path != tt.want || !errors.Is(last.Err, tt.err) || (last.Err == nil) != (tt.err == nil) || last.Hidden() != tt.hidden {
			t.Errorf("%s: %q, %v, hidden %v", tt.name, last.Path, last.Err, last.Hidden())
		}
		if bad := last.Kind == rpc.SeenBad; bad != (tt.err != nil) {
			t.Errorf("%s: kind %d", tt.name, last.Kind)
		}
	}
}

func TestAFilterForgetsWhoHasGone(t *testing.T) {
	var err error
	f, e := rpc.NewFilter(nil, func(s *rpc.Seen) error { err = s.Err; return nil })
	ok(t, e)
	announce, _ := hex.DecodeString("02070000004100")
	call, _ := hex.DecodeString("0007000000" + "6e00" + "00")
	ok(t, f.Filter(crosspeer.Packet{From: 5, Data: announce}))
	ok(t, f.Filter(crosspeer.Packet{From: 5, Data: call}))
	ok(t, err)
	f.Forget(5)
	ok(t, f.Filter(crosspeer.Packet{From: 5, Data: call}))
	is(t, "a call by the next one with the id", err, rpc.ErrUnknownPath)
	if _, err := rpc.NewFilter(&rpc.Config{Root: "World"}, nil); err == nil {
		t.Error("a root that is none is taken")
	}
}
