package site

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

const patience = 20 * time.Second

func open(t *testing.T, cfg Config, h http.HandlerFunc) *Site {
	t.Helper()
	s, err := Listen(t.Context(), "127.0.0.1:0", cfg)
	if err != nil {
		t.Fatal(err)
	}
	s.Serve(h)
	t.Cleanup(func() { s.Close() })
	return s
}

func hello(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello") }

// ended reads until the connection ends and gives what came.
func ended(t *testing.T, conn net.Conn) string {
	t.Helper()
	conn.SetReadDeadline(time.Now().Add(patience))
	b, err := io.ReadAll(conn)
	if err, ok := err.(net.Error); ok && err.Timeout() {
		t.Fatalf("the connection is kept; %q came", b)
	}
	return string(b)
}

func TestAStrangersConnectionEndsInTime(t *testing.T) {
	for name, sent := range map[string]string{
		"nothing is sent":          "",
		"a head that does not end": "GET / HTTP/1.1\r\nHost: x",
		"a body that never comes":  "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n",
		"one request":              "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"a head that is too large": "GET / HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("x", 2*headBytes) + "\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, Config{Patience: 200 * time.Millisecond}, hello)
			conn, err := net.Dial("tcp", s.Addr())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			io.WriteString(conn, sent)
			ended(t, conn)
		})
	}
}

func TestAConnectionThatIsTakenOverHasTimesOfItsOwn(t *testing.T) {
	s := open(t, Config{Patience: 100 * time.Millisecond}, func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		defer conn.CloseNow()
		if kind, b, err := conn.Read(context.Background()); err == nil {
			conn.Write(context.Background(), kind, b)
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, "ws://"+s.Addr(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.CloseNow()
	<-time.After(400 * time.Millisecond)
	if err := conn.Write(ctx, websocket.MessageText, []byte("late")); err != nil {
		t.Fatal(err)
	}
	if _, b, err := conn.Read(ctx); err != nil || string(b) != "late" {
		t.Errorf("read %q, %v", b, err)
	}
}

func TestConnectionsAreKeptIfThatIsWanted(t *testing.T) {
	s := open(t, Config{Patience: patience, KeepAlive: patience}, hello)
	conn, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	src := bufio.NewReader(conn)
	for range 3 {
		io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		resp, err := http.ReadResponse(src, nil)
		if err != nil {
			t.Fatal(err)
		}
		if b, _ := io.ReadAll(resp.Body); string(b) != "hello" {
			t.Errorf("answered %q", b)
		}
	}
}

func TestTLSSpeaksHTTP1(t *testing.T) {
	other := httptest.NewUnstartedServer(nil)
	other.StartTLS() // for its certificate
	defer other.Close()
	s := open(t, Config{Patience: patience, TLS: &tls.Config{Certificates: other.TLS.Certificates}}, hello)
	if !s.Secure() {
		t.Error("it says that it is not secure")
	}
	client := other.Client()
	resp, err := client.Get("https://" + s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.ProtoMajor != 1 {
		t.Errorf("it speaks %s", resp.Proto)
	}
}

func TestASiteThatNeverServesIsClosed(t *testing.T) {
	s, err := Listen(t.Context(), "127.0.0.1:0", Config{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	again, err := Listen(t.Context(), s.Addr(), Config{})
	if err != nil {
		t.Fatalf("its address is still taken: %v", err)
	}
	again.Close()
}
