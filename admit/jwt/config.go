package jwt

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"crosspeer/token"
)

// Config describes a Verifier. It is copied before use.
type Config struct {
	// JWKS is where the keys are: a URL, or the path of a file. The URL is
	// https, or http on this machine. Required, unless there is a Secret.
	JWKS string

	// Secret makes HS256 the algorithm, and the only one; at least 32 bytes,
	// with JWKS and Algorithms empty. Whoever has it can make tokens.
	Secret []byte

	// Issuer is the "iss" of tokens that are accepted, Audience must be in
	// their "aud". Both required.
	Issuer, Audience string

	// Algorithms are those that are accepted, of RS256, RS384, RS512, PS256,
	// PS384, PS512, ES256, ES384, ES512 and EdDSA (Ed25519). Default RS256,
	// ES256 and EdDSA.
	Algorithms []string

	// Leeway is how far the provider's clock and this one may be apart.
	// Default and zero 30 s. 1 ns is next to none.
	Leeway time.Duration

	// PeerIDClaim names a claim, a number or its text, that is the player's id
	// in the session; tokens without it are refused. Default "", ids are not
	// the provider's business.
	PeerIDClaim string

	// Client fetches the JWKS. Default one like http.DefaultClient. Its
	// CheckRedirect is replaced.
	Client *http.Client

	// Timeout bounds one fetch. Default 5 s.
	Timeout time.Duration

	// MaxJWKSBytes is the largest JWKS. Default 256 KiB.
	MaxJWKSBytes int

	// MaxAge is when keys are fetched again although all tokens find theirs:
	// how long a key that the provider has withdrawn is accepted. Default one
	// hour; of a file MinRefresh.
	MaxAge time.Duration

	// MaxStale is how long after the last successful fetch keys are accepted
	// while the provider does not answer. Default 24 hours, at least MaxAge.
	MaxStale time.Duration

	// MinRefresh is the least time between two fetches, whatever tokens come.
	// Default 30 s; 1 s for a file.
	MinRefresh time.Duration

	// Report is told why a fetch failed, an ErrUnavailable, for a log. The keys
	// that there are stay. It is called by a goroutine of the Verifier. Default
	// none.
	Report func(err error)
}

// leastSecret is the size of HS256's output, RFC 7518 §3.2.
const leastSecret = 32

var defaultAlgorithms = []string{"RS256", "ES256", "EdDSA"}

// Validate says what is wrong with the configuration, all of it at once.
func (c *Config) Validate() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf("jwt: Config."+format, args...)) }
	switch {
	case c.JWKS == "" && len(c.Secret) == 0:
		bad("JWKS is empty, and there is no Secret: nothing could be accepted")
	case c.JWKS != "" && len(c.Secret) > 0:
		bad("JWKS and Secret are both set, want one: it says what kind of key tokens have")
	case c.JWKS == "" && len(c.Secret) < leastSecret:
		bad("Secret has %d bytes, want at least %d", len(c.Secret), leastSecret)
	case c.JWKS == "" && len(c.Algorithms) > 0:
		bad("Algorithms is set, but with a Secret it is HS256")
	case isURL(c.JWKS):
		u, err := url.Parse(c.JWKS)
		if err == nil {
			err = mayFetch(u)
		}
		if err != nil {
			bad("JWKS: %w", err)
		}
	}
	if c.Issuer == "" {
		bad("Issuer is empty: tokens of anybody with these keys would be accepted")
	}
	if c.Audience == "" {
		bad("Audience is empty: tokens for other programs would be accepted")
	}
	for _, alg := range c.Algorithms {
		if _, ok := algorithms[alg]; !ok {
			bad("Algorithms has %q, want one of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512 and EdDSA", alg)
		}
	}
	for _, d := range []struct {
		name string
		v    time.Duration
	}{{"Leeway", c.Leeway}, {"Timeout", c.Timeout}, {"MaxAge", c.MaxAge}, {"MaxStale", c.MaxStale}, {"MinRefresh", c.MinRefresh}} {
		if d.v < 0 {
			bad("%s is %v, want 0 for the default or more", d.name, d.v)
		}
	}
	if c.MaxJWKSBytes < 0 {
		bad("MaxJWKSBytes is %d, want 0 for the default or more", c.MaxJWKSBytes)
	}
	return errors.Join(errs...)
}

func (c Config) populated() Config {
	c.Secret, c.Algorithms = slices.Clone(c.Secret), slices.Clone(c.Algorithms)
	if len(c.Secret) > 0 {
		c.Algorithms = []string{"HS256"}
	} else if len(c.Algorithms) == 0 {
		c.Algorithms = defaultAlgorithms
	}
	def(&c.Leeway, token.DefaultLeeway)
	def(&c.Timeout, 5*time.Second)
	def(&c.MaxJWKSBytes, 256<<10)
	if isURL(c.JWKS) {
		def(&c.MinRefresh, 30*time.Second)
		def(&c.MaxAge, time.Hour)
	} else {
		def(&c.MinRefresh, time.Second)
		def(&c.MaxAge, c.MinRefresh)
	}
	def(&c.MaxStale, 24*time.Hour)
	c.MaxStale = max(c.MaxStale, c.MaxAge)
	return c
}

func def[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}

func isURL(s string) bool { return strings.Contains(s, "://") }

// mayFetch says why keys cannot be trusted that come from a URL.
func mayFetch(u *url.URL) error {
	host := u.Hostname()
	switch {
	case host == "" || u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("%s: want https://host/path", u.Redacted())
	case u.Scheme == "https":
		return nil
	}
	if ip, err := netip.ParseAddr(host); host == "localhost" || err == nil && ip.Unmap().IsLoopback() {
		return nil
	}
	return fmt.Errorf("%s: http is for this machine only, anybody on the way could put in keys; want https", u.Redacted())
}
