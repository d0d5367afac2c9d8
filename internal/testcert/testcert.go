// Package testcert makes certificates for tests.
package testcert

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// Kind is what a certificate is made of.
type Kind struct {
	Name     string // common name
	DNS      []string
	IPs      []net.IP
	From, To time.Time        // default from an hour ago, for two
	RSA      bool             // 2048 bits; otherwise ECDSA on P-256
	Issuer   *tls.Certificate // default itself
	CA       bool
}

var rsaKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

// Make makes a certificate with its key. Those of its issuers but the last come
// behind it. All RSA keys are the same.
func Make(tb testing.TB, k Kind) *tls.Certificate {
	tb.Helper()
	var key crypto.Signer
	var err error
	if k.RSA {
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
		SerialNumber: serial, Subject: pkix.Name{CommonName: k.Name}, DNSNames: k.DNS, IPAddresses: k.IPs,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		BasicConstraintsValid: true, IsCA: k.CA,
	}
	if !k.From.IsZero() {
		template.NotBefore = k.From
	}
	if !k.To.IsZero() {
		template.NotAfter = k.To
	}
	parent, signer := template, key
	if k.Issuer != nil {
		parent, signer = k.Issuer.Leaf, k.Issuer.PrivateKey.(crypto.Signer)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		tb.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		tb.Fatal(err)
	}
	cert := &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
	if k.Issuer != nil && !bytes.Equal(k.Issuer.Leaf.RawIssuer, k.Issuer.Leaf.RawSubject) {
		cert.Certificate = append(cert.Certificate, k.Issuer.Certificate...)
	}
	return cert
}

// Pool trusts a certificate.
func Pool(c *tls.Certificate) *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(c.Leaf)
	return pool
}

// PEM is a certificate, with those behind it, and its key as text.
func PEM(tb testing.TB, c *tls.Certificate) (cert, key string) {
	tb.Helper()
	pkcs8, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		tb.Fatal(err)
	}
	for _, der := range c.Certificate {
		cert += string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	}
	return cert, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}))
}

// Files writes a certificate and its key into a folder.
func Files(tb testing.TB, dir string, c *tls.Certificate) (cert, key string) {
	tb.Helper()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	certText, keyText := PEM(tb, c)
	for file, text := range map[string]string{cert: certText, key: keyText} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	return cert, key
}
