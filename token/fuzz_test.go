package token

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"crosspeer/internal/hostile"
)

// FuzzUnverified reads anything: it is malformed, or claims that encode to the
// same bytes again; and unless the key has signed it, it is refused.
func FuzzUnverified(f *testing.F) {
	key := testKey(f, 1)
	seeds := [][]byte{bytes.Repeat([]byte{1}, MaxSize), bytes.Repeat([]byte{0xFF}, MaxSize+1)}
	for _, g := range golden {
		b, err := ParseText(g.text)
		if err != nil {
			f.Fatal(err)
		}
		seeds = append(seeds, b)
	}
	v := verifier(f, NewKeyRing(key.Public()))
	hostile.Fuzz(f, seeds, func(b []byte) { Unverified(b) }, func(t testing.TB, b []byte) {
		c, id, err := Unverified(b)
		if err != nil {
			if !errors.Is(err, ErrMalformed) {
				t.Fatalf("%v", err)
			}
			return
		}
		if again := appendClaims(append([]byte{version}, id[:]...), &c); !bytes.Equal(again, b[:len(b)-64]) {
			t.Fatalf("%x becomes %x", b, again)
		}
		ours := key.Public().signedBy(b)
		if _, err := v.Verify(b, noon, remote); !ours && (err == nil || !errors.Is(err, ErrKey) && !errors.Is(err, ErrSignature)) {
			t.Fatalf("nobody has signed it: %v", err)
		}
		if signed, err := key.Sign(c); err != nil {
			t.Fatalf("%+v cannot be signed: %v", c, err)
		} else if got, err := v.Verify(signed, c.Expires.Add(-time.Second), remote); err == nil && got.Audience != "arena-3" {
			t.Fatalf("%+v is accepted", got)
		}
	})
}

// FuzzParseText reads anything: it is malformed, or has no other text.
func FuzzParseText(f *testing.F) {
	var seeds [][]byte
	for _, g := range golden {
		seeds = append(seeds, []byte(g.text))
	}
	hostile.Fuzz(f, seeds, func(b []byte) { ParseText(string(b)) }, func(t testing.TB, input []byte) {
		s := string(input)
		b, err := ParseText(s)
		if err == nil {
			if again, err := ParseText(Text(b)); err != nil || !bytes.Equal(again, b) || !bytes.Contains([]byte(s), []byte(Text(b))) {
				t.Fatalf("%q is %x, which is %q", s, b, Text(b))
			}
		} else if !errors.Is(err, ErrMalformed) {
			t.Fatal(err)
		}
	})
}

// FuzzKeys reads anything as a file of keys. What is a key is written to a
// file that is read the same.
func FuzzKeys(f *testing.F) {
	key := testKey(f, 1)
	seeds := [][]byte{key.PEM(), key.Public().PEM(), append(key.Public().PEM(), "# a comment\n"...), append(key.Public().PEM(), key.PEM()...)}
	parse := func(b []byte) {
		ParseSecretKey(b)
		ParsePublicKeys(b)
	}
	hostile.Fuzz(f, seeds, parse, func(t testing.TB, b []byte) {
		keys, err := ParsePublicKeys(b)
		if err != nil && !errors.Is(err, ErrKeyFile) {
			t.Fatal(err)
		}
		for _, k := range keys {
			again, err := ParsePublicKeys(k.PEM())
			if err != nil || len(again) != 1 || again[0].String() != k.String() {
				t.Fatalf("%v is read again as %v, %v", k, again, err)
			}
		}
		if k, err := ParseSecretKey(b); err == nil {
			if again, err := ParseSecretKey(k.PEM()); err != nil || again.Public().String() != k.Public().String() {
				t.Fatalf("a secret key is read again as another, %v", err)
			}
		}
	})
}
