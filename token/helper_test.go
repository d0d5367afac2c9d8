package token

import (
	"bytes"
	"net/netip"
	"testing"
	"time"
)

// noon is when the tests happen.
var noon = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

// testKey is the nth key of the tests, always the same.
func testKey(t testing.TB, n byte) SecretKey {
	t.Helper()
	k, err := NewKey(bytes.NewReader(bytes.Repeat([]byte{n}, 32)))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// valid are claims that are good at noon, and for a minute more.
func valid() Claims {
	return Claims{Audience: "arena-3", Subject: "ann", Expires: noon.Add(time.Minute)}
}

// everything are claims with something in each field.
func everything() Claims {
	return Claims{
		Audience: "arena-3", Subject: "Änne", Expires: noon.Add(time.Minute), NotBefore: noon,
		ID: ID{1, 2, 3, 15: 16}, SingleUse: true,
		Sources: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("2001:db8::7/128")},
		PeerID:  266322731, Meta: map[string]string{"team": "red", "level": "7", "empty": ""},
		PacketsPerSec: 120, BytesPerSec: 1 << 20,
	}
}

func sign(t testing.TB, k SecretKey, c Claims) []byte {
	t.Helper()
	b, err := k.Sign(c)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func verifier(t testing.TB, keys KeySource) *Verifier {
	t.Helper()
	v, err := NewVerifier(Config{Audience: "arena-3", Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

var remote = netip.MustParseAddr("192.0.2.7")
