package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// serveWeb starts a server with ENet and WebSocket and gives both URLs.
func serveWeb(t *testing.T, args ...string) (p *process, enet, ws string) {
	t.Helper()
	p, enet = serve(t, args...)
	return p, enet, p.logs(`on=(wss?://127\.0\.0\.1:\d+/ws)`)
}

func TestENetAndWebSocketMeetInOneSession(t *testing.T) {
	server, enet, ws := serveWeb(t)
	ann := start(t, nil, "join", ws, "--name", "Ann")
	annID := ann.says(`as peer (\d+)`)
	server.logs(`peer joined.* peer=` + annID + ` from=127\.0\.0\.1:\d+ transport=websocket compression=none peers=1`)
	bob := start(t, nil, "join", enet, "--mode", "unreliable")
	bobID := bob.says(`as peer (\d+)`)
	bob.says(`^\+ peer ` + annID + `$`)
	ann.says(`^\+ peer ` + bobID + `$`)
	ann.types("over TCP")
	bob.says(`^` + annID + ` \(reliable\): Ann: over TCP$`)
	bob.types("over UDP")
	ann.says(`^` + bobID + ` \(reliable\): over UDP$`)
	ann.stdin.Close()
	if code := ann.wait(); code != exitDone {
		t.Errorf("join ends with %d", code)
	}
	bob.says(`^- peer ` + annID + `$`)
	server.signal(syscall.SIGINT)
	if code := server.wait(); code != exitDone {
		t.Errorf("serve ends with %d", code)
	}
	bob.logs(`the server is gone`)
}

func TestWebRTCJoinsTheSameSession(t *testing.T) {
	server, enet, ws := serveWeb(t)
	rtc := server.logs(`on=(rtc\+ws://127\.0\.0\.1:\d+/rtc)`)
	ann := start(t, nil, "join", rtc, "--name", "Ann", "--mode", "ordered")
	annID := ann.says(`as peer (\d+)`)
	server.logs(`peer joined.* peer=` + annID + ` .*transport=webrtc .*peers=1`)
	bob, cid := start(t, nil, "join", enet), start(t, nil, "join", ws)
	for _, other := range []*process{bob, cid} {
		other.says(`^\+ peer ` + annID + `$`)
	}
	ann.says(`^\+ peer`)
	ann.says(`^\+ peer`)
	ann.types("from WebRTC")
	bob.says(`^` + annID + ` \(ordered\): Ann: from WebRTC$`)
	cid.says(`^` + annID + ` \(reliable\): Ann: from WebRTC$`)
	bob.types("back")
	ann.says(` \(reliable\): back$`)
	server.signal(syscall.SIGINT)
	if code := server.wait(); code != exitDone {
		t.Errorf("serve ends with %d", code)
	}
	ann.logs(`the server is gone`)
}

func TestOnlyPagesOfTheOriginsMayJoin(t *testing.T) {
	_, _, ws := serveWeb(t, "--origin", "https://game.example")
	own := strings.TrimSuffix(strings.TrimPrefix(ws, "ws://"), "/ws")
	for _, path := range []string{"/ws", "/rtc"} {
		for origin, want := range map[string]int{
			"": http.StatusSwitchingProtocols, "https://game.example": http.StatusSwitchingProtocols,
			"http://" + own: http.StatusSwitchingProtocols, "https://evil.example": http.StatusForbidden, "null": http.StatusForbidden,
		} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+own+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header = http.Header{"Upgrade": {"websocket"}, "Connection": {"Upgrade"},
				"Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="}, "Sec-Websocket-Version": {"13"}}
			if origin != "" {
				r.Header.Set("Origin", origin)
			}
			resp, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if resp.StatusCode != want {
				t.Errorf("%s for a page of %q: %s, want %d", path, origin, resp.Status, want)
			}
		}
	}
}

func TestProbesTellWhetherGamesCanJoin(t *testing.T) {
	server, _, _ := serveWeb(t)
	site := server.logs(`on=(http://127\.0\.0\.1:\d+)/play/$`)
	for path, want := range map[string]string{"/healthz": "200 ok", "/readyz": "200 ready", "/nothing": "404 404 page not found"} {
		resp, err := http.Get(site + path)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if got := resp.Status[:4] + strings.TrimSpace(string(body)); got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}

func TestAWebSocketUnderAnotherPathIsToldWhereTheSessionIs(t *testing.T) {
	_, _, ws := serveWeb(t)
	site := strings.TrimSuffix(ws, "/ws")
	for _, url := range []string{site, site + "/", site + "/game", "rtc+" + site} {
		p := start(t, nil, "join", url)
		if code := p.wait(); code != exitFailed {
			t.Errorf("join %s ends with %d", url, code)
		}
		p.logs(`404 Not Found: nothing to join here; the session is at /rtc and /ws$`)
	}
	resp, err := http.Get("http" + strings.TrimPrefix(site, "ws") + "/")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.Request.URL.Path != "/play/" || resp.StatusCode != http.StatusOK {
		t.Errorf("/ leads to %s, %s", resp.Request.URL, resp.Status)
	}
}

func TestWebSocketOverTLS(t *testing.T) {
	cert, key := selfSigned(t)
	_, _, ws := serveWeb(t, "--tls-cert", cert, "--tls-key", key)
	if !strings.HasPrefix(ws, "wss://") {
		t.Fatalf("the URL is %s", ws)
	}
	ann := start(t, nil, "join", ws, "--ca", cert)
	ann.says(`^\+ peer 1, the server$`)
	bob := start(t, nil, "join", ws)
	if code := bob.wait(); code != exitFailed {
		t.Errorf("join of a server that nobody vouches for ends with %d", code)
	}
	bob.logs(`certificate`)
	for url, want := range map[string]string{
		"ws" + strings.TrimPrefix(ws, "wss"):                                         `a server that speaks TLS wants wss://`,
		"rtc+ws" + strings.TrimSuffix(strings.TrimPrefix(ws, "wss"), "/ws") + "/rtc": `HTTP status 400 Bad Request: Client sent an HTTP request to an HTTPS server`,
	} {
		p := start(t, nil, "join", url)
		if code := p.wait(); code != exitFailed {
			t.Errorf("join %s ends with %d", url, code)
		}
		p.logs(want)
	}
}

// selfSigned writes a certificate for 127.0.0.1 and its key.
func selfSigned(t *testing.T) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "127.0.0.1"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for file, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: pkcs8}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}
