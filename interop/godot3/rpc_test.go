package godot3

import (
	"fmt"
	"strings"
	"testing"

	"crosspeer"
	"crosspeer/link/enetlink"
	"crosspeer/link/wslink"
	"crosspeer/rpc"
)

// goGame is a Go program's end of remote calls as an actor.
type goGame struct {
	*Log
	t    testing.TB
	api  *rpc.API
	done chan struct{}
}

// newGoGame makes a game on a peer that is in a session. Run handles its events
// in the background until the test ends.
func newGoGame(t testing.TB, name string, p *crosspeer.Peer) *goGame {
	t.Helper()
	g := &goGame{Log: NewLog(t, name), t: t, done: make(chan struct{})}
	var err error
	g.api, err = rpc.New(p, &rpc.Config{OnError: func(err *rpc.Error) { g.Add(Event{Kind: KindRefused, Peer: int32(err.From), Data: err.Error()}) }})
	if err != nil {
		t.Fatal(err)
	}
	p.OnPeerConnected(func(id crosspeer.PeerID) { g.Add(PeerConnected(int32(id))) })
	p.OnPeerDisconnected(func(id crosspeer.PeerID) { g.Add(PeerDisconnected(int32(id))) })
	p.OnConnectionSucceeded(func() { g.Add(Succeeded()) })
	p.OnServerDisconnected(func() { g.Add(ServerDisconnected()) })
	g.api.OnPeerPacket(func(id crosspeer.PeerID, data []byte) { g.Add(Raw(int32(id), data)) })
	t.Cleanup(func() {
		p.Close()
		<-g.done
	})
	return g
}

// run handles events in the background.
func (g *goGame) run() {
	go func() {
		defer close(g.done)
		g.api.Run(g.t.Context())
	}()
}

// serving makes a game whose server is Go, over ENet and WebSocket.
func serving(t testing.TB) (g *goGame, enet, ws string) {
	t.Helper()
	srv, err := crosspeer.Listen(t.Context(), nil, enetlink.Listen("127.0.0.1:0"), wslink.Listen("127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	g = newGoGame(t, "Go server", srv)
	addrs := srv.Addrs()
	return g, addrs[0], strings.Replace(addrs[1], "wss:", "ws:", 1)
}

// joining makes a game that is a Go client.
func joiningGame(t testing.TB, name, url string) *goGame {
	t.Helper()
	var d crosspeer.Dialer
	if address, ok := strings.CutPrefix(url, "enet://"); ok {
		d = enetlink.Dial(address)
	} else {
		d = wslink.Dial(url)
	}
	p, err := crosspeer.Dial(t.Context(), nil, d)
	if err != nil {
		t.Fatal(err)
	}
	return newGoGame(t, name, p)
}

func TestAStockGameCallsGoAndIsCalled(t *testing.T) {
	g, enet, ws := serving(t)
	said := func(c rpc.Caller, text string, n int) error {
		g.Add(Called("Lobby", c.Name, int32(c.ID), fmt.Sprintf("[ %q, %d ]", text, n)))
		return g.api.Call(c.ID, "Lobby", "heard", text, n+1)
	}
	n, err := g.api.Register("/root/Lobby", nil)
	if err == nil {
		err = n.Func("say", said, rpc.Remote)
	}
	if err != nil {
		t.Fatal(err)
	}
	g.run()
	for i, s := range StartScenes(StartAll(t, "over ENet", "over WebSocket")) {
		s.Node("Lobby", `
			remote func heard(text, n):
				told("heard", [text, n])
		`)
		s.Join([]string{enet, ws}[i])
		s.WaitFor(func(e Event) bool { return e == Succeeded() })
		id := s.ID()
		g.WaitFor(func(e Event) bool { return e == PeerConnected(id) })
		s.Do("Lobby", `node.rpc_id(1, "say", "hello", 41)`)
		g.Expect(Called("Lobby", "say", id, `[ "hello", 41 ]`))
		s.WaitFor(func(e Event) bool { return e == Called("Lobby", "heard", 1, `[ "hello", 42 ]`) })
	}
}
