package wslink_test

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"crosspeer"
	"crosspeer/link/wslink"
)

func TestAnIndependentClientPlaysInASession(t *testing.T) {
	ctx := testContext(t)
	srv := serve(t, wslink.Config{})
	conn, _, err := websocket.Dial(ctx, srv.Addrs()[0], &websocket.DialOptions{CompressionMode: websocket.CompressionContextTakeover})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.CloseNow()
	read := func() []byte {
		t.Helper()
		kind, b, err := conn.Read(ctx)
		if err != nil || kind != websocket.MessageBinary {
			t.Fatalf("read %v, %v", kind, err)
		}
		return b
	}
	b := read()
	id := int32(b[9]) | int32(b[10])<<8 | int32(b[11])<<16 | int32(b[12])<<24
	read()
	big := data(id, 1, strings.Repeat("big", 20000))
	if err := conn.Write(ctx, websocket.MessageBinary, big); err != nil {
		t.Fatal(err)
	}
	pkt, err := srv.Receive(ctx)
	if err != nil || !bytes.Equal(pkt.Data, big[9:]) {
		t.Fatalf("got %d bytes, %v", len(pkt.Data), err)
	}
	go func() { // what comes is answered by reading
		for {
			if _, _, err := conn.Read(ctx); err != nil {
				return
			}
		}
	}()
	if err := conn.Ping(ctx); err != nil {
		t.Errorf("ping: %v", err)
	}
	if err := conn.Close(websocket.StatusNormalClosure, "done"); err != nil {
		t.Errorf("close: %v", err)
	}
	if why := left(t, srv, id); why.Text != "done" || why.Code != crosspeer.ReasonClosed {
		t.Errorf("the reason is %+v", why)
	}
}

// TestAnIndependentServer echoes what a plain Conn sends, fragmented.
func TestAnIndependentServer(t *testing.T) {
	ctx := testContext(t)
	closed := make(chan error, 1)
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"echo"}, CompressionMode: websocket.CompressionContextTakeover})
		if err != nil {
			closed <- err
			return
		}
		for {
			kind, b, err := c.Read(ctx)
			if err != nil {
				closed <- err
				return
			}
			out, err := c.Writer(ctx, kind)
			for _, part := range bytes.SplitAfter(b, []byte(" ")) {
				if err == nil {
					_, err = out.Write(part) // a frame of its own
				}
			}
			if err == nil {
				err = out.Close()
			}
			if err != nil {
				closed <- err
				return
			}
		}
	}))
	defer site.Close()
	c, err := wslink.DialConn(ctx, "ws"+strings.TrimPrefix(site.URL, "http"), wslink.Config{Subprotocols: []string{"echo"}})
	if err != nil {
		t.Fatal(err)
	}
	if c.Subprotocol() != "echo" {
		t.Errorf("the sub-protocol is %q", c.Subprotocol())
	}
	want := strings.Repeat("über ", 2000)
	if err := c.WriteMessage([]byte(want), true); err != nil {
		t.Fatal(err)
	}
	if b, text, err := c.ReadMessage(ctx); err != nil || !text || string(b) != want {
		t.Errorf("got %d bytes, text %v, %v", len(b), text, err)
	}
	if err := c.Close(4002, "enough"); err != nil {
		t.Fatal(err)
	}
	over(t, c)
	var end websocket.CloseError
	if err := <-closed; !errors.As(err, &end) || end.Code != 4002 || strings.TrimRight(end.Reason, "\x00") != "enough" {
		t.Errorf("100 the server's end is %v", err)
	}
}

func TestAHandlerServesOneSessionAtATime(t *testing.T) {
	ctx := testContext(t)
	h := wslink.NewHandler()
	mux := http.NewServeMux()
	mux.Handle("/game/", h)
	site := httptest.NewServer(mux)
	defer site.Close()
	url := "ws" + strings.TrimPrefix(site.URL, "http") + "/game/x"
	for range 2 {
		if _, err := crosspeer.Dial(ctx, nil, wslink.Dial(url)); err == nil || !strings.Contains(err.Error(), "503 Service Unavailable: no session is open here") {
			t.Errorf("a dial before there is a session: %v", err)
		}
		srv, err := crosspeer.Listen(ctx, nil, h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := crosspeer.Listen(ctx, nil, h); err != wslink.ErrInUse {
			t.Errorf("a second session: %v, want ErrInUse", err)
		}
		cli, err := crosspeer.Dial(ctx, nil, wslink.Dial(url))
		if err != nil {
			t.Fatal(err)
		}
		if got := srv.MaxPacketBytes(); got != 65526 {
			t.Errorf("the session's largest packet is %d, want 65526", got)
		}
		cli.SetTransferMode(crosspeer.Unreliable)
		if got := cli.TransferMode(); got != crosspeer.Reliable {
			t.Errorf("97 the transfer mode is %v", got)
		}
		srv.Close()
		cli.Close()
	}
}
