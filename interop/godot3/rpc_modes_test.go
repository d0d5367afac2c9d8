package godot3

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"crosspeer"
	"crosspeer/rpc"
)

// modes are the keywords of scripts; "none" is a plain function or variable.
var modes = []string{"none", "remote", "master", "puppet", "remotesync", "mastersync", "puppetsync"}

// player is a peer with a node N, whose methods f_MODE and properties v_MODE
// note what they are given.
type player interface {
	id() int32
	master(id int32)
	// say makes the node call or set everything in order, and then the mark of
	// everybody else.
	say(list []utterance, mark int)
	// heard gives what was noted up to the mark of each of the others.
	heard(mark int) []string
	join(url string)
}

// utterance is a call or set of a mode to a target.
type utterance struct {
	set    bool
	mode   string
	target int32
	n      int // what is given
}

// stockPlayer is a stock game.
type stockPlayer struct {
	*Scene
	self int32
}

func newStockPlayer(s *Scene) *stockPlayer {
	script := "func mark(n):\n\ttold(\"mark\", [n])\n"
	for _, mode := range modes {
		keyword := mode + " "
		if mode == "none" {
			keyword = ""
		}
		script += fmt.Sprintf("%[1]sfunc f_%[2]s(n):\n\ttold(\"f_%[2]s\", [n])\n%[1]svar v_%[2]s = 0 setget set_%[2]s\nfunc set_%[2]s(n):\n\ttold(\"v_%[2]s\", [n])\n", keyword, mode)
	}
	s.Node("N", strings.Replace(script, "func mark", "remote func mark", 1))
	return &stockPlayer{Scene: s}
}

func (p *stockPlayer) id() int32 {
	if p.self == 0 {
		p.self = p.ID()
	}
	return p.self
}
func (p *stockPlayer) join(url string) { p.Join(url) }

func (p *stockPlayer) master(id int32) { p.Do("N", fmt.Sprintf("node.set_network_master(%d)", id)) }

func (p *stockPlayer) say(list []utterance, mark int) {
	source := ""
	for _, u := range list {
		if u.set {
			source += fmt.Sprintf("node.rset_id(%d, \"v_%s\", %d)\n", u.target, u.mode, u.n)
		} else {
			source += fmt.Sprintf("node.rpc_id(%d, \"f_%s\", %d)\n", u.target, u.mode, u.n)
		}
	}
	p.Do("N", source+fmt.Sprintf("node.rpc(\"mark\", %d)", mark))
}

func (p *stockPlayer) heard(mark int) []string {
	return notesUntil(p.Log, mark)
}

// notesUntil reads what was noted up to a mark.
func notesUntil(l *Log, mark int) (notes []string) {
	l.WaitFor(func(e Event) bool {
		if e.Kind != KindCall {
			return false
		}
		if e.Data == fmt.Sprintf("N.mark [ %d ]", mark) {
			return true
		}
		notes = append(notes, fmt.Sprintf("%s by %d", e.Data, e.Peer))
		return false
	})
	return notes
}

// goPlayer is a Go program.
type goPlayer struct {
	*goGame
	node *rpc.Node
}

func newGoPlayer(g *goGame) *goPlayer {
	p := &goPlayer{goGame: g}
	var err error
	if p.node, err = g.api.Node("/root/N"); err != nil {
		g.t.Fatal(err)
	}
	note := func(c rpc.Caller, n int) {
		g.Add(Called("N", c.Name, int32(c.ID), fmt.Sprintf("[ %d ]", n)))
	}
	for _, name := range modes {
		mode, _ := rpc.ParseMode(name) // "none" is Disabled
		if err := p.node.Func("f_"+name, note, mode); err != nil {
			g.t.Fatal(err)
		}
		if err := p.node.Var("v_"+name, note, mode); err != nil {
			g.t.Fatal(err)
		}
	}
	if err := p.node.Func("mark", note, rpc.Remote); err != nil {
		g.t.Fatal(err)
	}
	g.run()
	return p
}

func (p *goPlayer) id() int32       { return int32(p.api.Peer().UniqueID()) }
func (p *goPlayer) master(id int32) { p.node.SetMaster(crosspeer.PeerID(id), true) }
func (p *goPlayer) join(string)     {}

func (p *goPlayer) say(list []utterance, mark int) {
	for _, u := range list {
		// Its errors are what the engine only prints.
		if u.set {
			p.node.Set(crosspeer.PeerID(u.target), "v_"+u.mode, u.n)
		} else {
			p.node.Call(crosspeer.PeerID(u.target), "f_"+u.mode, u.n)
		}
	}
	if err := p.node.Call(crosspeer.TargetBroadcast, "mark", mark); err != nil {
		p.t.Fatal(err)
	}
}

func (p *goPlayer) heard(mark int) []string {
	return notesUntil(p.Log, mark)
}

// allowed says who runs a call of a mode, by the rules of Godot 3.2: whether
// the receiver may, and whether the sender does too.
func allowed(u utterance, self, from, master int32, all []int32) bool {
	isSync := strings.HasSuffix(u.mode, "sync")
	kind := strings.TrimSuffix(u.mode, "sync")
	includes := func(id int32) bool { return u.target == 0 || u.target == id || u.target < 0 && -u.target != id }
	switch {
	case u.mode == "none" || u.target != 0 && !slices.Contains(all, max(u.target, -u.target)):
		return false
	case u.target == -from:
		return false // nobody: the sender does not know itself as a peer
	case !includes(self):
		return false
	case self == from: // its own call
		return isSync || kind == "master" && self == master || kind == "puppet" && self != master
	case includes(from) && kind == "master" && from == master:
		return false // nothing is sent
	case kind == "master":
		return self == master
	case kind == "puppet":
		return self != master && from == master
	}
	return true
}

// TestModesAndTargets: who runs what, and whose call it is, for each kind of
// peer as server and as client, each mode, target and master.
func TestModesAndTargets(t *testing.T) {
	stock := func(t *testing.T, names ...string) (list []*Scene) { return StartScenes(StartAll(t, names...)) }
	for _, c := range []struct {
		name string
		make func(t *testing.T) []player // that have heard of each other; the server first

		// A stock WebSocket server takes what is for all but the server, if it
		// comes in one packet.
		lax bool
	}{
		{"134, 135, 136 stock games", func(t *testing.T) []player {
			s := stock(t, "server", "client 1", "client 2")
			url := fmt.Sprintf("enet://127.0.0.1:%d", s[0].ServeENet())
			return gather(t, newStockPlayer(s[0]), []string{url, url}, newStockPlayer(s[1]), newStockPlayer(s[2]))
		}, false},
		{"134, 135, 136 a Go server, games over ENet and WebSocket", func(t *testing.T) []player {
			g, enet, ws := serving(t)
			srv := newGoPlayer(g)
			s := stock(t, "over ENet", "over WebSocket")
			return gather(t, srv, []string{enet, ws}, newStockPlayer(s[0]), newStockPlayer(s[1]))
		}, false},
		{"134, 135, 136 a stock server over ENet, a Go client and a stock client", func(t *testing.T) []player { return inStock(t, "enet://127.0.0.1:%d", (*Scene).ServeENet) }, false},
		{"134, 135, 136 a stock server over WebSocket, a Go client and a stock client", func(t *testing.T) []player { return inStock(t, "ws://127.0.0.1:%d", (*Scene).ServeSceneWebSocket) }, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			players := c.make(t)
			var all []int32
			for _, p := range players {
				all = append(all, p.id())
			}
			mark := 0
			for _, master := range all[:2] {
				for _, p := range players {
					p.master(master)
				}
				for _, by := range players {
					var list []utterance
					for _, mode := range modes {
						for _, target := range []int32{0, all[0], all[1], all[2], -all[0], -all[1], -all[2]} {
							if c.lax && target == -ServerID && by != players[0] {
								continue
							}
							for _, set := range []bool{false, true} {
								list = append(list, utterance{set, mode, target, len(list)})
							}
						}
					}
					mark++
					by.say(list, mark)
					for _, p := range players {
						var want []string
						for _, u := range list {
							if allowed(u, p.id(), by.id(), master, all) {
								name := "f_"
								if u.set {
									name = "v_"
								}
								want = append(want, fmt.Sprintf("N.%s%s [ %d ] by %d", name, u.mode, u.n, by.id()))
							}
						}
						var got []string
						if p == by {
							got = own(p, want)
						} else {
							got = p.heard(mark)
						}
						if !slices.Equal(got, want) {
							t.Errorf("master %d, said by %d, at %d of %v:\ngot  %q\nwant %q", master, by.id(), p.id(), all, got, want)
						}
					}
				}
			}
		})
	}
}

// inStock is a stock server with a stock client and a Go client.
func inStock(t *testing.T, url string, serve func(*Scene) int) []player {
	s := StartScenes(StartAll(t, "server", "client"))
	url = fmt.Sprintf(url, serve(s[0]))
	srv, other := newStockPlayer(s[0]), newStockPlayer(s[1])
	other.join(url)
	other.WaitFor(func(e Event) bool { return e == Succeeded() })
	srv.WaitFor(func(e Event) bool { return e == PeerConnected(other.id()) })
	return gather(t, srv, nil, other, newGoPlayer(joiningGame(t, "Go client", url)))
}

// own gives as many notes as are wanted of a peer's own calls, which are there
// at once.
func own(p player, want []string) (got []string) {
	var l *Log
	switch p := p.(type) {
	case *stockPlayer:
		l = p.Log
	case *goPlayer:
		l = p.Log
	}
	for _, e := range l.Unread() {
		if e.Kind == KindCall {
			l.WaitFor(func(x Event) bool { return x == e })
			got = append(got, fmt.Sprintf("%s by %d", e.Data, e.Peer))
		}
	}
	return got
}

// gather lets the clients join and waits until all have heard of all.
func gather(t *testing.T, srv player, urls []string, clients ...player) []player {
	t.Helper()
	for i, url := range urls {
		clients[i].join(url)
	}
	all := append([]player{srv}, clients...)
	logs := map[player]*Log{}
	for _, p := range all {
		switch p := p.(type) {
		case *stockPlayer:
			logs[p] = p.Log
		case *goPlayer:
			logs[p] = p.Log
		}
	}
	for _, c := range clients {
		// An id is known when the client is connected.
		if s, ok := c.(*stockPlayer); ok && len(urls) > 0 {
			s.WaitFor(func(e Event) bool { return e == Succeeded() })
			s.self = 0
		}
	}
	for _, p := range all {
		missing := map[int32]bool{}
		for _, other := range all {
			if other != p {
				missing[other.id()] = true
			}
		}
		if s, ok := p.(*stockPlayer); ok {
			for len(missing) > 0 {
				var present []int32
				s.Turn()
				s.Run("return agent.get_network_connected_peers()").Into(&present)
				for _, id := range present {
					delete(missing, id)
				}
			}
			continue
		}
		for len(missing) > 0 {
			for _, id := range p.(*goPlayer).api.Peer().Peers() {
				delete(missing, int32(id))
			}
		}
	}
	return all
}
