package jwt

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	gojwt "github.com/golang-jwt/jwt/v5"
)

var noon = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

const (
	issuer   = "https://id.example/"
	audience = "my-game"
)

// Keys of the provider, and of somebody else.
var (
	rsaKey   = sync.OnceValue(func() *rsa.PrivateKey { return must(rsa.GenerateKey(rand.Reader, 2048)) })
	ecKey    = sync.OnceValue(func() *ecdsa.PrivateKey { return must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)) })
	edKey    = sync.OnceValue(func() ed25519.PrivateKey { return ed25519.NewKeyFromSeed(make([]byte, 32)) })
	stranger = sync.OnceValue(func() ed25519.PrivateKey { _, k, _ := ed25519.GenerateKey(rand.Reader); return k })
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

type object = map[string]any

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// jwkOf is the JWK of a public key.
func jwkOf(kid string, k crypto.PublicKey) object {
	switch k := k.(type) {
	case *rsa.PublicKey:
		return object{"kty": "RSA", "kid": kid, "n": b64(k.N.Bytes()), "e": b64(big.NewInt(int64(k.E)).Bytes())}
	case *ecdsa.PublicKey:
		p := must(k.Bytes())[1:]
		return object{"kty": "EC", "crv": k.Curve.Params().Name, "kid": kid, "x": b64(p[:len(p)/2]), "y": b64(p[len(p)/2:])}
	case ed25519.PublicKey:
		return object{"kty": "OKP", "crv": "Ed25519", "kid": kid, "x": b64(k)}
	}
	panic("no key")
}

func jwks(keys ...object) []byte { return must(json.Marshal(object{"keys": keys})) }

// claims are good at noon, and for a minute more.
func claims(change ...func(object)) gojwt.MapClaims {
	c := object{"iss": issuer, "aud": []string{"other", audience}, "sub": "ann", "exp": noon.Add(time.Minute).Unix(), "jti": "7"}
	for _, f := range change {
		f(c)
	}
	return gojwt.MapClaims(c)
}

func signed(m gojwt.SigningMethod, kid string, key any, c gojwt.MapClaims, header ...object) string {
	t := gojwt.NewWithClaims(m, c)
	if kid != "" {
		t.Header["kid"] = kid
	}
	for _, h := range header {
		for k, v := range h {
			t.Header[k] = v
		}
	}
	return must(t.SignedString(key))
}

// provider is an HTTP server with a JWKS.
type provider struct {
	*httptest.Server
	mu     sync.Mutex
	answer http.HandlerFunc
	asked  int
}

func provide(t testing.TB, keys ...object) *provider {
	p := &provider{}
	p.set(keys...)
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.asked++
		answer := p.answer
		p.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(p.Close)
	return p
}

func (p *provider) set(keys ...object) {
	p.does(func(w http.ResponseWriter, _ *http.Request) { w.Write(jwks(keys...)) })
}

func (p *provider) does(f http.HandlerFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer = f
}

func (p *provider) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked
}

func verifier(t testing.TB, cfg Config) *Verifier {
	t.Helper()
	cfg.Issuer, cfg.Audience = issuer, audience
	v, err := NewVerifier(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.Close() })
	return v
}
