package token

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
)

// KeyID is a key's name in tokens: the first four bytes of the SHA-256 of the
// public key. It is a hint which key to try, no proof of anything.
type KeyID [4]byte

// String is the ID in hex.
func (id KeyID) String() string { return hex.EncodeToString(id[:]) }

// SecretKey makes tokens. It prints as its ID.
type SecretKey struct {
	key ed25519.PrivateKey
	id  KeyID
}

// PublicKey checks tokens.
type PublicKey struct {
	key ed25519.PublicKey
	id  KeyID
}

// NewKey draws a key from rand, which is crypto/rand.Reader outside of tests.
func NewKey(rand io.Reader) (SecretKey, error) {
	seed := make([]byte, ed25519.SeedSize)
	if _, err := io.ReadFull(rand, seed); err != nil {
		return SecretKey{}, err
	}
	return secretKey(ed25519.NewKeyFromSeed(seed)), nil
}

func secretKey(k ed25519.PrivateKey) SecretKey {
	return SecretKey{k, publicKey(k.Public().(ed25519.PublicKey)).id}
}

func publicKey(k ed25519.PublicKey) PublicKey {
	sum := sha256.Sum256(k)
	return PublicKey{k, KeyID(sum[:4])}
}

// ID is the name of the key and of its public one.
func (k SecretKey) ID() KeyID { return k.id }

// ID is the key's name.
func (k PublicKey) ID() KeyID { return k.id }

// Public is the key that checks what this one makes.
func (k SecretKey) Public() PublicKey {
	return publicKey(k.key.Public().(ed25519.PublicKey))
}

// Format implements fmt.Formatter: no verb prints the secret.
func (k SecretKey) Format(s fmt.State, _ rune) { fmt.Fprintf(s, "secret key %s", k.id) }

// String names the key.
func (k PublicKey) String() string { return "public key " + k.id.String() }

// signed is in front of what is signed, so that the key's signatures of other
// things are no tokens.
const signed = "crosspeer connect token\x00"

// Sign makes a token, which is binary; see Text. It validates the claims.
func (k SecretKey) Sign(c Claims) ([]byte, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	b := appendClaims(append([]byte{version}, k.id[:]...), &c)
	return append(b, ed25519.Sign(k.key, append([]byte(signed), b...))...), nil
}

// signedBy says whether a token's signature is this key's. crypto/ed25519
// takes only one form of a signature, so a token has no second one.
func (k PublicKey) signedBy(b []byte) bool {
	body := len(b) - ed25519.SignatureSize
	return ed25519.Verify(k.key, append([]byte(signed), b[:body]...), b[body:])
}
