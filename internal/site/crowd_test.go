package site

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// served says whether a connection to the site gets an answer.
func served(t *testing.T, s *Site) (net.Conn, bool) {
	t.Helper()
	conn, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(patience))
	io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err, ok := err.(net.Error); ok && err.Timeout() {
		t.Fatal("neither served nor closed")
	}
	if err == nil {
		resp.Body.Close()
	}
	return conn, err == nil
}

func TestConnectionsBeyondTheLimitAreClosed(t *testing.T) {
	for name, cfg := range map[string]Config{
		"of all":         {MaxConns: 3, KeepAlive: time.Hour, Patience: time.Hour},
		"of one address": {MaxConnsPerAddress: 3, KeepAlive: time.Hour, Patience: time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, cfg, hello)
			var first net.Conn
			for i := range 3 {
				conn, ok := served(t, s)
				if !ok {
					t.Fatalf("connection %d is not served", i+1)
				}
				first = conn
			}
			if _, ok := served(t, s); ok {
				t.Fatal("the fourth is served")
			}
			first.Close()
			for deadline := time.Now().Add(patience); ; {
				if _, ok := served(t, s); ok {
					return
				}
				if time.Now().After(deadline) {
					t.Fatal("nobody is served when one has gone")
				}
			}
		})
	}
}

func TestConnectionsThatAreTakenOverDoNotCount(t *testing.T) {
	s := open(t, Config{MaxConns: 1, Patience: time.Hour}, func(w http.ResponseWriter, r *http.Request) {
		if c, err := websocket.Accept(w, r, nil); err == nil {
			defer c.CloseNow()
			c.Read(r.Context())
		}
	})
	for range 3 {
		c, _, err := websocket.Dial(t.Context(), "ws://"+s.Addr(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer c.CloseNow()
	}
}
