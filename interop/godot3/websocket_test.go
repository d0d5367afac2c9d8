package godot3

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"crosspeer"
	"crosspeer/link/enetlink"
	"crosspeer/link/wslink"
)

// The numbers in front of test names are those of Godot 3.2's behaviours over
// WebSocket, 82 to 111.

// wsServer starts a Go server with WebSocket and what else is given.
func wsServer(t *testing.T, cfg wslink.Config, more ...crosspeer.Listener) (g *goPeer, url string) {
	t.Helper()
	g = newGoPeer(t, "Go server", crosspeer.Config{}, 0)
	if err := g.peer.Listen(g.ctx, append([]crosspeer.Listener{wslink.Listen("127.0.0.1:0", cfg)}, more...)...); err != nil {
		t.Fatal(err)
	}
	go g.follow()
	return g, g.peer.Addrs()[0]
}

func wsClient(t *testing.T, name, url string) *goPeer {
	t.Helper()
	g := newGoPeer(t, name, crosspeer.Config{}, 0)
	g.dial = wslink.Dial(url)
	return g
}

// wsMember is somebody in a WebSocket session.
type wsMember struct {
	Actor
	id      int32
	channel int // that packets are reported on
}

// wsSession is a session over WebSocket, the server first.
type wsSession []wsMember

// arrive checks what a newcomer and the others are told.
func (s *wsSession) arrive(t *testing.T, c Actor) wsMember {
	t.Helper()
	channel := 1
	if _, stock := c.(*Engine); stock {
		channel = -1
	}
	var ids []int32
	c.Expect(PeerConnected(ServerID), Succeeded())
	m := wsMember{c, c.ID(), channel}
	(*s)[0].Expect(PeerConnected(m.id))
	for _, other := range (*s)[1:] {
		ids = append(ids, other.id)
		other.Expect(PeerConnected(m.id))
	}
	slices.Sort(ids)
	for _, id := range ids {
		c.Expect(PeerConnected(id))
	}
	*s = append(*s, m)
	return m
}

// matrix sends from everybody to every kind of target. toServer says whether
// the target -1 reaches the server, as it does in the engine.
func (s wsSession) matrix(t *testing.T, toServer bool) {
	t.Helper()
	n := 0
	for from, sender := range s {
		targets := []int32{0}
		if from != 0 {
			targets = append(targets, 1, -1)
		}
		for i, m := range s[1:] {
			if i+1 != from {
				targets = append(targets, m.id, -m.id)
			}
		}
		for _, target := range targets {
			n++
			data := fmt.Appendf(nil, "packet %d", n)
			if result := sender.Put(target, Reliable, data); result != OK {
				t.Fatalf("%s: put to %d returned %d", sender.Name(), target, result)
			}
			for to, m := range s {
				meant := to != from && (target == 0 || target == m.id || target < 0 && target != -m.id)
				if to == 0 && target == -1 && toServer {
					meant = true
				}
				if meant {
					m.Expect(Packet(sender.id, data, m.channel))
				}
			}
		}
	}
	for _, m := range s {
		m.Quiet()
	}
}

func TestStockWebSocketClientsInAGoServer(t *testing.T) {
	g, url := wsServer(t, wslink.Config{})
	engines := StartAll(t, "stock client 1", "stock client 2", "stock client 3")
	s := wsSession{{g, ServerID, 1}}
	goClient := wsClient(t, "Go client", url)
	logs := []*Log{g.Log, engines[0].Log, engines[1].Log, engines[2].Log, goClient.Log}
	step(t, logs, "87, 89 a newcomer gets its id, the server and the others in ascending order", func(t *testing.T) {
		for _, e := range engines {
			if result := e.DialWebSocket(url); result != OK {
				t.Fatalf("connect_to_url returned %d", result)
			}
			s.arrive(t, e)
		}
		s.arrive(t, wsJoin(t, goClient))
	})
	step(t, logs, "90, 97 targets reach those that they name, reliably", func(t *testing.T) { s.matrix(t, false) })
	step(t, logs, "105 the largest message of default buffers passes both ways", func(t *testing.T) {
		const most = 65526
		if result := engines[0].PutPattern(s[2].id, Reliable, most, 3); result != OK {
			t.Fatalf("put returned %d", result)
		}
		s[2].Expect(Packet(s[1].id, Pattern(most, 3), -1))
		if result := g.PutPattern(s[1].id, Reliable, most, 4); result != OK {
			t.Fatalf("put returned %d", result)
		}
		s[1].Expect(Packet(ServerID, Pattern(most, 4), -1))
	})
	step(t, logs, "99, 100 a client's goodbye reaches the server with its reason", func(t *testing.T) {
		engines[2].Run(`peer.disconnect_from_host(1000, "gone fishing")`)
		for _, m := range []wsMember{s[0], s[1], s[2], s[4]} {
			m.Expect(PeerDisconnected(s[3].id))
		}
		engines[2].Expect(Failed()) // the engine has no better word for it
		if !strings.Contains(g.Transcript(), "gone fishing") {
			t.Error("the reason did not arrive")
		}
		s = slices.Delete(s, 3, 4)
	})
	step(t, logs, "98, 99, 100 a kicked client is told the code and the reason", func(t *testing.T) {
		g.Disconnect(s[2].id, false)
		engines[1].Expect(CloseRequest(1, 1000, "kicked by a test"), Failed())
		for _, m := range []wsMember{s[0], s[1], s[3]} {
			m.Expect(PeerDisconnected(s[2].id))
		}
		s = slices.Delete(s, 2, 3)
	})
	step(t, logs, "104 refused clients fail, those present stay", func(t *testing.T) {
		g.peer.SetRefuseNewConnections(true)
		engines[1].DialWebSocket(url)
		engines[1].Expect(Failed())
		g.peer.SetRefuseNewConnections(false)
		engines[1].DialWebSocket(url)
		s.arrive(t, engines[1])
		s.matrix(t, false)
	})
	step(t, logs, "a client that dies is missed at once", func(t *testing.T) {
		engines[0].Kill()
		for _, m := range []wsMember{s[0], s[2], s[3]} {
			m.Expect(PeerDisconnected(s[1].id))
		}
		s = slices.Delete(s, 1, 2)
	})
	step(t, logs, "103 the server's end reaches everybody", func(t *testing.T) {
		g.Close()
		engines[1].Expect(CloseRequest(1, 1000, ""), Failed())
		s[1].Expect(ServerDisconnected())
	})
}

// step is a subtest in which the actors fail that one and not its parent.
func step(t *testing.T, logs []*Log, name string, f func(*testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		for _, l := range logs {
			l.Within(t)
		}
		f(t)
	})
	if t.Failed() {
		t.FailNow() // the next steps build on this one
	}
}

func wsJoin(t *testing.T, g *goPeer) *goPeer {
	t.Helper()
	g.Join()
	return g
}

func TestGoClientsInAStockWebSocketServer(t *testing.T) {
	e := Start(t, "stock server")
	url := fmt.Sprintf("ws://127.0.0.1:%d", e.ServeWebSocket())
	s := wsSession{{e, ServerID, -1}}
	clients := []*goPeer{wsClient(t, "Go client 1", url), wsClient(t, "Go client 2", url), wsClient(t, "Go client 3", url)}
	logs := []*Log{e.Log}
	for _, c := range clients {
		s.arrive(t, wsJoin(t, c))
		logs = append(logs, c.Log)
	}
	step(t, logs, "90, 91 targets reach those that they name, -1 also the server", func(t *testing.T) { s.matrix(t, true) })
	step(t, logs, "105 the largest message of default buffers passes, a larger one is refused here", func(t *testing.T) {
		const most = 65526
		if result := clients[0].PutPattern(ServerID, Reliable, most, 3); result != OK {
			t.Fatalf("put returned %d", result)
		}
		s[0].Expect(Packet(s[1].id, Pattern(most, 3), -1))
		err := clients[0].peer.Send(crosspeer.Packet{To: 1, Mode: crosspeer.Reliable, Data: make([]byte, most+1)})
		if err == nil || !strings.Contains(err.Error(), "too large") {
			t.Errorf("one byte more: %v", err)
		}
	})
	step(t, logs, "98, 100 a kicked client is told why", func(t *testing.T) {
		e.Run(fmt.Sprintf(`peer.disconnect_peer(%d, 4001, "bye bye")`, s[1].id))
		clients[0].Expect(ServerDisconnected())
		for _, m := range []wsMember{s[0], s[2], s[3]} {
			m.Expect(PeerDisconnected(s[1].id))
		}
		if !strings.Contains(clients[0].Transcript(), "bye bye") {
			t.Error("the reason did not arrive")
		}
		s = slices.Delete(s, 1, 2)
	})
	step(t, logs, "a client that closes is missed by the others", func(t *testing.T) {
		clients[1].Close()
		s[0].Expect(CloseRequest(s[1].id, 1000, ""), PeerDisconnected(s[1].id))
		s[2].Expect(PeerDisconnected(s[1].id))
		s = slices.Delete(s, 1, 2)
	})
	step(t, logs, "103 the server's stop is a goodbye", func(t *testing.T) {
		e.Run("peer.stop()")
		clients[2].Expect(ServerDisconnected())
	})
}

func TestGodotOverENetAndWebSocketInOneSession(t *testing.T) {
	g, url := wsServer(t, wslink.Config{}, enetlink.Listen("127.0.0.1:0"))
	_, port, err := net.SplitHostPort(strings.TrimPrefix(g.peer.Addrs()[1], "enet://"))
	if err != nil {
		t.Fatal(err)
	}
	engines := StartAll(t, "stock ENet client", "stock WebSocket client")
	s := wsSession{{g, ServerID, 1}}
	var n int
	fmt.Sscan(port, &n)
	engines[0].CreateClient("127.0.0.1", n, ClientOptions{})
	s.arrive(t, engines[0])
	s[1].channel = 1
	engines[1].DialWebSocket(url)
	s.arrive(t, engines[1])
	s.arrive(t, wsJoin(t, goClient(t, "Go ENet client", n, ClientOptions{})))
	s.arrive(t, wsJoin(t, wsClient(t, "Go WebSocket client", url)))
	s.matrix(t, false)
	for _, m := range s {
		if m.channel == -1 {
			continue
		}
		m.Actor.Put(0, Unreliable, []byte("perhaps"))
		s[2].Expect(Packet(m.id, []byte("perhaps"), -1)) // over TCP it is certain
	}
	engines[0].Close()
	s[0].WaitFor(func(e Event) bool { return e == PeerDisconnected(s[1].id) })
	s[2].Expect(PeerDisconnected(s[1].id))
}

func TestStockWebSocketClientsWithSubprotocolsAndTLS(t *testing.T) {
	e := Start(t, "stock client")
	site := httptest.NewUnstartedServer(http.NotFoundHandler())
	site.StartTLS() // for its certificate
	defer site.Close()
	t.Run("82, 83 sub-protocols must agree; the client's first counts", func(t *testing.T) {
		g, url := wsServer(t, wslink.Config{Subprotocols: []string{"b", "a"}})
		for _, tt := range []struct {
			asked []string
			ok    bool
		}{{nil, false}, {[]string{"c"}, false}, {[]string{"c", "a", "b"}, true}} {
			e.DialWebSocket(url, tt.asked...)
			if tt.ok {
				e.Expect(PeerConnected(ServerID), Succeeded())
			} else {
				e.Expect(Failed())
			}
		}
		g.Close()
		e.Expect(CloseRequest(1, 1000, ""), Failed())
	})
	t.Run("82 a server without any refuses a client that asks", func(t *testing.T) {
		_, url := wsServer(t, wslink.Config{})
		e.DialWebSocket(url, "a")
		e.Expect(Failed())
	})
	t.Run("111 wss with a certificate that nobody vouches for", func(t *testing.T) {
		g, url := wsServer(t, wslink.Config{TLS: &tls.Config{Certificates: site.TLS.Certificates}})
		if !strings.HasPrefix(url, "wss://") {
			t.Fatalf("the URL is %s", url)
		}
		e.DialWebSocket(url) // with verify_ssl off
		e.Expect(PeerConnected(ServerID), Succeeded())
		g.WaitFor(func(ev Event) bool { return ev == PeerConnected(e.ID()) })
		if result := e.Put(ServerID, Reliable, []byte("in secret")); result != OK {
			t.Fatalf("put returned %d", result)
		}
		g.Expect(Packet(e.ID(), []byte("in secret"), 1))
		e.Run("peer.disconnect_from_host()")
		e.Expect(Failed())
		e.Run("peer.verify_ssl = true")
		e.DialWebSocket(url)
		e.Expect(Failed())
	})
}

func TestPlainWebSocketOfTheEngine(t *testing.T) {
	type ended struct {
		text string
		err  error
	}
	result := make(chan ended, 1)
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := wslink.Accept(w, r)
		if err != nil {
			result <- ended{"", err}
			return
		}
		for {
			data, text, err := c.ReadMessage(r.Context())
			if err != nil {
				result <- ended{"", err}
				return
			}
			c.WriteMessage(append([]byte("echo "), data...), text)
		}
	}))
	defer site.Close()
	e := Start(t, "stock client")
	e.Run(fmt.Sprintf(`var ws = WebSocketClient.new()
agent.set_meta("ws", ws)
return ws.connect_to_url(%q)`, "ws"+strings.TrimPrefix(site.URL, "http")))
	got := e.Run(`var ws = agent.get_meta("ws")
while ws.get_connection_status() == 1:
	ws.poll()
ws.get_peer(1).put_packet("hello".to_utf8())
while ws.get_peer(1).get_available_packet_count() == 0:
	ws.poll()
var answer = ws.get_peer(1).get_packet().get_string_from_utf8()
ws.disconnect_from_host(4000, "enough")
while ws.get_connection_status() != 0:
	ws.poll()
return answer`).Text()
	if got != "echo hello" {
		t.Errorf("the engine got %q", got)
	}
	end := <-result
	if c, ok := end.err.(*wslink.CloseError); !ok || c.Code != 4000 || c.Text != "enough" || !c.Clean {
		t.Errorf("101 the connection ends with %+v", end.err)
	}
}
