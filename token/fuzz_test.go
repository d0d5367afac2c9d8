package token

import (
	"bytes"
	"errors"
	"runtime"
	"testing"
	"time"
)

// mostAllocated bounds what reading anything allocates.
const mostAllocated = 64 << 10

func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// FuzzUnverified reads anything: it is malformed, or claims that encode to the
// same bytes again; and unless the key has signed it, it is refused.
func FuzzUnverified(f *testing.F) {
	key := testKey(f, 1)
	for _, g := range golden {
		b, err := ParseText(g.text)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add(bytes.Repeat([]byte{1}, MaxSize))
	f.Add(bytes.Repeat([]byte{0xFF}, MaxSize+1))
	v := verifier(f, NewKeyRing(key.Public()))
	f.Fuzz(func(t *testing.T, b []byte) {
		var c Claims
		var id KeyID
		var err error
		if n := allocated(func() { c, id, err = Unverified(b) }); n > mostAllocated {
			t.Fatalf("%d bytes allocated for %d", n, len(b))
		}
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
	for _, g := range golden {
		f.Add(g.text)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var b []byte
		var err error
		if n := allocated(func() { b, err = ParseText(s) }); n > mostAllocated {
			t.Fatalf("%d bytes allocated for %d", n, len(s))
		}
		if err == nil {
			if again, err := ParseText(Text(b)); err != nil || !bytes.Equal(again, b) || !bytes.Contains([]byte(s), []byte(Text(b))) {
				t.Fatalf("%q is %x, which is %q", s, b, Text(b))
			}
		} else if !errors.Is(err, ErrMalformed) {
			t.Fatal(err)
		}
	})
}

// FuzzKeys reads anything as a file of keys: an error, or keys that are written
// and read the same way again.
func FuzzKeys(f *testing.F) {
	key := testKey(f, 1)
	f.Add(key.PEM())
	f.Add(append([]byte("a comment\n"), key.Public().PEM()...))
	f.Fuzz(func(t *testing.T, b []byte) {
		if k, err := ParseSecretKey(b); err == nil {
			if again, err := ParseSecretKey(k.PEM()); err != nil || again.ID() != k.ID() {
				t.Fatalf("a secret key changes: %v", err)
			}
		}
		keys, err := ParsePublicKeys(b)
		if err != nil && !errors.Is(err, ErrKeyFile) {
			t.Fatal(err)
		}
		for _, k := range keys {
			if again, err := ParsePublicKeys(k.PEM()); err != nil || len(again) != 1 || again[0].ID() != k.ID() {
				t.Fatalf("a public key changes: %v", err)
			}
		}
	})
}
