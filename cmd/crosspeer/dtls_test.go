package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"crosspeer/internal/testcert"
)

// secure starts a server with a certificate for 127.0.0.1 and gives its
// address and the certificate's file.
func secure(t *testing.T, args ...string) (server *process, addr, cert string) {
	t.Helper()
	cert, key := testcert.Files(t, t.TempDir(), testcert.Make(t, testcert.Kind{Name: "127.0.0.1"}))
	args = append([]string{"serve", "--enet", "127.0.0.1:0", "--http", "off", "--dtls-cert", cert, "--dtls-key", key}, args...)
	server = start(t, nil, args...)
	return server, server.logs(`on=enets?://(127\.0\.0\.1:\d+)`), cert
}

func TestWhoMayJoinWithAndWithoutDTLS(t *testing.T) {
	for _, tt := range []struct {
		mode         string
		enets, plain bool
	}{{"", true, false}, {"require", true, false}, {"allow", true, true}, {"off", false, true}} {
		t.Run("mode "+tt.mode, func(t *testing.T) {
			var args []string
			if tt.mode != "" {
				args = []string{"--dtls", tt.mode}
			}
			server, addr, cert := secure(t, args...)
			for _, c := range []struct {
				join   []string
				may    bool
				log    string
				advice string
			}{
				{[]string{"enets://" + addr, "--ca", cert}, tt.enets, `transport=enet compression=none tls="DTLS 1.2 TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256" peers=1`, ""},
				{[]string{"enets://" + addr, "--insecure"}, tt.enets, `tls="DTLS 1.2 `, ""},
				{[]string{"enet://" + addr}, tt.plain, `transport=enet compression=none peers=1`, " If it encrypts, the URL begins with enets://"},
			} {
				p := start(t, nil, append([]string{"join", "--timeout", "1s"}, c.join...)...)
				if !c.may {
					if code := p.wait(); code != exitFailed {
						t.Errorf("%v: exit code %d", c.join, code)
					}
					p.logs(`no answer from ` + addr + `; is the server running, and the port right\?` + c.advice + `$`)
					continue
				}
				p.says(`^\+ peer 1`)
				server.logs(c.log)
				p.stdin.Close()
				if code := p.wait(); code != exitDone {
					t.Errorf("%v: exit code %d", c.join, code)
				}
				server.logs(`peer left.*peers=0`)
			}
		})
	}
}

func TestACertificateThatIsNotAcceptedIsSaid(t *testing.T) {
	server, addr, cert := secure(t)
	port := addr[strings.LastIndexByte(addr, ':'):]
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"enets://" + addr}, `^crosspeer: the certificate of 127\.0\.0\.1 is self-signed and not trusted; trust the certificate itself$`},
		{[]string{"enets://localhost" + port, "--ca", cert}, `^crosspeer: the certificate of localhost is for another name: "127\.0\.0\.1"$`},
	} {
		p := start(t, nil, append([]string{"join"}, tt.args...)...)
		if code := p.wait(); code != exitFailed {
			t.Errorf("exit code %d", code)
		}
		p.logs(tt.want)
	}
	server.logs(`level=WARN msg="a client did not complete the handshake of DTLS" from=127\.0\.0\.1:\d+ reason=".*BadCertificate"`)
}

func TestMistakesWithDTLSAreOneClearLine(t *testing.T) {
	dir := t.TempDir()
	cert, key := testcert.Files(t, dir, testcert.Make(t, testcert.Kind{Name: "127.0.0.1"}))
	_, other := testcert.Files(t, t.TempDir(), testcert.Make(t, testcert.Kind{Name: "127.0.0.1"}))
	rubbish := filepath.Join(dir, "rubbish.pem")
	if err := os.WriteFile(rubbish, []byte("rubbish"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"serve", "--dtls-cert", cert}, exitUsage, `--dtls-cert and --dtls-key go together`},
		{[]string{"serve", "--dtls", "require"}, exitUsage, `--dtls require needs --dtls-cert and --dtls-key`},
		{[]string{"serve", "--dtls", "allow"}, exitUsage, `--dtls allow needs --dtls-cert and --dtls-key`},
		{[]string{"serve", "--dtls", "maybe"}, exitUsage, `--dtls "maybe": want require, allow or off`},
		{[]string{"serve", "--enet", "off", "--dtls-cert", cert, "--dtls-key", key}, exitUsage, `--dtls-cert is for --enet, which is off`},
		{[]string{"serve", "--enet", "127.0.0.1:0", "--http", "off", "--dtls-cert", "/none/cert.pem", "--dtls-key", key}, exitFailed, `/none/cert.pem: no such file`},
		{[]string{"serve", "--enet", "127.0.0.1:0", "--http", "off", "--dtls-cert", rubbish, "--dtls-key", key}, exitFailed, `rubbish.pem with key ` + key + `: tls: failed to find any PEM data`},
		{[]string{"serve", "--enet", "127.0.0.1:0", "--http", "off", "--dtls-cert", cert, "--dtls-key", other}, exitFailed, `private key does not match public key`},
		{[]string{"join", "enets://localhost", "--ca", cert, "--insecure"}, exitUsage, `--ca and --insecure exclude each other`},
		{[]string{"join", "enets://localhost/x"}, exitUsage, `URL "enets://localhost/x": want enets://host:port`},
	} {
		p := start(t, nil, tt.args...)
		if code := p.wait(); code != tt.code {
			t.Errorf("%v: exit code %d, want %d", tt.args, code, tt.code)
		}
		if got := p.err.all(); !strings.HasPrefix(got, "crosspeer: ") || !strings.Contains(got, tt.want) || strings.Count(got, "\n") != 1 {
			t.Errorf("%v: standard error is %q, want one line with %q", tt.args, got, tt.want)
		}
	}
}
