package godot3

import (
	"encoding/hex"
	"fmt"
	"net"
	"reflect"
	"slices"
	"strings"
	"testing"

	"crosspeer"
	"crosspeer/rpc"
	"crosspeer/variant"
)

// pair is a stock game and a Go program who have heard of each other; one of
// them is the server.
type pair struct {
	game *Scene
	goes *goGame
	gdID int32
	goID int32
}

// pairs runs a test with each of the two as the server, over ENet and over
// WebSocket. register prepares the Go end before its events are handled.
func pairs(t *testing.T, name string, register func(t *testing.T, g *goGame), talk func(t *testing.T, p *pair)) {
	for _, transport := range []string{"ENet", "WebSocket"} {
		t.Run(fmt.Sprintf("%s, Go server, %s", name, transport), func(t *testing.T) {
			g, enet, ws := serving(t)
			register(t, g)
			g.run()
			s := StartScenes(StartAll(t, "game"))[0]
			s.Join(map[string]string{"ENet": enet, "WebSocket": ws}[transport])
			s.WaitFor(func(e Event) bool { return e == Succeeded() })
			p := &pair{s, g, s.ID(), ServerID}
			g.WaitFor(func(e Event) bool { return e == PeerConnected(p.gdID) })
			talk(t, p)
		})
		t.Run(fmt.Sprintf("%s, stock server, %s", name, transport), func(t *testing.T) {
			s := StartScenes(StartAll(t, "game"))[0]
			url := ""
			if transport == "ENet" {
				url = fmt.Sprintf("enet://127.0.0.1:%d", s.ServeENet())
			} else {
				url = fmt.Sprintf("ws://127.0.0.1:%d", s.ServeSceneWebSocket())
			}
			g := joiningGame(t, "Go client", url)
			register(t, g)
			g.run()
			g.WaitFor(func(e Event) bool { return e == Succeeded() })
			p := &pair{s, g, ServerID, int32(g.api.Peer().UniqueID())}
			s.WaitFor(func(e Event) bool { return e == PeerConnected(p.goID) })
			talk(t, p)
		})
	}
}

// logging registers methods that log their calls, at a node that everybody may
// call.
func logging(path string, methods ...string) func(*testing.T, *goGame) {
	return func(t *testing.T, g *goGame) {
		t.Helper()
		n, err := g.api.Node(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range methods {
			err := n.Func(name, func(c rpc.Caller, args ...any) {
				g.Add(Called(n.Path(), c.Name, int32(c.ID), variant.Godot3.Format(args)))
			}, rpc.Remote)
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}

func (p *pair) call(t *testing.T, path, method string, args ...any) {
	t.Helper()
	if err := p.goes.api.Call(crosspeer.PeerID(p.gdID), path, method, args...); err != nil {
		t.Fatal(err)
	}
}

// next gives the next call that an actor notes.
func nextCall(l *Log) Event {
	return l.WaitFor(func(e Event) bool { return e.Kind == KindCall || e.Kind == KindRefused })
}

func TestCallsBeforeTheConfirmation(t *testing.T) {
	pairs(t, "127, 128, 132 calls before the confirmation", logging("N", "f"), func(t *testing.T, p *pair) {
		p.game.Node("N", `
			remote func f(n):
				told("f", [n])
		`)
		p.game.Do("N", fmt.Sprintf(`
			for i in range(5):
				if i == 3:
					node.rpc_unreliable_id(%[1]d, "f", i)
				else:
					node.rpc_id(%[1]d, "f", i)
		`, p.goID))
		var got []string
		for range 5 {
			got = append(got, nextCall(p.goes.Log).Data)
		}
		// The one that is not reliable may come when it likes.
		slices.Sort(got)
		if want := "[N.f [0] N.f [1] N.f [2] N.f [3] N.f [4]]"; fmt.Sprint(got) != want {
			t.Errorf("from the game came %v, want %s", got, want)
		}
		got = nil
		for i := range 5 {
			p.call(t, "N", "f", i)
		}
		for range 5 {
			got = append(got, nextCall(p.game.Log).Data)
		}
		if want := "[N.f [ 0 ] N.f [ 1 ] N.f [ 2 ] N.f [ 3 ] N.f [ 4 ]]"; fmt.Sprint(got) != want {
			t.Errorf("from Go came %v, want %s", got, want)
		}
	})
}

func TestNodesThatComeLater(t *testing.T) {
	pairs(t, "130, 136 a node that comes later", logging("Mark", "f"), func(t *testing.T, p *pair) {
		p.game.Node("Mark", `
			remote func f(n):
				told("f", [n])
		`)
		p.game.Node("Later", "")
		p.game.Do("Later", fmt.Sprintf(`node.rpc_id(%d, "f", 1)`, p.goID))
		if e := nextCall(p.goes.Log); e.Kind != KindRefused || !strings.Contains(e.Data, "unknown node") {
			t.Errorf("a node that Go has not: %v", e)
		}
		logging("Later", "f")(t, p.goes)
		p.game.Do("Later", fmt.Sprintf(`node.rpc_id(%d, "f", 2)`, p.goID))
		if e := nextCall(p.goes.Log); e != Called("Later", "f", p.gdID, "[2]") {
			t.Errorf("when Go has it: %v", e)
		}

		p.call(t, "Missing", "f", 1)
		p.call(t, "Mark", "f", 1)
		if e := nextCall(p.game.Log); e.Data != "Mark.f [ 1 ]" {
			t.Errorf("a node that the game has not: %v", e)
		}
		p.game.Node("Missing", `
			remote func f(n):
				told("f", [n])
		`)
		p.call(t, "Missing", "f", 2)
		if e := nextCall(p.game.Log); e.Data != "Missing.f [ 2 ]" {
			t.Errorf("when the game has it: %v", e)
		}
	})
}

func TestAThousandPaths(t *testing.T) {
	const paths = 1000
	register := func(t *testing.T, g *goGame) {
		for i := range paths {
			logging(fmt.Sprintf("Many/N%d", i), "f")(t, g)
		}
	}
	pairs(t, "127, 128 a thousand paths", register, func(t *testing.T, p *pair) {
		p.game.Node("Many/N0", `
			remote func f(n):
				told("f", [n])
		`)
		p.game.Run(fmt.Sprintf(`
			var many = agent.root.get_node("Many")
			for i in range(1, %d):
				var n = many.get_node("N0").duplicate()
				n.name = "N" + str(i)
				many.add_child(n)
		`, paths))
		for round := range 2 { // with paths, and with numbers
			p.game.Run(fmt.Sprintf(`
				for i in range(%d):
					agent.root.get_node("Many/N" + str(i)).rpc_id(%d, "f", i)
			`, paths, p.goID))
			for i := range paths {
				if e := nextCall(p.goes.Log); e != Called(fmt.Sprintf("Many/N%d", i), "f", p.gdID, fmt.Sprintf("[%d]", i)) {
					t.Fatalf("round %d, path %d: %v", round, i, e)
				}
			}
			for i := range paths {
				p.call(t, fmt.Sprintf("Many/N%d", i), "f", i)
			}
			for i := range paths {
				if e := nextCall(p.game.Log); e.Data != fmt.Sprintf("N%d.f [ %d ]", i, i) {
					t.Fatalf("round %d, path %d: %v", round, i, e)
				}
			}
		}
	})
}

func TestArgumentsOfEveryType(t *testing.T) {
	arrived := make(chan any, len(values))
	register := func(t *testing.T, g *goGame) {
		n, err := g.api.Node("N")
		if err == nil {
			err = n.Func("f", func(v any) { arrived <- v }, rpc.Remote)
		}
		if err == nil {
			err = n.Func("done", func() { close(arrived) }, rpc.Remote)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	pairs(t, "122 arguments of every type", func(t *testing.T, g *goGame) {
		arrived = make(chan any, len(values))
		register(t, g)
	}, func(t *testing.T, p *pair) {
		p.game.Node("N", fmt.Sprintf(`
			remote func f(v):
				rpc_id(%d, "f", v)
		`, p.goID))
		p.game.Do("N", fmt.Sprintf("for v in %s:\n\tnode.rpc_id(%d, \"f\", v)", scripts(), p.goID))
		for _, want := range values {
			if got := <-arrived; !reflect.DeepEqual(got, want.v) {
				t.Errorf("the game's %s arrived as %#v, want %#v", want.script, got, want.v)
			}
		}
		for _, want := range values { // there and back
			p.call(t, "N", "f", want.v)
			if got := <-arrived; !reflect.DeepEqual(got, want.v) {
				t.Errorf("Go's %#v came back as %#v", want.v, got)
			}
		}
	})
}

// TestPacketsThatAreRefused sends the same bytes to a stock game and to Go,
// from a Go client of each. What one runs, the other runs.
func TestPacketsThatAreRefused(t *testing.T) {
	const noargs = "6e6f6172677300"
	packets := []string{
		"05", "20", "ff", "04", "0407", "0001000000",
		"0001000000" + noargs + "00",
		"0002000000" + noargs + "00",
		"0001000000" + "6e6f61726773",
		"0001000000" + noargs,
		"0001000000" + "0000",
		"0001000000" + noargs + "0200000000",
		"0001000000" + noargs + "0100000000",
		"0001000000" + noargs + "00ffffff",
		"000d000080" + noargs + "00" + "4e00",
		"000d000080" + noargs + "00" + "4e",
		"000d000080" + noargs + "00" + "2f726f6f742f4e00",
		"000d000080" + noargs + "00" + "2e2f4e00",
		"000d000080" + noargs + "00" + "4e2f2e2e2f4e00",
		"000d000080" + noargs + "00" + "2e2e2f726f6f742f4e00",
		"000d000080" + noargs + "00" + "4e3a7800",
		"000d000080" + noargs + "00" + "00",
		"000d000080" + noargs + "00" + "2f4e00",
		"0050000080" + noargs + "00" + "4e00",
		"00ffffffff" + noargs + "00",
		"0007000080" + noargs + "00",
		"0001000000" + "6e00" + "0102000000" + "05000000",
		"0001000000" + "6e00" + "0104000000" + "01000000" + "61000000",
		"0001000000" + "6e00" + "0104000000" + "ff000000" + "61000000",
		"0001000000" + "6e00" + "0111000000" + "00000000",
		"0101000000" + "7600" + "02000000" + "07000000",
		"0101000000" + "7600" + "02000000" + "0800000001",
		"0101000000" + "7600",
		"0101000000" + "7700" + "02000000" + "07000000",
		"0101000000",
		"02010000", "0209000000", "020900000041", "02ffffffff4100",
		"03", "034100",
		"0001000000" + "706c61696e0000",
		"0001000000" + "717565756566726565" + "0000",
	}
	g, _, _ := serving(t)
	n, err := g.api.Node("N")
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]any{
		"noargs": func() { g.Add(Called("N", "noargs", 0, "[ ]")) },
		"n":      func(v int) { g.Add(Called("N", "n", 0, fmt.Sprintf("[ %d ]", v))) },
		"mark":   func() { g.Add(Called("N", "mark", 0, "[ ]")) },
	} {
		if err := n.Func(name, f, rpc.Remote); err != nil {
			t.Fatal(err)
		}
	}
	if err := n.Func("plain", func() { g.Add(Called("N", "plain", 0, "[ ]")) }, rpc.Disabled); err != nil {
		t.Fatal(err)
	}
	if err := n.Var("v", func(v int) { g.Add(Called("N", "v", 0, fmt.Sprintf("[ %d ]", v))) }, rpc.Remote); err != nil {
		t.Fatal(err)
	}
	g.run()
	s := StartScenes(StartAll(t, "game"))[0]
	s.Node("N", `
		remote func noargs():
			told("noargs", [])
		remote func n(v : int):
			told("n", [v])
		remote func mark():
			told("mark", [])
		func plain():
			told("plain", [])
		remote var v = 0 setget set_v
		var w = 0 setget set_w
		func set_v(x):
			told("v", [x])
		func set_w(x):
			told("w", [x])
	`)
	urls := []string{g.api.Peer().Addrs()[0], fmt.Sprintf("enet://127.0.0.1:%d", s.ServeENet())}
	var ran [2][]string
	for i, l := range []*Log{g.Log, s.Log} {
		c := joiningGame(t, "raw client", urls[i])
		close(c.done) // its events stay where they are
		send := func(data []byte) {
			if err := c.api.Peer().Send(crosspeer.Packet{To: crosspeer.TargetServer, Mode: crosspeer.Reliable, Data: data}); err != nil {
				t.Fatal(err)
			}
		}
		send([]byte("\x02\x01\x00\x00\x00N\x00"))
		for _, text := range packets {
			data, err := hex.DecodeString(text)
			if err != nil {
				t.Fatal(err)
			}
			send(data)
			send([]byte("\x00\x01\x00\x00\x00mark\x00\x00"))
			did := ""
			l.WaitFor(func(e Event) bool {
				switch {
				case e.Kind == KindCall && strings.HasPrefix(e.Data, "N.mark"):
					return true
				case e.Kind == KindCall:
					did += strings.ReplaceAll(e.Data, "[  ]", "[ ]")
				case e.Kind == KindRaw:
					did += "raw " + e.Data
				}
				return false
			})
			ran[i] = append(ran[i], did)
		}
		if status := c.api.Peer().ConnectionStatus(); status != crosspeer.Connected {
			t.Errorf("the client is %v afterwards", status)
		}
	}
	for i, text := range packets {
		if ran[0][i] != ran[1][i] {
			t.Errorf("139 packet %s: Go runs %q, the game %q", text, ran[0][i], ran[1][i])
		}
	}
	t.Run("139 malformed packets leave the connection up", func(t *testing.T) {
		did := slices.DeleteFunc(slices.Clone(ran[0]), func(s string) bool { return s == "" })
		if len(did) < 10 || len(did) > len(packets)-10 {
			t.Errorf("%d of %d packets were run: %q", len(did), len(packets), did)
		}
	})
}

func TestBytesBetweenScenes(t *testing.T) {
	pairs(t, "140 bytes", logging("N", "f"), func(t *testing.T, p *pair) {
		if n := p.game.Run(fmt.Sprintf("return agent.multiplayer.send_bytes(PoolByteArray([1, 2, 3]), %d)", p.goID)).Int(); n != OK {
			t.Fatalf("send_bytes returned %d", n)
		}
		p.goes.WaitFor(func(e Event) bool { return e == Raw(p.gdID, []byte{1, 2, 3}) })
		for _, mode := range []crosspeer.TransferMode{crosspeer.Reliable, crosspeer.Unreliable, crosspeer.UnreliableOrdered} {
			data := []byte{4, byte(mode)}
			if err := p.goes.api.SendBytes(crosspeer.PeerID(p.gdID), mode, data); err != nil {
				t.Fatal(err)
			}
			p.game.WaitFor(func(e Event) bool { return e == Raw(p.goID, data) })
		}
		if err := p.goes.api.SendBytes(crosspeer.PeerID(p.gdID), crosspeer.Reliable, nil); err != rpc.ErrEmpty {
			t.Errorf("no bytes: %v", err)
		}
	})
}

func TestArgumentsAtTheLimit(t *testing.T) {
	pairs(t, "138 many arguments", logging("N", "f", "g"), func(t *testing.T, p *pair) {
		p.game.Node("N", "")
		p.game.Do("N", fmt.Sprintf(`
			var list = [%d, "f"]
			for i in range(255):
				list.append(i)
			node.callv("rpc_id", list)
			list.append(255)
			node.callv("rpc_id", list)
			node.rpc_id(%[1]d, "g")
		`, p.goID))
		if e := nextCall(p.goes.Log); !strings.HasPrefix(e.Data, "N.f [0, 1, 2,") || !strings.HasSuffix(e.Data, ", 254]") {
			t.Errorf("255 arguments: %v", e)
		}
		if e := nextCall(p.goes.Log); e.Data != "N.g []" {
			t.Errorf("256 arguments were sent: %v", e)
		}
	})
}

func TestObjectsAsArguments(t *testing.T) {
	arrived := make(chan any, 1)
	pairs(t, "137 objects", func(t *testing.T, g *goGame) {
		n, err := g.api.Node("N")
		if err == nil {
			err = n.Func("f", func(v any) { arrived <- v }, rpc.Remote)
		}
		if err != nil {
			t.Fatal(err)
		}
	}, func(t *testing.T, p *pair) {
		p.game.Node("N", `
			remote func f(v):
				told("f", [v is EncodedObjectAsID])
		`)
		id := p.game.Do("N", fmt.Sprintf("node.rpc_id(%d, \"f\", node)\nreturn str(node.get_instance_id())", p.goID)).Text()
		if v, ok := (<-arrived).(variant.Object); !ok || fmt.Sprint(v.ID) != id || v.Class != "" {
			t.Errorf("an object arrived as %#v, want the id %s", v, id)
		}
		p.game.Run("agent.multiplayer.allow_object_decoding = true")
		p.game.Do("N", fmt.Sprintf("node.rpc_id(%d, \"f\", Reference.new())", p.goID))
		if e := nextCall(p.goes.Log); e.Kind != KindRefused || !strings.Contains(e.Data, "have one in full") {
			t.Errorf("an object in full: %v", e)
		}
		p.goes.api.Peer().SetAllowObjectDecoding(true)
		p.game.Do("N", fmt.Sprintf("node.rpc_id(%d, \"f\", Reference.new())", p.goID))
		if v, ok := (<-arrived).(variant.Object); !ok || v.Class != "Reference" {
			t.Errorf("an object in full arrived as %#v", v)
		}
		p.call(t, "N", "f", variant.Object{ID: 77})
		if e := nextCall(p.game.Log); e.Data != "N.f [ true ]" {
			t.Errorf("Go's object: %v", e)
		}
	})
}

func TestACustomRoot(t *testing.T) {
	t.Run("142 a custom root shortens paths", func(t *testing.T) {
		g, enet, _ := serving(t)
		api, err := rpc.New(g.api.Peer(), &rpc.Config{Root: "/root/World"})
		if err != nil {
			t.Fatal(err)
		}
		g.api = api
		logging("/root/World/N", "f")(t, g)
		g.run()
		s := StartScenes(StartAll(t, "game"))[0]
		s.Node("World/N", `
			remote func f(n):
				told("f", [n])
		`)
		host, port, err := net.SplitHostPort(strings.TrimPrefix(enet, "enet://"))
		if err != nil {
			t.Fatal(err)
		}
		s.Run(fmt.Sprintf(`
			var p = NetworkedMultiplayerENet.new()
			p.create_client(%q, %s)
			var custom = MultiplayerAPI.new()
			custom.set_root_node(agent.root.get_node("World"))
			agent.root.get_node("World/N").set_custom_multiplayer(custom)
			custom.network_peer = p
			agent.set_meta("custom", custom)
		`, host, port))
		// Nobody but the test polls a custom API.
		poll := func() int {
			return s.Run("agent.get_meta(\"custom\").poll()\nreturn agent.get_meta(\"custom\").network_peer.get_connection_status()").Int()
		}
		for poll() != Connected {
		}
		id := int32(s.Run(`return agent.get_meta("custom").get_network_unique_id()`).Int())
		g.WaitFor(func(e Event) bool { return e == PeerConnected(id) })
		s.Do("World/N", `node.rpc_id(1, "f", 1)`)
		if e := nextCall(g.Log); e != Called("N", "f", id, "[1]") {
			t.Errorf("from the game: %v", e)
		}
		if err := api.Call(crosspeer.PeerID(id), "N", "f", 2); err != nil {
			t.Fatal(err)
		}
		for len(calls(s.Log)) == 0 {
			poll()
		}
		if got := calls(s.Log); !slices.Equal(got, []string{"N.f [ 2 ]"}) {
			t.Errorf("from Go: %q", got)
		}
	})
}

// calls are the calls that came and were not read.
func calls(l *Log) (list []string) {
	for _, e := range l.Unread() {
		if e.Kind == KindCall {
			list = append(list, e.Data)
		}
	}
	return list
}

func TestAPeerThatComesBackIsAnnouncedTo(t *testing.T) {
	t.Run("131 the same id, another process", func(t *testing.T) {
		g, enet, _ := serving(t)
		logging("N", "f")(t, g)
		g.run()
		s := StartScenes(StartAll(t, "game"))[0]
		s.Node("N", `
			remote func f(n):
				told("f", [n])
		`)
		for round := range 2 {
			s.Join(enet)
			s.WaitFor(func(e Event) bool { return e == Succeeded() })
			id := s.ID()
			g.WaitFor(func(e Event) bool { return e == PeerConnected(id) })
			for i := range 2 {
				s.Do("N", fmt.Sprintf(`node.rpc_id(1, "f", %d)`, i))
				if e := nextCall(g.Log); e != Called("N", "f", id, fmt.Sprintf("[%d]", i)) {
					t.Fatalf("round %d: %v", round, e)
				}
				if err := g.api.Call(crosspeer.PeerID(id), "N", "f", i); err != nil {
					t.Fatal(err)
				}
				if e := nextCall(s.Log); e.Data != fmt.Sprintf("N.f [ %d ]", i) {
					t.Fatalf("round %d: %v", round, e)
				}
			}
			s.Run("agent.network_peer.close_connection()\nagent.network_peer = null")
			g.WaitFor(func(e Event) bool { return e == PeerDisconnected(id) })
		}
	})
}

// TestUnreliableCallsAndSets: loopback loses nothing.
func TestUnreliableCallsAndSets(t *testing.T) {
	pairs(t, "132 unreliable calls and sets", func(t *testing.T, g *goGame) {
		logging("N", "f")(t, g)
		n, err := g.api.Node("N")
		if err == nil {
			err = n.Var("v", func(c rpc.Caller, v int) { g.Add(Called("N", "v", int32(c.ID), fmt.Sprint(v, c.Mode))) }, rpc.Remote)
		}
		if err != nil {
			t.Fatal(err)
		}
	}, func(t *testing.T, p *pair) {
		p.game.Node("N", `
			remote func f(n):
				told("f", [n])
			remote var v = 0 setget set_v
			func set_v(n):
				told("v", [n])
		`)
		for round := range 2 {
			p.game.Do("N", fmt.Sprintf(`node.rset_unreliable_id(%d, "v", 7)`, p.goID))
			if e := nextCall(p.goes.Log); !strings.HasPrefix(e.Data, "N.v 7") {
				t.Errorf("round %d, from the game: %v", round, e)
			}
			n, err := p.goes.api.Node("N")
			if err == nil {
				err = n.SetUnreliable(crosspeer.PeerID(p.gdID), "v", 8)
			}
			if err != nil {
				t.Fatal(err)
			}
			if e := nextCall(p.game.Log); e.Data != "N.v [ 8 ]" {
				t.Errorf("round %d, from Go: %v", round, e)
			}
			if err := n.CallUnreliable(crosspeer.PeerID(p.gdID), "f", 9); err != nil {
				t.Fatal(err)
			}
			if e := nextCall(p.game.Log); e.Data != "N.f [ 9 ]" {
				t.Errorf("round %d, from Go: %v", round, e)
			}
		}
	})
}

// TestTheEnginesOwnCallDoesNotNeedTheOthers is what Go's does likewise: to all
// but somebody who is not there nothing is sent, and it runs here.
func TestTheEnginesOwnCallDoesNotNeedTheOthers(t *testing.T) {
	s := StartScenes(StartAll(t, "server"))[0]
	s.ServeENet()
	s.Node("N", `
		remotesync func f():
			told("f", [])
	`)
	s.Do("N", `node.rpc_id(-999, "f")`)
	if got := calls(s.Log); !slices.Equal(got, []string{"N.f [  ]"}) {
		t.Errorf("the engine runs %q", got)
	}
}
