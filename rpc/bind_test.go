package rpc_test

import (
	"fmt"
	"testing"
	"testing/synctest"

	"crosspeer"
	"crosspeer/rpc"
)

func TestBoundFunctions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := games(t, 1, rpc.Config{})
		n := all[0].node("N", nil)
		all[1].node("N", map[string]rpc.Mode{"hit": rpc.Remote, "many": rpc.Remote})
		var score int
		m, err := all[1].Node("N")
		ok(t, err)
		ok(t, m.Var("score", &score, rpc.Puppet))

		hit, err := rpc.Bind[func(crosspeer.PeerID, int, string) error](n, "hit")
		ok(t, err)
		many, err := rpc.BindUnreliable[func(crosspeer.PeerID, ...float64) error](n, "many")
		ok(t, err)
		ok(t, hit(2, 5, "arrow"))
		ok(t, many(0))
		ok(t, many(0, 1.5, 2.5))
		ok(t, rpc.BindVar[int](n, "score")(2, 7))
		settle(all...)
		same(t, "calls", all[1].took(), "[N.hit[5 arrow] by 1 N.many[] by 1 N.many[1.5 2.5] by 1]")
		if score != 7 {
			t.Errorf("score is %d", score)
		}
		ok(t, rpc.BindVarUnreliable[int](n, "score")(2, 8))
		settle(all...)
		if score != 8 {
			t.Errorf("score is %d", score)
		}
		is(t, "unknown peer", hit(9, 1, ""), crosspeer.ErrUnknownPeer)
	})
}

func TestWhatCannotBeBound(t *testing.T) {
	n, err := api(t, nil).Node("N")
	ok(t, err)
	_, err = rpc.Bind[func(crosspeer.PeerID) error](n, "")
	is(t, "no name", err, rpc.ErrName)
	for name, bind := range map[string]func() error{
		"no function":    func() error { _, err := rpc.Bind[int](n, "f"); return err },
		"no target":      func() error { _, err := rpc.Bind[func() error](n, "f"); return err },
		"another target": func() error { _, err := rpc.Bind[func(int) error](n, "f"); return err },
		"many targets":   func() error { _, err := rpc.Bind[func(...crosspeer.PeerID) error](n, "f"); return err },
		"no error":       func() error { _, err := rpc.Bind[func(crosspeer.PeerID)](n, "f"); return err },
		"another result": func() error { _, err := rpc.Bind[func(crosspeer.PeerID) int](n, "f"); return err },
	} {
		is(t, name, bind(), rpc.ErrSignature)
	}
}

func TestModesHaveNames(t *testing.T) {
	for m := rpc.Disabled; m <= rpc.PuppetSync; m++ {
		if got, err := rpc.ParseMode(m.String()); got != m || err != nil {
			t.Errorf("%v is read as %v, %v", m, got, err)
		}
	}
	for name, want := range map[string]rpc.Mode{"slave": rpc.Puppet, "sync": rpc.RemoteSync} {
		if got, err := rpc.ParseMode(name); got != want || err != nil {
			t.Errorf("%s is read as %v, %v", name, got, err)
		}
	}
	if _, err := rpc.ParseMode("everybody"); err == nil {
		t.Error("no error for a word that is no mode")
	}
	if got := fmt.Sprint(rpc.Mode(9)); got != "mode 9" {
		t.Errorf("mode 9 is called %s", got)
	}
}
