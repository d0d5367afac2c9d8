package rpc_test

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"

	"crosspeer"
	"crosspeer/rpc"
	"crosspeer/variant"
)

// api is one whose Peer is in no session.
func api(t *testing.T, cfg *rpc.Config) *rpc.API {
	t.Helper()
	a, err := rpc.New(new(crosspeer.Peer), cfg)
	ok(t, err)
	return a
}

func TestPathsOfNodes(t *testing.T) {
	for _, tt := range []struct{ root, path, want string }{
		{"", "Main/Player", "Main/Player"},
		{"", "/root/Main/Player", "Main/Player"},
		{"", "Main//Player/", "Main/Player"},
		{"", "Main/./Other/../Player", "Main/Player"},
		{"", "Main/Player:position", "Main/Player"},
		{"", "/root", "."},
		{"", ".", "."},
		{"", "..", ""},
		{"", "", ""},
		{"", "/", ""},
		{"", ":position", ""},
		{"", "/other/Main", ""},
		{"", "a::b", ""},
		{"/root/World", "N", "N"},
		{"/root/World", "/root/World/N", "N"},
		{"/root/World", "/root/World", "."},
		{"/root/World", "/root/Other/N", "../Other/N"},
		{"/root/World", "../Other/N", "../Other/N"},
		{"/root/World", "/root", ".."},
		{"/root/World", "../..", ""},
	} {
		n, err := api(t, &rpc.Config{Root: tt.root}).Node(tt.path)
		switch {
		case tt.want == "":
			is(t, fmt.Sprintf("%q", tt.path), err, rpc.ErrPath)
		case err != nil || n.Path() != tt.want:
			t.Errorf("%q below %q is %v, %v, want %q", tt.path, tt.root, n, err, tt.want)
		}
	}
}

func TestAPathIsOneNodeHoweverItIsWritten(t *testing.T) {
	a := api(t, nil)
	first, err := a.Node("Main/Player")
	ok(t, err)
	for _, path := range []string{"/root/Main/Player", "Main//Player", "Main/Player"} {
		if n, err := a.Node(path); n != first || err != nil {
			t.Errorf("%q is another node, %v", path, err)
		}
	}
}

// players has methods of all kinds.
type players struct{ got []any }

func (p *players) MovePaddle(c rpc.Caller, y float64) { p.got = append(p.got, c.ID, y) }
func (p *players) HTTPGet(url string)                 {}
func (p *players) ID2(ids ...int)                     {}
func (p *players) SetAll(m map[string][2]*int) error  { return nil }
func (p *players) String() string                     { return "players" } // has a result
func (p *players) Listen(c chan int)                  {}                   // no argument becomes one
func (p *players) Twice() (int, error)                { return 0, nil }
func (p *players) Any(v any, a variant.Array)         { p.got = append(p.got, v, a) }
func (p *players) CallerLast(y int, c rpc.Caller)     {} // a Caller is no value
func (p *players) hidden()                            {}

func TestWhatOfAValueIsExposed(t *testing.T) {
	n, err := api(t, nil).Register("Players", new(players))
	ok(t, err)
	(*players)(nil).hidden()
	if got, want := fmt.Sprint(n.Methods()), "[any http_get id2 move_paddle set_all]"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestWhatCannotBeRegistered(t *testing.T) {
	type untagged struct{ X int }
	type hidden struct {
		x int `rpc:"x"`
	}
	type channel struct {
		C chan int `rpc:"c"`
	}
	type mode struct {
		X int `rpc:"x,everybody"`
	}
	type twice struct {
		A int `rpc:"x"`
		B int `rpc:"x"`
	}
	n, err := api(t, nil).Node("N")
	ok(t, err)
	ok(t, n.Func("f", func() {}, rpc.Remote))
	var i int
	ok(t, n.Var("v", &i, rpc.Remote))
	for _, tt := range []struct {
		name string
		err  error
		want error
	}{
		{"nothing in it", n.Expose(untagged{}), rpc.ErrSignature},
		{"nil", n.Expose(nil), rpc.ErrSignature},
		{"a hidden field", n.Expose(&hidden{i}), rpc.ErrSignature},
		{"a channel", n.Expose(&channel{}), rpc.ErrSignature},
		{"two fields of one name", n.Expose(&twice{}), rpc.ErrRegistered},
		{"no function", n.Func("g", 5, rpc.Remote), rpc.ErrSignature},
		{"nil function", n.Func("g", nil, rpc.Remote), rpc.ErrSignature},
		{"a nil func()", n.Func("g", (func())(nil), rpc.Remote), rpc.ErrSignature},
		{"a result", n.Func("g", func() int { return 0 }, rpc.Remote), rpc.ErrSignature},
		{"an interface", n.Func("g", func(fmt.Stringer) {}, rpc.Remote), rpc.ErrSignature},
		{"a nested channel", n.Func("g", func(map[string][]chan int) {}, rpc.Remote), rpc.ErrSignature},
		{"no name", n.Func("", func() {}, rpc.Remote), rpc.ErrName},
		{"a zero byte", n.Func("a\x00", func() {}, rpc.Remote), rpc.ErrName},
		{"the same name", n.Func("f", func() {}, rpc.Remote), rpc.ErrRegistered},
		{"the same property", n.Var("v", &i, rpc.Remote), rpc.ErrRegistered},
		{"a property of two values", n.Var("w", func(a, b int) {}, rpc.Remote), rpc.ErrSignature},
		{"a property of many values", n.Var("w", func(a ...int) {}, rpc.Remote), rpc.ErrSignature},
		{"a property that is no pointer", n.Var("w", 5, rpc.Remote), rpc.ErrSignature},
		{"a nil pointer", n.Var("w", (*int)(nil), rpc.Remote), rpc.ErrSignature},
		{"mode of a method that is not there", n.SetMode("g", rpc.Remote), rpc.ErrUnknownName},
		{"mode of a property that is not there", n.SetVarMode("f", rpc.Remote), rpc.ErrUnknownName},
	} {
		is(t, tt.name, tt.err, tt.want)
	}
	for name, err := range map[string]error{
		"unknown mode in a tag":  n.Expose(&mode{}),
		"unknown mode":           n.SetMode("f", 7),
		"unknown mode of a func": n.Func("g", func() {}, 7),
		"unknown mode of a var":  n.Var("w", &i, 7),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if got := fmt.Sprint(n.Methods(), n.Vars()); got != "[f] [v]" {
		t.Errorf("after errors there are %s", got)
	}
}

// TestExposeIsAllOrNothing holds when only the properties are there already.
func TestExposeIsAllOrNothing(t *testing.T) {
	n, err := api(t, nil).Node("N")
	ok(t, err)
	var i int
	ok(t, n.Var("x", &i, rpc.Remote))
	is(t, "expose", n.Expose(new(both)), rpc.ErrRegistered)
	if got := fmt.Sprint(n.Methods()); got != "[]" {
		t.Errorf("methods %s", got)
	}
}

type both struct {
	X int `rpc:"x"`
}

func (*both) F() {}

// tree is a type that has itself inside.
type tree struct{ Left, Right *tree }

// degrees take what has another form.
type degrees float64

func (d *degrees) UnmarshalVariant(v any) error {
	f, isFloat := v.(float64)
	if !isFloat {
		return errors.New("degrees want a float")
	}
	*d = degrees(f * 2)
	return nil
}

func TestArgumentsBecomeGoValues(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := games(t, 1, rpc.Config{})
		n := all[0].node("N", nil)
		var got []any
		note := func(v ...any) { got = append(got, v...) }
		for name, f := range map[string]any{
			"ints":   func(a int8, b uint64, c crosspeer.PeerID) { note(a, b, c) },
			"floats": func(a float32, b float64) { note(a, b) },
			"texts":  func(a string, b variant.NodePath) { note(a, b.String()) },
			"lists":  func(a []string, b [2]int, c variant.Array) { note(a, b, c) },
			"maps":   func(a map[string]int, b variant.Dictionary) { note(a, b) },
			"trees":  func(a tree) { note(a.Left != nil, a.Right == nil) },
			"own":    func(a degrees, b *degrees) { note(a, *b) },
			"bytes":  func(a []byte) { note(a) },
			"any":    func(a any, rest ...any) { note(a, rest) },
			"object": func(a variant.Object) { note(a.ID) },
		} {
			ok(t, n.Func(name, f, rpc.Remote))
		}
		for _, tt := range []struct {
			name string
			args []any
			want string
		}{
			{"ints", []any{-5, 1 << 40, 77}, "[-5 1099511627776 77]"},
			{"floats", []any{1, 2.5}, "[1 2.5]"},
			{"texts", []any{"a", "A/B"}, "[a A/B]"},
			{"lists", []any{[]string{"x"}, []int{1, 2}, variant.Array{nil, "y"}}, "[[x] [1 2] [<nil> y]]"},
			{"maps", []any{map[string]int{"a": 1}, variant.Dictionary{{Key: 1, Value: "x"}}}, "[map[a:1] [{1 x}]]"},
			{"trees", []any{variant.Dictionary{{Key: "Left", Value: variant.Dictionary{}}}}, "[true true]"},
			{"own", []any{1.5, 2.0}, "[3 4]"},
			{"bytes", []any{[]byte{1, 2}}, "[[1 2]]"},
			{"any", []any{variant.Vector2{X: 1}, 1, "x"}, "[Vector2(1, 0) [1 x]]"},
			{"any", []any{nil}, "[<nil> []]"},
			{"object", []any{nil}, "[0]"},
			{"object", []any{variant.Object{ID: 5}}, "[5]"},
		} {
			got = nil
			ok(t, all[1].Call(1, "N", tt.name, tt.args...))
			settle(all...)
			all[0].failed(0)
			same(t, tt.name, fmt.Sprint(got), tt.want)
		}
		ok(t, all[1].Call(1, "N", "own", 1, 2.0))
		settle(all...)
		is(t, "own type's error", all[0].failed(1)[0], rpc.ErrArguments)
	})
}

// TestAnArgumentIsNotLeftForTheNextCall: memory of arguments is used again.
func TestAnArgumentIsNotLeftForTheNextCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type pair struct{ A, B int }
		all := games(t, 1, rpc.Config{})
		n := all[0].node("N", nil)
		var got []pair
		var lists [][]byte
		ok(t, n.Func("f", func(p pair, b []byte) { got, lists = append(got, p), append(lists, b) }, rpc.Remote))
		ok(t, all[1].Call(1, "N", "f", map[string]int{"A": 1, "B": 2}, []byte("first")))
		ok(t, all[1].Call(1, "N", "f", map[string]int{"B": 3}, []byte("other")))
		settle(all...)
		if fmt.Sprint(got) != "[{1 2} {0 3}]" || string(lists[0]) != "first" {
			t.Errorf("%v, %s", got, lists)
		}
	})
}

func TestObjectsInFullNeedPermission(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		object := variant.Object{Class: "Node", Properties: []variant.Property{{Name: "name", Value: "x"}}}
		for _, allowed := range []bool{false, true} {
			for _, byPeer := range []bool{false, true} {
				all := games(t, 1, rpc.Config{AllowObjectDecoding: allowed && !byPeer})
				for _, g := range all {
					g.Peer().SetAllowObjectDecoding(allowed && byPeer)
				}
				all[0].node("N", map[string]rpc.Mode{"f": rpc.Remote})
				full, err := variant.Config{AllowObjects: true}.Marshal(object)
				ok(t, err)
				packet := append([]byte("\x00\x0a\x00\x00\x80f\x00\x01"), full...)
				packet[1] = byte(len(packet))
				packet = append(packet, "N\x00"...)
				ok(t, all[1].Peer().Send(crosspeer.Packet{To: 1, Mode: crosspeer.Reliable, Data: packet}))
				settle(all...)
				if !allowed {
					is(t, "an object", all[0].failed(1)[0], variant.ErrObject)
					continue
				}
				all[0].failed(0)
				same(t, "an object", all[0].took(), fmt.Sprintf("[N.f%v by 2]", []any{object}))
			}
		}
	})
}

func TestMasters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := games(t, 1, rpc.Config{})
		cli := all[1]
		nodes := map[string]*rpc.Node{}
		for _, path := range []string{"A", "A/B", "A/B/C", "AB", "."} {
			nodes[path] = cli.node(path, nil)
		}
		if n := nodes["A"]; n.Master() != 1 || n.IsMaster() {
			t.Errorf("the master is %d at first", n.Master())
		}
		masters := func() (list []crosspeer.PeerID) {
			for _, path := range []string{"A", "A/B", "A/B/C", "AB", "."} {
				list = append(list, nodes[path].Master())
			}
			return list
		}
		nodes["A/B"].SetMaster(2, false)
		same(t, "one", fmt.Sprint(masters()), "[1 2 1 1 1]")
		nodes["A"].SetMaster(2, true)
		same(t, "a branch", fmt.Sprint(masters()), "[2 2 2 1 1]")
		if !nodes["A/B/C"].IsMaster() {
			t.Error("the client is not the master of its node")
		}
		nodes["."].SetMaster(5, true)
		same(t, "the tree", fmt.Sprint(masters()), "[5 5 5 5 5]")
	})
}
