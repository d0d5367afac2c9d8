package server

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// writeCertificate writes a self-signed certificate for localhost with a name
// and its key. modified is when the files say they were written.
func writeCertificate(t *testing.T, dir, name string, modified time.Time) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: name},
		DNSNames:     []string{"localhost"},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for file, block := range map[string]*pem.Block{
		cert: {Type: "CERTIFICATE", Bytes: der},
		key:  {Type: "PRIVATE KEY", Bytes: pkcs8},
	} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(file, modified, modified); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

func TestACertificateIsReadAgainWhenItsFilesChange(t *testing.T) {
	dir := t.TempDir()
	now := time.Now()
	cert, key := writeCertificate(t, dir, "first", now.Add(-time.Hour))
	c, err := newCertificate(cert, key, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	c.now, c.checked = func() time.Time { return now }, now
	name := func() string {
		got, err := c.get(&tls.ClientHelloInfo{})
		if err != nil {
			t.Fatal(err)
		}
		return got.Leaf.Subject.CommonName
	}
	steps := []struct {
		what string
		do   func()
		want string
	}{
		{"at first", func() {}, "first"},
		{"when the files have just changed", func() { writeCertificate(t, dir, "second", now.Add(-time.Minute)) }, "first"},
		{"a second later", func() { now = now.Add(certificateCheck) }, "second"},
		{"when the certificate becomes rubbish", func() {
			os.WriteFile(cert, []byte("rubbish"), 0o600)
			now = now.Add(certificateCheck)
		}, "second"},
		{"when a file is missing", func() {
			os.Remove(key)
			now = now.Add(certificateCheck)
		}, "second"},
		{"when both are good again", func() {
			writeCertificate(t, dir, "third", now)
			now = now.Add(certificateCheck)
		}, "third"},
	}
	for _, s := range steps {
		s.do()
		if got := name(); got != s.want {
			t.Fatalf("%s: certificate %q, want %q", s.what, got, s.want)
		}
	}
}

func TestARunningServerTakesANewCertificate(t *testing.T) {
	dir := t.TempDir()
	cert, key := writeCertificate(t, dir, "first", time.Now().Add(-time.Hour))
	s := start(t, Config{HTTP: "127.0.0.1:0", TLSCert: cert, TLSKey: key})
	addr := strings.TrimSuffix(strings.TrimPrefix(url(t, s, "wss"), "wss://"), "/ws")
	name := func() string {
		conn, err := tls.Dial("tcp", addr, &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		return conn.ConnectionState().PeerCertificates[0].Subject.CommonName
	}
	if got := name(); got != "first" {
		t.Fatalf("the certificate is %q", got)
	}
	writeCertificate(t, dir, "second", time.Now())
	look := time.NewTicker(certificateCheck / 10)
	defer look.Stop()
	for deadline := time.Now().Add(20 * time.Second); name() != "second"; <-look.C {
		if time.Now().After(deadline) {
			t.Fatal("the new certificate is not used")
		}
	}
}

func TestACertificateThatCannotBeReadIsAnError(t *testing.T) {
	dir := t.TempDir()
	cert, key := writeCertificate(t, dir, "good", time.Now())
	rubbish := filepath.Join(dir, "rubbish.pem")
	os.WriteFile(rubbish, []byte("rubbish"), 0o600)
	for _, files := range [][2]string{{filepath.Join(dir, "none.pem"), key}, {cert, filepath.Join(dir, "none.pem")}, {rubbish, key}, {key, cert}} {
		if _, err := newCertificate(files[0], files[1], slog.New(slog.DiscardHandler)); err == nil {
			t.Errorf("%v is taken for a certificate", files)
		}
	}
}
