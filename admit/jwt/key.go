package jwt

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
)

// algorithms are those of public keys, each with the kind of key it wants.
var algorithms = map[string]string{
	"RS256": "RSA", "RS384": "RSA", "RS512": "RSA", "PS256": "RSA", "PS384": "RSA", "PS512": "RSA",
	"ES256": "P-256", "ES384": "P-384", "ES512": "P-521", "EdDSA": "Ed25519",
}

var curves = map[string]struct {
	curve elliptic.Curve
	size  int // of a coordinate in bytes
}{
	"P-256": {elliptic.P256(), 32}, "P-384": {elliptic.P384(), 48}, "P-521": {elliptic.P521(), 66},
}

const (
	maxKeys             = 100        // of a JWKS
	leastRSA, mostRSA   = 2048, 8192 // bits: RFC 7518 §3.3, and what a check may cost
	leastRSAE, mostRSAE = 3, 1<<31 - 1
	maxField            = 2048 // characters of one field of a key
)

// key is a public key of a JWKS.
type key struct {
	kid    string
	kind   string // "RSA", a curve, "Ed25519"
	alg    string // the only algorithm that it is for; empty: all of its kind
	public crypto.PublicKey
}

// jwk is the form of RFC 7517.
type jwk struct {
	Kty    string   `json:"kty"`
	Kid    string   `json:"kid"`
	Use    string   `json:"use"`
	KeyOps []string `json:"key_ops"`
	Alg    string   `json:"alg"`
	Crv    string   `json:"crv"`
	N      string   `json:"n"`
	E      string   `json:"e"`
	X      string   `json:"x"`
	Y      string   `json:"y"`
}

// errOther is a key that is none of ours: for encryption, secret, or of a kind
// that this package does not know. It is passed over, RFC 7517 §5.
var errOther = errors.New("another kind of key")

// parseJWKS gives the keys that can check tokens. There is an error if there
// are none, or one of those is no key.
func parseJWKS(b []byte) ([]key, error) {
	var set struct {
		Keys []jwk `json:"keys"`
	}
	if err := json.Unmarshal(b, &set); err != nil {
		return nil, fmt.Errorf("no JWKS: %w", err)
	}
	if len(set.Keys) > maxKeys {
		return nil, fmt.Errorf("the JWKS has %d keys, most are %d", len(set.Keys), maxKeys)
	}
	var keys []key
	for i, j := range set.Keys {
		k, err := j.parse()
		if errors.Is(err, errOther) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("key %d of the JWKS, kid %q: %w", i+1, j.Kid, err)
		}
		keys = append(keys, k)
	}
	if len(keys) == 0 {
		return nil, errors.New("the JWKS has no key that checks signatures")
	}
	return keys, nil
}

func (j *jwk) parse() (k key, err error) {
	if j.Use != "" && j.Use != "sig" || len(j.KeyOps) > 0 && !slices.Contains(j.KeyOps, "verify") {
		return k, errOther
	}
	if _, ok := algorithms[j.Alg]; j.Alg != "" && !ok {
		return k, errOther
	}
	k = key{kid: j.Kid, alg: j.Alg}
	switch j.Kty {
	case "RSA":
		k.kind = j.Kty
		k.public, err = j.rsa()
	case "EC":
		if _, ok := curves[j.Crv]; !ok {
			return k, errOther
		}
		k.kind = j.Crv
		k.public, err = j.ec()
	case "OKP":
		if j.Crv != "Ed25519" {
			return k, errOther
		}
		k.kind = j.Crv
		var x []byte
		if x, err = field("x", j.X); err == nil && len(x) != ed25519.PublicKeySize {
			err = fmt.Errorf("x has %d bytes, want %d", len(x), ed25519.PublicKeySize)
		}
		k.public = ed25519.PublicKey(x)
	default:
		return k, errOther
	}
	return k, err
}

func (j *jwk) rsa() (*rsa.PublicKey, error) {
	n, err := field("n", j.N)
	if err != nil {
		return nil, err
	}
	e, err := field("e", j.E)
	if err != nil {
		return nil, err
	}
	modulus, exponent := new(big.Int).SetBytes(n), new(big.Int).SetBytes(e)
	if bits := modulus.BitLen(); bits < leastRSA || bits > mostRSA {
		return nil, fmt.Errorf("the RSA key has %d bits, want %d to %d", bits, leastRSA, mostRSA)
	}
	if !exponent.IsInt64() || exponent.Int64() < leastRSAE || exponent.Int64() > mostRSAE || exponent.Bit(0) == 0 {
		return nil, fmt.Errorf("the RSA key's exponent is not an odd number from %d to %d", leastRSAE, mostRSAE)
	}
	return &rsa.PublicKey{N: modulus, E: int(exponent.Int64())}, nil
}

func (j *jwk) ec() (*ecdsa.PublicKey, error) {
	c := curves[j.Crv]
	point := []byte{4} // uncompressed, SEC 1 §2.3.3
	for _, f := range []struct{ name, v string }{{"x", j.X}, {"y", j.Y}} {
		b, err := field(f.name, f.v)
		if err != nil {
			return nil, err
		}
		if len(b) != c.size {
			return nil, fmt.Errorf("%s has %d bytes, want %d", f.name, len(b), c.size)
		}
		point = append(point, b...)
	}
	return ecdsa.ParseUncompressedPublicKey(c.curve, point)
}

func field(name, s string) ([]byte, error) {
	if s == "" || len(s) > maxField {
		return nil, fmt.Errorf("%s has %d characters, want 1 to %d", name, len(s), maxField)
	}
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return nil, fmt.Errorf("%s is no base64url", name)
	}
	return b, nil
}

// find gives the keys that a token may be signed with: those with its kid that
// are for its algorithm, and for a token without a kid the only one there is
// for the algorithm.
func find(keys []key, kid string, alg string) []crypto.PublicKey {
	var found []crypto.PublicKey
	for _, k := range keys {
		if (kid == "" || k.kid == kid) && k.kind == algorithms[alg] && (k.alg == "" || k.alg == alg) {
			found = append(found, k.public)
		}
	}
	if kid == "" && len(found) > 1 {
		return nil
	}
	return found
}
