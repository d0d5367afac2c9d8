package dtls_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"crosspeer/enet"
	"crosspeer/enet/dtls"
)

// patience bounds every wait.
const patience = time.Minute

// TestMain fails the run when a test has left a goroutine behind.
func TestMain(m *testing.M) {
	before := runtime.NumGoroutine()
	code := m.Run()
	for end := time.Now().Add(2 * time.Second); runtime.NumGoroutine() > before && time.Now().Before(end); {
		runtime.Gosched()
	}
	if left := runtime.NumGoroutine(); left > before && code == 0 {
		stacks := make([]byte, 1<<20)
		fmt.Fprintf(os.Stderr, "%d goroutines are left, %d were there before:\n%s\n", left, before, stacks[:runtime.Stack(stacks, true)])
		code = 1
	}
	os.Exit(code)
}

// kind is what a certificate is made of.
type kind struct {
	name     string // common name
	dns      []string
	ips      []net.IP
	from, to time.Time // an hour around now by default
	rsa      bool
	issuer   *tls.Certificate // self-signed without
	ca       bool
}

var rsaKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

// certificate makes one.
func certificate(tb testing.TB, k kind) *tls.Certificate {
	tb.Helper()
	var key crypto.Signer
	var err error
	if k.rsa {
		key, err = rsaKey()
	} else {
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	if err != nil {
		tb.Fatal(err)
	}
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		tb.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: k.name}, DNSNames: k.dns, IPAddresses: k.ips,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		BasicConstraintsValid: true, IsCA: k.ca,
	}
	if !k.from.IsZero() {
		template.NotBefore = k.from
	}
	if !k.to.IsZero() {
		template.NotAfter = k.to
	}
	parent, signer := template, crypto.Signer(key)
	if k.issuer != nil {
		parent, signer = k.issuer.Leaf, k.issuer.PrivateKey.(crypto.Signer)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		tb.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		tb.Fatal(err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// localhost is the certificate of most tests.
var localhost = kind{name: "localhost", dns: []string{"localhost"}}

// trust is a pool with one certificate.
func trust(c *tls.Certificate) *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(c.Leaf)
	return pool
}

// files writes a certificate and its key as PEM.
func files(tb testing.TB, c *tls.Certificate) (cert, key string) {
	tb.Helper()
	pkcs8, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		tb.Fatal(err)
	}
	dir := tb.TempDir()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for file, block := range map[string]*pem.Block{
		cert: {Type: "CERTIFICATE", Bytes: c.Certificate[0]},
		key:  {Type: "PRIVATE KEY", Bytes: pkcs8},
	} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	return cert, key
}

// serving is a server's settings with one certificate.
func serving(c *tls.Certificate) dtls.ServerConfig {
	return dtls.ServerConfig{Certificate: func() (*tls.Certificate, error) { return c, nil }}
}

// listen opens a server until the end of the test.
func listen(tb testing.TB, s enet.Security) *enet.Host {
	tb.Helper()
	h, err := enet.Listen("127.0.0.1:0", &enet.Config{Security: s})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { h.Close() })
	return h
}

// dial connects to a server by the name localhost, until the end of the test.
func dial(tb testing.TB, server *enet.Host, s enet.Security) (*enet.Peer, error) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	p, err := enet.Dial(ctx, fmt.Sprintf("localhost:%d", server.LocalAddr().Port()), 2, 7, &enet.Config{Security: s})
	if err == nil {
		tb.Cleanup(func() { p.Host().Close() })
	}
	return p, err
}

// expect takes the next event, which must be of a type.
func expect(tb testing.TB, h *enet.Host, want enet.EventType) enet.Event {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	ev, err := h.Next(ctx)
	if err != nil {
		tb.Fatalf("waiting for %v: %v", want, err)
	}
	if ev.Type != want {
		tb.Fatalf("event %v (%v), want %v", ev.Type, ev.Err(), want)
	}
	return ev
}

// say sends a message and expects it at the other end.
func say(tb testing.TB, from *enet.Peer, to *enet.Host, text string) enet.Event {
	tb.Helper()
	if err := from.Send(0, []byte(text), enet.Reliable); err != nil {
		tb.Fatal(err)
	}
	ev := expect(tb, to, enet.EventReceive)
	if string(ev.Data()) != text {
		tb.Fatalf("received %q, want %q", ev.Data(), text)
	}
	return ev
}

// loopback is a port of this machine.
func loopback(port int) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(port))
}
