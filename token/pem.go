package token

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"fmt"
)

const (
	secretBlock = "PRIVATE KEY" // PKCS #8
	publicBlock = "PUBLIC KEY"  // SubjectPublicKeyInfo
)

// PEM is the key as a file.
func (k SecretKey) PEM() []byte {
	der, err := x509.MarshalPKCS8PrivateKey(k.key)
	return mustPEM(secretBlock, der, err)
}

// PEM is the key as a file.
func (k PublicKey) PEM() []byte {
	der, err := x509.MarshalPKIXPublicKey(k.key)
	return mustPEM(publicBlock, der, err)
}

func mustPEM(kind string, der []byte, err error) []byte {
	if err != nil {
		panic(err) // keys of this package have a form
	}
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// ParseSecretKey reads the one secret key of a file, and passes over public
// ones. Errors are ErrKeyFile.
func ParseSecretKey(file []byte) (SecretKey, error) {
	secrets, _, err := parsePEM(file)
	switch {
	case err != nil:
		return SecretKey{}, err
	case len(secrets) == 0:
		return SecretKey{}, fmt.Errorf("%w: it has no secret key; a public one cannot sign", ErrKeyFile)
	case len(secrets) != 1:
		return SecretKey{}, fmt.Errorf("%w: it has %d secret keys, want one", ErrKeyFile, len(secrets))
	}
	return secrets[0], nil
}

// ParsePublicKeys reads the keys of a file that can check tokens: the public
// ones and those of the secret ones. Errors are ErrKeyFile.
func ParsePublicKeys(file []byte) ([]PublicKey, error) {
	secrets, keys, err := parsePEM(file)
	if err != nil {
		return nil, err
	}
	for _, s := range secrets {
		keys = append(keys, s.Public())
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("%w: it has no key", ErrKeyFile)
	}
	return keys, nil
}

// parsePEM reads all blocks. What is between them is a comment, as PEM has it,
// unless a block begins in it that cannot be read.
func parsePEM(file []byte) (secrets []SecretKey, keys []PublicKey, err error) {
	for n := 1; ; n++ {
		block, rest := pem.Decode(file)
		if block == nil {
			if bytes.Contains(file, []byte("-----BEGIN")) {
				return nil, nil, fmt.Errorf("%w: PEM block %d is damaged", ErrKeyFile, n)
			}
			return secrets, keys, nil
		}
		file = rest
		switch block.Type {
		case secretBlock:
			k, err := x509.ParsePKCS8PrivateKey(block.Bytes)
			own, ok := k.(ed25519.PrivateKey)
			if err != nil || !ok {
				return nil, nil, notEd25519(n)
			}
			secrets = append(secrets, secretKey(own))
		case publicBlock:
			k, err := x509.ParsePKIXPublicKey(block.Bytes)
			own, ok := k.(ed25519.PublicKey)
			if err != nil || !ok {
				return nil, nil, notEd25519(n)
			}
			keys = append(keys, publicKey(own))
		default:
			return nil, nil, fmt.Errorf("%w: PEM block %d is %q, want %q or %q", ErrKeyFile, n, block.Type, publicBlock, secretBlock)
		}
	}
}

func notEd25519(n int) error {
	return fmt.Errorf("%w: PEM block %d is no Ed25519 key", ErrKeyFile, n)
}
