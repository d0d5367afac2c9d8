package wslink_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"github.com/gobwas/ws"

	"crosspeer"
	"crosspeer/link/wslink"
)

// conns opens a plain WebSocket and gives both of its ends.
func conns(t *testing.T, cfg wslink.Config) (server, client *wslink.Conn) {
	t.Helper()
	accepted := make(chan *wslink.Conn, 1)
	client, err := wslink.DialConn(testContext(t), plainSite(t, cfg, accepted), cfg)
	if err != nil {
		t.Fatal(err)
	}
	server = <-accepted
	t.Cleanup(func() { server.Close(0, ""); client.Close(0, "") })
	return server, client
}

// plainSite serves plain WebSockets at an URL.
func plainSite(t *testing.T, cfg wslink.Config, accepted chan<- *wslink.Conn) (url string) {
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c, err := wslink.Accept(w, r, cfg); err == nil {
			accepted <- c
		}
	}))
	t.Cleanup(site.Close)
	return "ws" + strings.TrimPrefix(site.URL, "http")
}

// over reads to the end of a Conn.
func over(t *testing.T, c *wslink.Conn) wslink.CloseError {
	t.Helper()
	for {
		_, _, err := c.ReadMessage(testContext(t))
		if err == nil {
			continue
		}
		var end *wslink.CloseError
		if !errors.As(err, &end) {
			t.Fatalf("read: %v, want a CloseError", err)
		}
		if _, _, again := c.ReadMessage(testContext(t)); again != err {
			t.Errorf("the next read: %v, want %v again", again, err)
		}
		return *end
	}
}

func TestAPlainConnCarriesTextAndBytes(t *testing.T) {
	cfg := wslink.Config{Subprotocols: []string{"chat"}}
	server, client := conns(t, cfg)
	if server.Subprotocol() != "chat" || client.Subprotocol() != "chat" {
		t.Errorf("83 sub-protocols %q and %q, want chat", server.Subprotocol(), client.Subprotocol())
	}
	if !server.RemoteAddr().IsValid() || !client.RemoteAddr().IsValid() {
		t.Errorf("remote addresses %v and %v", server.RemoteAddr(), client.RemoteAddr())
	}
	for _, pair := range []struct{ from, to *wslink.Conn }{{client, server}, {server, client}} {
		for _, want := range []struct {
			data string
			text bool
		}{{"Grüße", true}, {"\xff\x00", false}, {"", true}, {strings.Repeat("x", 65535), false}} {
			if err := pair.from.WriteMessage([]byte(want.data), want.text); err != nil {
				t.Fatal(err)
			}
			data, text, err := pair.to.ReadMessage(testContext(t))
			if err != nil || string(data) != want.data || text != want.text {
				t.Errorf("got %d bytes, text %v, %v; want %d bytes, text %v", len(data), text, err, len(want.data), want.text)
			}
		}
		if err := pair.from.WriteMessage([]byte{0xff}, true); err == nil {
			t.Error("text that is not UTF-8 was sent")
		}
	}
}

func TestWhatNobodyHasReadYet(t *testing.T) {
	t.Run("110 messages to a plain Conn wait on their way", func(t *testing.T) {
		const n = 2000 // the engine drops those after the 1023rd
		server, client := conns(t, wslink.Config{})
		for i := range n {
			if err := server.WriteMessage(fmt.Append(nil, i), false); err != nil {
				t.Fatal(err)
			}
		}
		for i := range n {
			if data, _, err := client.ReadMessage(testContext(t)); err != nil || string(data) != fmt.Sprint(i) {
				t.Fatalf("message %d: %q, %v", i, data, err)
			}
		}
	})
	t.Run("108 the next packet of a session without any is an error", func(t *testing.T) {
		srv := serve(t, wslink.Config{})
		for _, p := range []*crosspeer.Peer{srv, watcher(t, srv)} {
			if b, err := p.GetPacket(); b != nil || !errors.Is(err, crosspeer.ErrNoPacket) {
				t.Errorf("got %q, %v", b, err)
			}
		}
	})
}

func TestTheEndOfAPlainConn(t *testing.T) {
	t.Run("100, 101 the end that receives the goodbye first is the clean one", func(t *testing.T) {
		server, client := conns(t, wslink.Config{})
		if err := client.Close(4000, "enough"); err != nil {
			t.Fatal(err)
		}
		if got, want := over(t, server), (wslink.CloseError{Code: 4000, Text: "enough", Clean: true}); got != want {
			t.Errorf("the server's end is %+v, want %+v", got, want)
		}
		if got, want := over(t, client), (wslink.CloseError{Code: 4000, Text: "enough"}); got != want {
			t.Errorf("the client's end is %+v, want %+v", got, want)
		}
		if err := client.WriteMessage(nil, false); !errors.Is(err, net.ErrClosed) {
			t.Errorf("a message after the goodbye: %v", err)
		}
		if err := client.Close(1000, ""); !errors.Is(err, net.ErrClosed) {
			t.Errorf("a second goodbye: %v", err)
		}
	})
	t.Run("100 a goodbye without a code", func(t *testing.T) {
		server, client := conns(t, wslink.Config{})
		client.Close(0, "")
		if got, want := over(t, server), (wslink.CloseError{Clean: true}); got != want {
			t.Errorf("the server's end is %+v, want %+v", got, want)
		}
	})
	t.Run("codes that nobody may send", func(t *testing.T) {
		_, client := conns(t, wslink.Config{})
		for _, code := range []int{-1, 999, 1005, 1006, 1015, 5000, 1000 + 1<<16} {
			if err := client.Close(code, ""); err == nil {
				t.Errorf("code %d was sent", code)
			}
		}
	})
	t.Run("the context of a read", func(t *testing.T) {
		server, client := conns(t, wslink.Config{})
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, _, err := client.ReadMessage(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("read: %v", err)
		}
		if got := over(t, server); got.Code != 1006 || got.Clean {
			t.Errorf("101 the server's end is %+v, want code 1006 and no goodbye", got)
		}
		over(t, client)
	})
	t.Run("105 a message that is too big", func(t *testing.T) {
		server, client := conns(t, wslink.Config{MaxMessageBytes: 100})
		client.WriteMessage(make([]byte, 101), false)
		if got := over(t, server); got.Code != 1009 || got.Clean {
			t.Errorf("the server's end is %+v, want code 1009", got)
		}
		if got := over(t, client); got.Code != 1009 || !got.Clean {
			t.Errorf("the client's end is %+v, want code 1009", got)
		}
	})
	for _, tt := range []struct {
		name    string
		h       ws.Header
		payload string
		code    int
	}{
		{"106 text that is not UTF-8", ws.Header{Fin: true, OpCode: ws.OpText, Masked: true}, "\xff", 1007},
		{"106 an unmasked frame", ws.Header{Fin: true, OpCode: ws.OpText}, "x", 1002},
		{"106 opcode 3", ws.Header{Fin: true, OpCode: 3, Masked: true}, "x", 1002},
	} {
		t.Run(tt.name, func(t *testing.T) {
			accepted := make(chan *wslink.Conn, 1)
			r := openURL(t, plainSite(t, wslink.Config{}, accepted))
			r.request("GET / HTTP/1.1", nil)
			r.frame(tt.h, []byte(tt.payload))
			if got := over(t, <-accepted); got.Code != tt.code || got.Clean {
				t.Errorf("the server's end is %+v, want code %d", got, tt.code)
			}
			if code, _ := r.closed(); code != tt.code {
				t.Errorf("close code %d, want %d", code, tt.code)
			}
		})
	}
}

func TestAnIndependentClientTalksToAPlainConn(t *testing.T) {
	ctx := testContext(t)
	accepted := make(chan *wslink.Conn, 1)
	c, _, err := websocket.Dial(ctx, plainSite(t, wslink.Config{}, accepted), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseNow()
	server := <-accepted
	if err := c.Write(ctx, websocket.MessageText, []byte("Grüße")); err != nil {
		t.Fatal(err)
	}
	if data, text, err := server.ReadMessage(ctx); err != nil || !text || string(data) != "Grüße" {
		t.Fatalf("got %q, text %v, %v", data, text, err)
	}
	end := make(chan wslink.CloseError, 1)
	go func() { end <- over(t, server) }()
	if err := c.Close(4321, "so long"); err != nil {
		t.Errorf("close: %v", err)
	}
	if got, want := <-end, (wslink.CloseError{Code: 4321, Text: "so long", Clean: true}); got != want {
		t.Errorf("101 the server's end is %+v, want %+v", got, want)
	}
}

func TestAPlainConnIsRefusedWithWords(t *testing.T) {
	url := plainSite(t, wslink.Config{Subprotocols: []string{"a"}}, make(chan *wslink.Conn, 1))
	_, err := wslink.DialConn(testContext(t), url, wslink.Config{Subprotocols: []string{"b"}})
	if err == nil || !strings.Contains(err.Error(), "400") || !strings.Contains(err.Error(), "no sub-protocol that is spoken here: b") {
		t.Errorf("82 %v", err)
	}
}
