package godot3

import (
	"crypto/rand"
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"crosspeer"
	"crosspeer/admit"
	"crosspeer/link/enetlink"
	"crosspeer/link/wslink"
	"crosspeer/token"
)

// guarded starts a Go server with ENet and WebSocket that lets in who has a
// token within a time, and gives a token and the ways to the server.
func guarded(t *testing.T, patience time.Duration) (g *goPeer, binary []byte, port int, url string) {
	t.Helper()
	key, err := token.NewKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	v, err := token.NewVerifier(token.Config{Audience: "arena-3", Keys: token.NewKeyRing(key.Public())})
	if err != nil {
		t.Fatal(err)
	}
	binary, err = key.Sign(token.Claims{Audience: "arena-3", Subject: "ann", Expires: time.Now().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	g = newGoPeer(t, "Go server", crosspeer.Config{Admit: admit.With(admit.Tokens(v, admit.Options{})), AdmitTimeout: patience}, 0)
	if err := g.peer.Listen(g.ctx, enetlink.Listen("127.0.0.1:0"), wslink.Listen("127.0.0.1:0")); err != nil {
		t.Fatal(err)
	}
	go g.follow()
	for _, a := range g.peer.Addrs() {
		if addr, ok := strings.CutPrefix(a, "enet://"); ok {
			_, p, err := net.SplitHostPort(addr)
			if err != nil {
				t.Fatal(err)
			}
			if port, err = strconv.Atoi(p); err != nil {
				t.Fatal(err)
			}
		} else {
			url = a
		}
	}
	return g, binary, port, url
}

// isIn checks that a client was let in, and that what it sends then arrives.
func isIn(t *testing.T, g *goPeer, e *Engine) {
	t.Helper()
	id := e.ID()
	g.Expect(PeerConnected(id))
	e.Put(ServerID, Reliable, []byte("hello"))
	g.Expect(Packet(id, []byte("hello"), 1))
	info, err := g.peer.PeerInfo(crosspeer.PeerID(id))
	if c, ok := info.Metadata.(token.Claims); err != nil || !ok || c.Subject != "ann" {
		t.Errorf("the server knows %+v, %v", info.Metadata, err)
	}
	e.Run(`if peer is WebSocketClient:
	peer.disconnect_from_host()
else:
	peer.close_connection()`)
	g.Expect(PeerDisconnected(id))
}

func TestStockClientsBringATokenOverENet(t *testing.T) {
	t.Parallel()
	g, binary, port, _ := guarded(t, time.Minute)
	text := token.Text(binary)
	e := Start(t, "client")
	connect := func(t *testing.T) {
		t.Helper()
		if result := e.CreateClient("127.0.0.1", port, ClientOptions{}); result != OK {
			t.Fatalf("create_client returned %d", result)
		}
		e.Expect(PeerConnected(ServerID), Succeeded())
		g.Quiet() // nobody hears of it yet
		e.Run("peer.set_target_peer(1); peer.transfer_mode = NetworkedMultiplayerPeer.TRANSFER_MODE_RELIABLE")
	}
	for _, tt := range []struct{ name, source string }{
		{"put_packet of the text", "peer.put_packet(text.to_utf8())"},
		{"put_packet of the bytes", "peer.put_packet(bytes)"},
		{"put_var of the text", "peer.put_var(text)"},
		{"put_var of the bytes", "peer.put_var(bytes)"},
		{"send_bytes of the text", "api.send_bytes(text.to_utf8(), 1)"},
		{"send_bytes of the bytes", "api.send_bytes(bytes, 1)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			connect(t)
			e.RunWith(binary, fmt.Sprintf(`var text = %q
var api = MultiplayerAPI.new()
api.network_peer = peer
%s
api.network_peer = null`, text, tt.source))
			isIn(t, g, e)
		})
	}
	for _, tt := range []struct{ name, source string }{
		{"a token that is not", "peer.put_packet('let me in'.to_utf8())"},
		{"a damaged token", "bytes[20] = bytes[20] ^ 1; peer.put_packet(bytes)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			refused := g.peer.Stats().Refused
			connect(t)
			e.RunWith(binary, tt.source)
			e.Expect(ServerDisconnected())
			e.Close()
			g.Quiet()
			if n := g.peer.Stats().Refused; n != refused+1 {
				t.Errorf("%d were refused, want %d", n, refused+1)
			}
		})
	}
}

func TestAStockClientWithoutATokenIsNotWaitedForLong(t *testing.T) {
	t.Parallel()
	g, _, port, _ := guarded(t, time.Second)
	e := Start(t, "client")
	if result := e.CreateClient("127.0.0.1", port, ClientOptions{}); result != OK {
		t.Fatalf("create_client returned %d", result)
	}
	e.Expect(PeerConnected(ServerID), Succeeded(), ServerDisconnected())
	g.Quiet()
}

func TestStockClientsBringATokenOverWebSocket(t *testing.T) {
	t.Parallel()
	g, binary, _, url := guarded(t, time.Minute)
	e := Start(t, "client")
	if result := e.DialWebSocket(url + "/?token=" + token.Text(binary)); result != OK {
		t.Fatalf("connect_to_url returned %d", result)
	}
	e.Expect(PeerConnected(ServerID), Succeeded())
	isIn(t, g, e)
	e = Start(t, "client without a token")
	if result := e.DialWebSocket(url + "/"); result != OK {
		t.Fatalf("connect_to_url returned %d", result)
	}
	e.Expect(Failed())
	g.Quiet()
	e = Start(t, "client with a damaged token")
	if result := e.DialWebSocket(url + "/?token=" + token.Text(binary[1:])); result != OK {
		t.Fatalf("connect_to_url returned %d", result)
	}
	e.Expect(Failed())
	g.Quiet()
}
