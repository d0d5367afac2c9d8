package wslink_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"github.com/gobwas/ws"

	"crosspeer"
	"crosspeer/link/wslink"
)

// The numbers in front of test names are those of Godot 3.2's behaviours over
// WebSocket, 82 to 111.

func TestFramesThatBreakTheRulesCloseTheirConnection(t *testing.T) {
	whole := func(op ws.OpCode) ws.Header { return ws.Header{Fin: true, OpCode: op, Masked: true} }
	part := func(op ws.OpCode, fin bool) ws.Header { return ws.Header{Fin: fin, OpCode: op, Masked: true} }
	for _, tt := range []struct {
		name string
		code int
		run  func(*raw)
	}{
		{"106, 107 an unmasked frame", 1002, func(r *raw) { r.frame(ws.Header{Fin: true, OpCode: ws.OpBinary}, data(r.id, 1, "x")) }},
		{"106 a reserved bit", 1002, func(r *raw) {
			r.frame(ws.Header{Fin: true, Rsv: ws.Rsv(true, false, false), OpCode: ws.OpBinary, Masked: true}, data(r.id, 1, "x"))
		}},
		{"106 opcode 3", 1002, func(r *raw) { r.frame(whole(3), []byte("x")) }},
		{"opcode 11", 1002, func(r *raw) { r.frame(whole(11), nil) }},
		{"106 close code 1005", 1002, func(r *raw) { r.frame(whole(ws.OpClose), []byte{0x03, 0xED}) }},
		{"close code 999", 1002, func(r *raw) { r.frame(whole(ws.OpClose), []byte{0x03, 0xE7}) }},
		{"a close reason that is no text", 1007, func(r *raw) { r.frame(whole(ws.OpClose), []byte{0x03, 0xE8, 0xFF}) }},
		{"95, 106 text that is not UTF-8", 1007, func(r *raw) { r.frame(whole(ws.OpText), data(-1, 0, "\xff")) }},
		{"a control frame of 126 bytes", 1002, func(r *raw) { r.frame(whole(ws.OpPing), make([]byte, 126)) }},
		{"a fragmented control frame", 1002, func(r *raw) { r.frame(part(ws.OpPing, false), []byte("x")) }},
		{"a continuation of nothing", 1002, func(r *raw) { r.frame(whole(ws.OpContinuation), []byte("x")) }},
		{"a message inside a message", 1002, func(r *raw) {
			r.frame(part(ws.OpBinary, false), data(r.id, 1, "x"))
			r.frame(whole(ws.OpBinary), data(r.id, 1, "y"))
		}},
		{"105 a message of 65,537 bytes", 1009, func(r *raw) { r.send(make([]byte, 65537)) }},
		{"a claim of 4 GiB", 1009, func(r *raw) {
			r.frame(ws.Header{Fin: true, OpCode: ws.OpBinary, Masked: true, Length: 1 << 32}, nil)
		}},
		{"a length with its first bit set", 1002, func(r *raw) {
			r.write([]byte{0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 1, 1, 2, 3, 4})
		}},
		{"fragments that together are too much", 1009, func(r *raw) {
			r.frame(part(ws.OpBinary, false), make([]byte, 60000))
			r.frame(part(ws.OpContinuation, true), make([]byte, 6000))
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			srv := serve(t, wslink.Config{})
			w := watcher(t, srv)
			r := join(t, srv)
			r.message() // the watcher is announced
			tt.run(r)
			code, text := r.closed()
			if code != tt.code {
				t.Errorf("close code %d %q, want %d", code, text, tt.code)
			}
			if why := left(t, srv, r.id); why.Code != crosspeer.ReasonProtocol || why.Text == "" {
				t.Errorf("107 the server's reason is %+v", why)
			}
			unharmed(t, srv, w)
		})
	}
}

func TestMessagesThatAreUnusualAreTaken(t *testing.T) {
	srv := serve(t, wslink.Config{})
	w := watcher(t, srv)
	r := join(t, srv)
	r.message()
	want := func(text string) {
		t.Helper()
		pkt, err := srv.Receive(testContext(t))
		if err != nil || string(pkt.Data) != text || int32(pkt.From) != r.id || pkt.Mode != crosspeer.Reliable {
			t.Fatalf("got %+v, %v, want %q from %d", pkt, err, text, r.id)
		}
	}
	t.Run("94 a message of 9 bytes is an empty packet", func(t *testing.T) { r.send(data(r.id, 1, "")); want("") })
	t.Run("95 fragments with control frames between them", func(t *testing.T) {
		b := data(r.id, 1, "joined")
		r.frame(ws.Header{OpCode: ws.OpBinary, Masked: true}, b[:4])
		r.frame(ws.Header{Fin: true, OpCode: ws.OpPing, Masked: true}, []byte("now"))
		r.frame(ws.Header{OpCode: ws.OpContinuation, Masked: true}, nil)
		r.frame(ws.Header{Fin: true, OpCode: ws.OpContinuation, Masked: true}, b[4:])
		want("joined")
		if h, b := r.next(); h.OpCode != ws.OpPong || string(b) != "now" {
			t.Errorf("109 the ping is answered by %s", describe(h, b))
		}
	})
	t.Run("95 text whose bytes are UTF-8", func(t *testing.T) {
		b := data(r.id, 1, "text")
		if uint32(r.id)&0x80808080 != 0 {
			t.Skip("this client's id is no text")
		}
		r.frame(ws.Header{Fin: true, OpCode: ws.OpText, Masked: true}, b)
		want("text")
	})
	t.Run("94 foreign sources, unknown kinds and short messages are dropped", func(t *testing.T) {
		r.send(data(r.id+1, 1, "forged"))
		r.send(append([]byte{1}, data(r.id, 1, "add")[1:]...))
		r.send(append([]byte{9}, data(r.id, 1, "nine")[1:]...))
		r.send(make([]byte, 8))
		r.send(nil)
		r.send(data(r.id, 1, "honest"))
		want("honest")
		if s := srv.Stats(); s.Spoofed != 1 || s.Malformed != 4 {
			t.Errorf("%d forged and %d malformed packets were counted, want 1 and 4", s.Spoofed, s.Malformed)
		}
	})
	t.Run("92 a packet to oneself comes back as on ENet, one to all but a stranger reaches all", func(t *testing.T) {
		r.send(data(r.id, r.id, "me"))
		if got := r.message(); !bytes.Equal(got, data(r.id, r.id, "me")) {
			t.Errorf("got %x", got)
		}
		r.send(data(r.id, -7, "all"))
		want("all")
		pkt, err := w.Receive(testContext(t))
		if err != nil || string(pkt.Data) != "all" || pkt.To != -7 {
			t.Errorf("the other client got %+v, %v", pkt, err)
		}
	})
	t.Run("109 a flood of pings is answered by at least the last", func(t *testing.T) {
		for range 1000 {
			r.frame(ws.Header{Fin: true, OpCode: ws.OpPing, Masked: true}, []byte("flood"))
		}
		r.frame(ws.Header{Fin: true, OpCode: ws.OpPing, Masked: true}, []byte("last"))
		for {
			if h, b := r.next(); h.OpCode == ws.OpPong && string(b) == "last" {
				return
			}
		}
	})
	t.Run("101 a close frame is answered with its code and reason", func(t *testing.T) {
		r.frame(ws.Header{Fin: true, OpCode: ws.OpClose, Masked: true}, append([]byte{0x0F, 0xA1}, "bye bye\x00"...))
		if code, text := r.closed(); code != 4001 || text != "bye bye\x00" {
			t.Errorf("answered with %d %q", code, text)
		}
		if why := left(t, srv, r.id); why.Text != "bye bye" || why.By != crosspeer.ByRemote {
			t.Errorf("the reason is %+v", why)
		}
	})
}

func TestARequestMustBeAWebSocket(t *testing.T) {
	for _, tt := range []struct {
		name   string
		cfg    wslink.Config
		line   string
		header map[string]string
		status int
	}{
		{"85 any path", wslink.Config{}, "GET /a/b?c HTTP/1.1", nil, 101},
		{"85 a list in Connection", wslink.Config{}, "GET / HTTP/1.1", map[string]string{"Connection": "keep-alive, Upgrade"}, 101},
		{"85 POST", wslink.Config{}, "POST / HTTP/1.1", nil, 405},
		{"85 version 12", wslink.Config{}, "GET / HTTP/1.1", map[string]string{"Sec-WebSocket-Version": "12"}, 426},
		{"85 no key", wslink.Config{}, "GET / HTTP/1.1", map[string]string{"Sec-WebSocket-Key": ""}, 400},
		{"no upgrade", wslink.Config{}, "GET / HTTP/1.1", map[string]string{"Upgrade": ""}, 400},
		{"82 a sub-protocol of none", wslink.Config{}, "GET / HTTP/1.1", map[string]string{"Sec-WebSocket-Protocol": "a"}, 400},
		{"82 none of the sub-protocols", wslink.Config{Subprotocols: []string{"a"}}, "GET / HTTP/1.1", nil, 400},
		{"83 the client's first", wslink.Config{Subprotocols: []string{"b", "a"}}, "GET / HTTP/1.1", map[string]string{"Sec-WebSocket-Protocol": "c, a,b"}, 101},
		{"a path that is served", wslink.Config{Path: "/game"}, "GET /game HTTP/1.1", nil, 101},
		{"a path that is not", wslink.Config{Path: "/game"}, "GET /other HTTP/1.1", nil, 404},
		{"an origin that may join", wslink.Config{Origins: []string{"https://game.example"}}, "GET / HTTP/1.1", map[string]string{"Origin": "https://Game.example"}, 101},
		{"an origin that may not", wslink.Config{Origins: []string{"https://game.example"}}, "GET / HTTP/1.1", map[string]string{"Origin": "https://evil.example"}, 403},
		{"the server's own page", wslink.Config{Origins: []string{"https://game.example"}}, "GET / HTTP/1.1", map[string]string{"Origin": "http://LOCALHOST", "Host": "localhost"}, 101},
		{"the server's own host on another port", wslink.Config{Origins: []string{"https://game.example"}}, "GET / HTTP/1.1", map[string]string{"Origin": "http://localhost:81", "Host": "localhost"}, 403},
		{"a page without a place", wslink.Config{Origins: []string{"https://game.example"}}, "GET / HTTP/1.1", map[string]string{"Origin": "null"}, 403},
		{"no origin, as games", wslink.Config{Origins: []string{"https://game.example"}}, "GET / HTTP/1.1", nil, 101},
		{"extensions are not agreed on", wslink.Config{}, "GET / HTTP/1.1", map[string]string{"Sec-WebSocket-Extensions": "permessage-deflate"}, 101},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := open(t, serve(t, tt.cfg))
			resp := r.request(tt.line, tt.header)
			if resp.StatusCode != tt.status {
				t.Fatalf("answered %s, want %d", resp.Status, tt.status)
			}
			if tt.status == 101 {
				if got := resp.Header.Get("Sec-WebSocket-Accept"); got != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" {
					t.Errorf("Sec-WebSocket-Accept is %q", got)
				}
				if got := resp.Header.Get("Sec-WebSocket-Extensions"); got != "" {
					t.Errorf("extensions %q", got)
				}
			}
			if strings.HasPrefix(tt.name, "83") && resp.Header.Get("Sec-WebSocket-Protocol") != "a" {
				t.Errorf("sub-protocol %q, want a", resp.Header.Get("Sec-WebSocket-Protocol"))
			}
		})
	}
}

func TestASessionThatRefusesAnswersWhy(t *testing.T) {
	srv := serve(t, wslink.Config{})
	srv.SetRefuseNewConnections(true)
	if resp := open(t, srv).request("GET / HTTP/1.1", nil); resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("answered %s", resp.Status)
	}
	_, err := crosspeer.Dial(testContext(t), nil, wslink.Dial(srv.Addrs()[0]))
	if err == nil || !strings.Contains(err.Error(), "503") || !strings.Contains(err.Error(), "new connections are refused") {
		t.Errorf("Dial: %v", err)
	}
	if n := srv.Stats().Refused; n != 2 {
		t.Errorf("%d refusals were counted, want 2", n)
	}
}
