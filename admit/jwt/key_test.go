package jwt

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"math/big"
	"strings"
	"testing"

	"crosspeer/internal/hostile"
)

func TestKeysOfAJWKS(t *testing.T) {
	ec, ed := jwkOf("c", ecKey().Public()), jwkOf("e", edKey().Public())
	with := func(o object, changes object) object {
		c := object{}
		for k, v := range o {
			c[k] = v
		}
		for k, v := range changes {
			c[k] = v
		}
		return c
	}
	small := new(big.Int).Lsh(big.NewInt(1), 2046) // 2047 bits
	for _, tt := range []struct {
		name string
		key  object
		keys int
		says string
	}{
		{"Ed25519", ed, 1, ""},
		{"P-256", ec, 1, ""},
		{"P-384", jwkOf("x", must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader)).Public()), 1, ""},
		{"RSA", jwkOf("r", rsaKey().Public()), 1, ""},
		{"for signatures", with(ed, object{"use": "sig", "alg": "EdDSA", "key_ops": []string{"verify"}}), 1, ""},
		{"for encryption", with(ed, object{"use": "enc"}), 0, ""},
		{"for making signatures", with(ed, object{"key_ops": []string{"sign"}}), 0, ""},
		{"for another algorithm", with(jwkOf("r", rsaKey().Public()), object{"alg": "RSA-OAEP"}), 0, ""},
		{"a secret", object{"kty": "oct", "k": "AAAA", "kid": "o"}, 0, ""},
		{"a kind that is not known", object{"kty": "AKP", "alg": "ML-DSA-44", "kid": "m"}, 0, ""},
		{"a curve that is not known", with(ec, object{"crv": "secp256k1"}), 0, ""},
		{"Ed448", with(ed, object{"crv": "Ed448"}), 0, ""},
		{"a point that is not on the curve", with(ec, object{"x": ec["y"], "y": ec["x"]}), -1, `key 2 of the JWKS, kid "c"`},
		{"the point at infinity", with(ec, object{"x": b64(make([]byte, 32)), "y": b64(make([]byte, 32))}), -1, "key 2"},
		{"a short coordinate", with(ec, object{"x": b64(make([]byte, 31))}), -1, "x has 31 bytes"},
		{"a short Ed25519 key", with(ed, object{"x": b64(make([]byte, 31))}), -1, "x has 31 bytes"},
		{"no base64", with(ed, object{"x": "***"}), -1, "x is no base64url"},
		{"a small RSA key", with(jwkOf("r", rsaKey().Public()), object{"n": b64(small.Bytes())}), -1, "2047 bits"},
		{"a huge RSA key", with(jwkOf("r", rsaKey().Public()), object{"n": b64(bytes.Repeat([]byte{0xFF}, 1025))}), -1, "8200 bits"},
		{"an RSA key that does not end", with(jwkOf("r", rsaKey().Public()), object{"n": strings.Repeat("A", 3000)}), -1, "3000 characters"},
		{"an even exponent", with(jwkOf("r", rsaKey().Public()), object{"e": "BA"}), -1, "exponent"},
		{"the exponent 1", with(jwkOf("r", rsaKey().Public()), object{"e": "AQ"}), -1, "exponent"},
		{"a large exponent", with(jwkOf("r", rsaKey().Public()), object{"e": b64(bytes.Repeat([]byte{0xFF}, 9))}), -1, "exponent"},
		{"a kid that is a number", with(ed, object{"kid": 5}), -1, "no JWKS"},
	} {
		other := jwkOf("other", stranger().Public())
		keys, err := parseJWKS(jwks(other, tt.key))
		if tt.keys < 0 {
			if err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%s: %v, want %q", tt.name, err, tt.says)
			}
		} else if err != nil || len(keys) != 1+tt.keys {
			t.Errorf("%s: %d keys, %v", tt.name, len(keys), err)
		}
	}
	for _, text := range []string{"", "[]", "{}", `{"keys":[]}`, `{"keys":{}}`, `{"keys":[{"kty":"oct"}]}`, "<html>", string(jwks(make([]object, 101)...))} {
		if keys, err := parseJWKS([]byte(text)); err == nil {
			t.Errorf("%.40s: %v", text, keys)
		}
	}
}

func TestWhichKeyATokenMeans(t *testing.T) {
	keys := []key{
		{kid: "a", kind: "RSA", public: 1}, {kid: "a", kind: "Ed25519", public: 2}, {kid: "b", kind: "RSA", alg: "RS512", public: 3}, {kid: "c", kind: "P-256", public: 4},
	}
	for _, tt := range []struct {
		kid, alg string
		want     []crypto.PublicKey
	}{
		{"a", "RS256", []crypto.PublicKey{1}}, {"a", "EdDSA", []crypto.PublicKey{2}}, {"a", "ES256", nil},
		{"b", "RS512", []crypto.PublicKey{3}}, {"b", "RS256", nil}, {"d", "RS256", nil},
		{"", "EdDSA", []crypto.PublicKey{2}}, {"", "RS256", []crypto.PublicKey{1}}, {"", "RS512", nil}, {"c", "ES384", nil}, {"c", "HS256", nil}, {"", "none", nil},
	} {
		got := find(keys, tt.kid, tt.alg)
		if len(got) != len(tt.want) || len(got) == 1 && got[0] != tt.want[0] {
			t.Errorf("kid %q, %s: %v, want %v", tt.kid, tt.alg, got, tt.want)
		}
	}
}

func FuzzParseJWKS(f *testing.F) {
	seeds := [][]byte{jwks(jwkOf("c", ecKey().Public()), jwkOf("e", edKey().Public()), jwkOf("r", rsaKey().Public()))}
	hostile.Fuzz(f, seeds, func(b []byte) { parseJWKS(b) }, func(t testing.TB, b []byte) {
		keys, err := parseJWKS(b)
		if (len(keys) == 0) != (err != nil) || len(keys) > maxKeys {
			t.Fatalf("%d keys, %v", len(keys), err)
		}
	})
}
