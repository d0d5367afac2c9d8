package dtls

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"
)

// CertificateError says why a server's certificate is not accepted.
type CertificateError struct {
	Name string // of the server, as it was asked for
	Text string // what is wrong with the certificate
	Err  error  // of package crypto/x509, if it has found it
}

func (e *CertificateError) Error() string {
	return fmt.Sprintf("dtls: the certificate of %s %s", e.Name, e.Text)
}

// Unwrap gives the error of package crypto/x509.
func (e *CertificateError) Unwrap() error { return e.Err }

// verify judges a server's certificates as the engine does.
func (c *ClientConfig) verify(raw [][]byte, _ [][]*x509.Certificate) error {
	return verify(raw, c.ServerName, c.RootCAs, time.Now())
}

func verify(raw [][]byte, name string, roots *x509.CertPool, now time.Time) error {
	wrong := func(err error, format string, args ...any) error {
		return &CertificateError{name, fmt.Sprintf(format, args...), err}
	}
	if len(raw) == 0 {
		return wrong(nil, "is missing")
	}
	chain := x509.NewCertPool()
	var leaf *x509.Certificate
	for i, der := range raw {
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			return wrong(err, "cannot be read: %v", err)
		}
		if i == 0 {
			leaf = cert
		} else {
			chain.AddCert(cert)
		}
	}
	const day = "2006-01-02 15:04 MST"
	switch {
	case now.After(leaf.NotAfter):
		return wrong(nil, "has expired on %s", leaf.NotAfter.UTC().Format(day))
	case now.Before(leaf.NotBefore):
		return wrong(nil, "is not valid before %s; is this machine's clock right?", leaf.NotBefore.UTC().Format(day))
	}
	if _, err := leaf.Verify(x509.VerifyOptions{Roots: roots, Intermediates: chain, CurrentTime: now}); err != nil {
		var unknown x509.UnknownAuthorityError
		switch {
		case errors.As(err, &unknown) && isSelfSigned(leaf):
			return wrong(err, "is self-signed and not trusted; trust the certificate itself")
		case errors.As(err, &unknown):
			return wrong(err, "is signed by an authority that is not trusted: %s", leaf.Issuer)
		}
		return wrong(err, "is not accepted: %v", err)
	}
	if !isFor(leaf, name) {
		return wrong(nil, "is for another name: %s", names(leaf))
	}
	return nil
}

func isSelfSigned(c *x509.Certificate) bool {
	return string(c.RawIssuer) == string(c.RawSubject) && c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) == nil
}

// isFor says whether a certificate is for a name, by the engine's rule: the
// alternative names of hosts count, and the common name if the certificate has
// no alternative names at all. An IP address is a name like others, so one that
// is an alternative name as an address is not found. Godot 3.2.3, mbedTLS.
func isFor(c *x509.Certificate, name string) bool {
	own := c.DNSNames
	if !hasAlternativeNames(c) {
		own = []string{c.Subject.CommonName}
	}
	if ip, err := netip.ParseAddr(name); err == nil {
		return slices.ContainsFunc(own, func(s string) bool {
			is, err := netip.ParseAddr(s)
			return err == nil && is == ip
		})
	}
	return (&x509.Certificate{DNSNames: own}).VerifyHostname(name) == nil
}

// hasAlternativeNames says whether there is the extension. RFC 5280 §4.2.1.6.
func hasAlternativeNames(c *x509.Certificate) bool {
	return slices.ContainsFunc(c.Extensions, func(e pkix.Extension) bool { return e.Id.Equal([]int{2, 5, 29, 17}) })
}

// names are what a certificate says it is for.
func names(c *x509.Certificate) string {
	switch {
	case !hasAlternativeNames(c):
		return fmt.Sprintf("%q", c.Subject.CommonName)
	case len(c.DNSNames) > 0:
		return fmt.Sprintf("%q", c.DNSNames)
	}
	return "it has alternative names, but none of a host"
}
