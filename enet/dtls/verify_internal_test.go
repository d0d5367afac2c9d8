package dtls

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"crosspeer/internal/testcert"
)

func TestCertificatesAreJudgedAndTheJudgementSaysWhy(t *testing.T) {
	now := time.Now()
	ca := testcert.Make(t, testcert.Kind{Name: "an authority", CA: true})
	between := testcert.Make(t, testcert.Kind{Name: "another authority", CA: true, Issuer: ca})
	loop := []net.IP{net.IPv4(127, 0, 0, 1)}
	for _, tt := range []struct {
		name string
		kind testcert.Kind
		host string
		root *tls.Certificate // default the certificate itself
		none bool             // nobody is trusted
		want string           // empty: accepted
	}{
		{"trusted itself", testcert.Kind{Name: "game.example"}, "game.example", nil, false, ""},
		{"in another case", testcert.Kind{Name: "Game.Example"}, "gAME.example", nil, false, ""},
		{"of an authority", testcert.Kind{Name: "game.example", Issuer: ca}, "game.example", ca, false, ""},
		{"of an authority behind another", testcert.Kind{Name: "game.example", Issuer: between}, "game.example", ca, false, ""},
		{"of RSA", testcert.Kind{Name: "game.example", RSA: true}, "game.example", nil, false, ""},
		{"an alternative name", testcert.Kind{DNS: []string{"a.example", "b.example"}}, "b.example", nil, false, ""},
		{"a wildcard", testcert.Kind{DNS: []string{"*.example"}}, "b.example", nil, false, ""},
		{"an IP address", testcert.Kind{Name: "127.0.0.1"}, "127.0.0.1", nil, false, ""},
		{"an IPv6 address in another form", testcert.Kind{Name: "0:0:0:0:0:0:0:1"}, "::1", nil, false, ""},
		{"expired", testcert.Kind{Name: "game.example", From: now.Add(-48 * time.Hour), To: now.Add(-time.Hour)}, "game.example", nil, false,
			"the certificate of game.example has expired on " + now.Add(-time.Hour).UTC().Format("2006-01-02 15:04 UTC")},
		{"not yet valid", testcert.Kind{Name: "game.example", From: now.Add(time.Hour), To: now.Add(2 * time.Hour)}, "game.example", nil, false,
			"the certificate of game.example is not valid before " + now.Add(time.Hour).UTC().Format("2006-01-02 15:04 UTC") + "; is this machine's clock right?"},
		{"another host", testcert.Kind{Name: "game.example"}, "other.example", nil, false,
			`the certificate of other.example is for another name: "game.example"`},
		{"other hosts", testcert.Kind{Name: "other.example", DNS: []string{"a.example", "b.example"}}, "other.example", nil, false,
			`the certificate of other.example is for another name: ["a.example" "b.example"]`},
		{"an IP address among the alternative names", testcert.Kind{Name: "127.0.0.1", IPs: loop}, "127.0.0.1", nil, false,
			"the certificate of 127.0.0.1 is for another name: it has alternative names, but none of a host"},
		{"another IP address", testcert.Kind{Name: "127.0.0.1"}, "127.0.0.2", nil, false, `the certificate of 127.0.0.2 is for another name: "127.0.0.1"`},
		{"self-signed and not trusted", testcert.Kind{Name: "game.example"}, "game.example", nil, true,
			"the certificate of game.example is self-signed and not trusted; trust the certificate itself"},
		{"of an unknown authority", testcert.Kind{Name: "game.example", Issuer: ca}, "game.example", nil, true,
			"the certificate of game.example is signed by an authority that is not trusted: CN=an authority"},
		{"another certificate of the same name", testcert.Kind{Name: "game.example"}, "game.example", testcert.Make(t, testcert.Kind{Name: "game.example"}), false,
			"is self-signed and not trusted"},
	} {
		cert := testcert.Make(t, tt.kind)
		roots := testcert.Pool(cert)
		switch {
		case tt.none:
			roots = x509.NewCertPool()
		case tt.root != nil:
			roots = testcert.Pool(tt.root)
		}
		err := verify(cert.Certificate, tt.host, roots, now)
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
		var judged *CertificateError
		if err != nil && (!errors.As(err, &judged) || judged.Name != tt.host) {
			t.Errorf("%s: %T", tt.name, err)
		}
	}
	if err := verify(nil, "x", nil, now); err == nil {
		t.Error("no certificate at all is accepted")
	}
	if err := verify([][]byte{[]byte("rubbish")}, "x", nil, now); err == nil || !strings.Contains(err.Error(), "cannot be read") {
		t.Errorf("rubbish: %v", err)
	}
}
