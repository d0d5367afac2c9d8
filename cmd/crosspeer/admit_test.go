package main

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestTokensLetClientsIn(t *testing.T) {
	key, other := pair(t, "arena"), pair(t, "other")
	server, enet, ws := serveWeb(t, "--token-keys", key+".pem", "--session", "arena-3")
	rtc := server.logs(`on=(rtc\+ws://127\.0\.0\.1:\d+/rtc)`)
	mk := func(key string, args ...string) string {
		return must(t, append([]string{"token", "make", "--key", key + ".key", "--audience", "arena-3"}, args...)...)
	}
	wrong := mk(other)
	for _, url := range []string{enet, ws, rtc} {
		transport, _, _ := strings.Cut(url, ":")
		once := mk(key, "--single-use", "--subject", "ann of "+transport)
		ann := start(t, nil, "join", url, "--token", once)
		server.logs(`peer joined.* who="ann of ` + strings.ReplaceAll(transport, "+", `\+`) + `"`)
		ann.stdin.Close()
		if code := ann.wait(); code != exitDone {
			t.Errorf("%s: join ends with %d", transport, code)
		}
		for _, tt := range []struct{ name, token, why string }{
			{"another key", wrong, "which is not accepted here"},
			{"a second time", once, "it was good for one join, and that was made"},
			{"something else", "hello", "what was sent is no token that is taken here"},
		} {
			p := start(t, nil, "join", url, "--token", tt.token)
			if code := p.wait(); code != exitFailed {
				t.Errorf("%s, %s: join ends with %d", transport, tt.name, code)
			}
			server.logs(`refused .*reason=.*` + tt.why)
			if transport == "enet" {
				p.logs(`perhaps it does not take the token, its log says why`)
			} else {
				p.logs(tt.why)
			}
		}
	}
	p := start(t, nil, "join", ws)
	if code := p.wait(); code != exitFailed {
		t.Errorf("without a token join ends with %d", code)
	}
	p.logs(`no token; put it in the URL as \?token=`)
	p = start(t, nil, "join", ws+"?token="+mk(key)) // the URL is as good
	p.says(`as peer`)
	p = start(t, []string{"CROSSPEER_TOKEN=" + mk(key)}, "join", enet)
	p.says(`^\+ peer \d\d`) // the one before, so it is in
}

func TestKeysAreReadAgain(t *testing.T) {
	key, next := pair(t, "arena"), pair(t, "next")
	server, url := serve(t, "--token-keys", filepath.Dir(key), "--session", "arena-3")
	public, err := os.ReadFile(next + ".pem")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(filepath.Dir(key), "next.pem"), public, 0o644); err != nil {
		t.Fatal(err)
	}
	text := must(t, "token", "make", "--key", next+".key", "--audience", "arena-3")
	for end := time.Now().Add(patience); time.Now().Before(end); { // the files are looked at once a second
		p := start(t, nil, "join", url, "--token", text)
		p.stdin.Close()
		if p.wait(); strings.Contains(server.err.all(), "peer joined") {
			server.logs(`token keys read again`)
			return
		}
	}
	t.Error("the new key's token lets nobody in")
}

func TestJSONWebTokensLetClientsIn(t *testing.T) {
	public, secret, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	b64 := base64.RawURLEncoding.EncodeToString
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"k","x":%q}]}`, b64(public))
	}))
	defer provider.Close()
	token := func(audience string) string {
		claims, err := json.Marshal(map[string]any{
			"iss": "https://id.example/", "aud": audience, "sub": "ann", "exp": time.Now().Add(time.Hour).Unix(), "peer": 7,
		})
		if err != nil {
			t.Fatal(err)
		}
		body := b64([]byte(`{"alg":"EdDSA","kid":"k"}`)) + "." + b64(claims)
		return body + "." + b64(ed25519.Sign(secret, []byte(body)))
	}
	server, enet, ws := serveWeb(t, "--jwt-jwks", provider.URL, "--jwt-issuer", "https://id.example/", "--jwt-audience", "my-game", "--jwt-peer-id", "peer")
	ann := start(t, nil, "join", ws, "--token", token("my-game"))
	if id := ann.says(`as peer (\d+)`); id != "7" {
		t.Errorf("the id is %s", id)
	}
	server.logs(`peer joined.* who=ann`)
	bob := start(t, nil, "join", ws, "--token", token("your-game"))
	bob.logs(`it is not for this game`)
	cid := start(t, nil, "join", enet, "--token", token("my-game"))
	server.logs(`refused .*transport=enet .*the token is for peer 7, and the client has chosen to be \d+`)
	cid.wait()
}

func TestNoErrorShowsTheToken(t *testing.T) {
	_, _, ws := serveWeb(t)
	p := start(t, nil, "join", strings.Replace(ws, "ws:", "wss:", 1)+"?a=b", "--token", "cp1.secret")
	if code := p.wait(); code != exitFailed {
		t.Errorf("join ends with %d", code)
	}
	p.logs(`/ws\?a=b&token=…: .*speaks no TLS`)
}

func TestWrongUsesOfAdmission(t *testing.T) {
	key := pair(t, "arena")
	jwks := []string{"--jwt-jwks", "jwks.json", "--jwt-issuer", "x", "--jwt-audience", "y"}
	for _, tt := range []struct {
		name string
		args []string
		says string
		code int
	}{
		{"keys and no session", []string{"--token-keys", key + ".pem"}, "--token-keys and --session go together", exitUsage},
		{"a session and no keys", []string{"--session", "arena-3"}, "--token-keys and --session go together", exitUsage},
		{"a long session", []string{"--token-keys", key + ".pem", "--session", strings.Repeat("x", 65)}, "--session has 65 bytes", exitUsage},
		{"no keys there", []string{"--token-keys", "absent.pem", "--session", "x"}, "--token-keys: no usable key file: ", exitFailed},
		{"an issuer and no keys", []string{"--jwt-issuer", "x"}, "are for --jwt-jwks", exitUsage},
		{"keys and no audience", jwks[:4], "needs --jwt-issuer and --jwt-audience", exitUsage},
		{"keys over http", append([]string{"--jwt-jwks", "http://id.example/"}, jwks[2:]...), "--jwt-jwks: http://id.example/: http is for this machine only", exitUsage},
		{"a file that is not there", jwks, "--jwt-jwks: no keys: open jwks.json", exitFailed},
	} {
		_, errs, code := ran(t, append([]string{"serve", "--enet", "127.0.0.1:0", "--http", "off"}, tt.args...)...)
		if code != tt.code || !strings.Contains(errs, tt.says) {
			t.Errorf("%s: it ends with %d: %q", tt.name, code, errs)
		}
	}
}
