package wslink_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"crosspeer"
	"crosspeer/link/wslink"
)

// certificate is a self-signed one for 127.0.0.1, and who trusts it.
func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	site := httptest.NewUnstartedServer(http.NotFoundHandler())
	site.StartTLS()
	defer site.Close()
	pool := x509.NewCertPool()
	pool.AddCert(site.Certificate())
	return site.TLS.Certificates[0], pool
}

func TestWSS(t *testing.T) {
	ctx := testContext(t)
	cert, pool := certificate(t)
	srv := serve(t, wslink.Config{TLS: &tls.Config{Certificates: []tls.Certificate{cert}}, Path: "/game"})
	url := srv.Addrs()[0]
	if !strings.HasPrefix(url, "wss://127.0.0.1:") || !strings.HasSuffix(url, "/game") {
		t.Errorf("the address is %s", url)
	}
	for _, tt := range []struct {
		name string
		tls  *tls.Config
		ok   bool
	}{
		{"111 a certificate that nobody vouches for", nil, false},
		{"111 a certificate that is trusted", &tls.Config{RootCAs: pool}, true},
		{"111 without verification", &tls.Config{InsecureSkipVerify: true}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cli, err := crosspeer.Dial(ctx, nil, wslink.Dial(url, wslink.Config{TLS: tt.tls}))
			if err != nil {
				if tt.ok || !strings.Contains(err.Error(), "certificate") {
					t.Error(err)
				}
				return
			}
			defer cli.Close()
			if !tt.ok {
				t.Fatal("the client has joined")
			}
			want := strings.Repeat("s", 65526)
			if err := cli.Send(crosspeer.Packet{To: 1, Data: []byte(want)}); err != nil {
				t.Fatal(err)
			}
			if pkt, err := srv.Receive(ctx); err != nil || string(pkt.Data) != want {
				t.Errorf("got %d bytes, %v", len(pkt.Data), err)
			}
			if err := srv.Disconnect(cli.UniqueID(), "off you go"); err != nil {
				t.Fatal(err)
			}
			for {
				ev, err := cli.Next(ctx)
				if err != nil {
					t.Fatal(err)
				}
				if gone, ok := ev.(crosspeer.ServerDisconnected); ok {
					if gone.Reason.Text != "off you go" {
						t.Errorf("the reason is %+v", gone.Reason)
					}
					return
				}
			}
		})
	}
}

// TestStrangersCannotStay: whatever somebody sends instead of a request for a
// WebSocket, the connection ends.
func TestStrangersCannotStay(t *testing.T) {
	cert, _ := certificate(t)
	short := wslink.Config{HandshakeTimeout: time.Second}
	secret := wslink.Config{HandshakeTimeout: time.Second, TLS: &tls.Config{Certificates: []tls.Certificate{cert}}}
	elsewhere := wslink.Config{HandshakeTimeout: time.Second, Path: "/game"}
	long := wslink.Config{HandshakeTimeout: patience} // for what is answered at once
	longSecret := wslink.Config{HandshakeTimeout: patience, TLS: secret.TLS}
	for _, tt := range []struct {
		name   string
		cfg    wslink.Config
		send   string
		status string // of the answer, if there must be one
	}{
		{"nothing", short, "", ""},
		{"nothing to wss", secret, "", ""},
		{"half a TLS greeting", secret, "\x16\x03\x01\x02\x00", ""},
		{"plain HTTP to wss", longSecret, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
		{"86 half a request", short, "GET / HTTP/1.1\r\nHost: a\r\n", ""},
		{"no HTTP", long, "\x00\x01\x02\r\n\r\n", "400"},
		{"a request for a page", long, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
		{"another path, and then nothing", elsewhere, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "404"},
		{"another path, and a body that does not come", elsewhere, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n", "404"},
		{"a body that does not come", short, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n", "405"},
		{"85 HTTP/1.0", long, "GET / HTTP/1.0\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", "505"},
		{"a header of 64 KiB", long, "GET / HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("x", 64<<10) + "\r\n\r\n", "431"},
		{"a header without end", long, "GET / HTTP/1.1\r\nHost: a\r\n" + strings.Repeat("X: y\r\n", 20000), "431"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			srv := serve(t, tt.cfg)
			w := (*crosspeer.Peer)(nil)
			if tt.cfg.TLS == nil {
				w = watcher(t, srv)
			}
			r := open(t, srv)
			r.conn.Write([]byte(tt.send)) // the server may hang up in the middle
			answer, err := io.ReadAll(r.src)
			if errors.Is(err, os.ErrDeadlineExceeded) {
				t.Error("the server does not hang up")
			}
			if len(answer) > 0 || tt.status != "" {
				line, _, _ := strings.Cut(string(answer), "\r\n")
				if !strings.Contains(line, tt.status) {
					t.Errorf("answered %q, want status %s", line, tt.status)
				}
			}
			if w != nil {
				unharmed(t, srv, w)
			}
		})
	}
}

func TestAMessageBehindTheRequestIsNotLost(t *testing.T) {
	srv := serve(t, wslink.Config{})
	r := open(t, srv)
	head := "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
	r.write(append([]byte(head), 0x89, 0x82, 0, 0, 0, 0, 'h', 'i'))
	if resp, err := http.ReadResponse(r.src, nil); err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
		t.Fatal(resp, err)
	}
	r.message()
	r.message()
	if h, b := r.next(); h.OpCode != ws.OpPong || string(b) != "hi" {
		t.Errorf("got %s, want the answer to the ping", describe(h, b))
	}
}
