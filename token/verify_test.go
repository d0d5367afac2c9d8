package token

import (
	"crypto"
	"errors"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestEachVerdict(t *testing.T) {
	key, stranger := testKey(t, 1), testKey(t, 2)
	with := func(change func(c *Claims)) []byte {
		c := valid()
		change(&c)
		return sign(t, key, c)
	}
	sourced := func(list ...string) []byte {
		return with(func(c *Claims) {
			for _, p := range list {
				c.Sources = append(c.Sources, netip.MustParsePrefix(p))
			}
		})
	}
	good := sign(t, key, valid())
	changed := func(at int) []byte {
		b := append([]byte(nil), good...)
		b[at] ^= 1
		return b
	}
	renamed := append([]byte(nil), sign(t, stranger, valid())...)
	copy(renamed[1:], key.id[:])
	const second = time.Second
	for _, tt := range []struct {
		name  string
		token []byte
		at    time.Duration // after noon; the token ends a minute after
		from  string
		want  error
		says  string
	}{
		{name: "a good one", token: good},
		{name: "in its last moment", token: good, at: 60*second - 1},
		{name: "expired by the other clock, within the leeway", token: good, at: 90*second - 1},
		{name: "expired with the leeway", token: good, at: 90 * second, want: ErrExpired, says: "expired at 2026-11-27T12:01:00Z, 30s ago"},
		{name: "expired a day ago", token: good, at: 24 * time.Hour, want: ErrExpired},
		{name: "before it begins, within the leeway", token: with(func(c *Claims) { c.NotBefore = noon }), at: -30 * second},
		{name: "before it begins", token: with(func(c *Claims) { c.NotBefore = noon }), at: -30*second - 1, want: ErrNotYetValid, says: "from 2026-11-27T12:00:00Z on, in 30s"},
		{name: "another audience", token: with(func(c *Claims) { c.Audience = "arena-4" }), want: ErrAudience, says: `"arena-4"`},
		{name: "the beginning of the audience", token: with(func(c *Claims) { c.Audience = "arena-" }), want: ErrAudience},
		{name: "another audience and expired", token: with(func(c *Claims) { c.Audience = "arena-4" }), at: time.Hour, want: ErrExpired},
		{name: "a stranger's key", token: sign(t, stranger, valid()), want: ErrKey, says: stranger.ID().String()},
		{name: "a stranger's key under the name of ours", token: renamed, want: ErrSignature},
		{name: "a changed claim", token: changed(headSize + 2), want: ErrSignature},
		{name: "a changed signature", token: changed(len(good) - 1), want: ErrSignature},
		{name: "another version", token: changed(0), want: ErrMalformed, says: "version 0"},
		{name: "cut off", token: good[:len(good)-1], want: ErrMalformed},
		{name: "too short", token: good[:10], want: ErrMalformed, says: "10 bytes"},
		{name: "empty", token: nil, want: ErrMalformed},
		{name: "from the address", token: sourced("192.0.2.7/32")},
		{name: "from the network", token: sourced("10.0.0.0/8", "192.0.2.0/24")},
		{name: "from the address in its IPv6 form", token: sourced("192.0.2.7/32"), from: "::ffff:192.0.2.7"},
		{name: "from an address with a zone", token: sourced("fe80::/64"), from: "fe80::1%eth0"},
		{name: "from elsewhere", token: sourced("192.0.2.7/32"), from: "192.0.2.8", want: ErrSource, says: "192.0.2.8"},
		{name: "from an address of the other family", token: sourced("0.0.0.0/0"), from: "2001:db8::1", want: ErrSource},
	} {
		t.Run(tt.name, func(t *testing.T) {
			from := remote
			if tt.from != "" {
				from = netip.MustParseAddr(tt.from)
			}
			c, err := verifier(t, NewKeyRing(key.Public())).Verify(tt.token, noon.Add(tt.at), from)
			if !errors.Is(err, tt.want) {
				t.Fatalf("the verdict is %v, want %v", err, tt.want)
			}
			if tt.want != nil {
				var verdict *VerifyError
				if !errors.As(err, &verdict) || !strings.Contains(err.Error(), tt.says) || !reflect.DeepEqual(c, Claims{}) {
					t.Errorf("%T %q with %+v, want it to say %q, and no claims", err, err, c, tt.says)
				}
			}
		})
	}
	t.Run("from an address that is not known", func(t *testing.T) {
		if _, err := verifier(t, NewKeyRing(key.Public())).Verify(sourced("0.0.0.0/0", "::/0"), noon, netip.Addr{}); !errors.Is(err, ErrSource) {
			t.Error(err)
		}
	})
}

func TestVerifyGivesWhatWasSigned(t *testing.T) {
	key := testKey(t, 1)
	got, err := verifier(t, NewKeyRing(key.Public())).Verify(sign(t, key, everything()), noon, remote)
	if err != nil || !reflect.DeepEqual(got, everything()) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestARotatedKey(t *testing.T) {
	old, next := testKey(t, 1), testKey(t, 2)
	of := func(k SecretKey) []byte { return sign(t, k, valid()) }
	for _, step := range []struct {
		name      string
		ring      *KeyRing
		old, next error
	}{
		{"before", NewKeyRing(old.Public()), nil, ErrKey},
		{"the new one is put beside the old one", NewKeyRing(old.Public(), next.Public()), nil, nil},
		{"the old one is taken away", NewKeyRing(next.Public()), ErrKey, nil},
	} {
		v := verifier(t, step.ring)
		if _, err := v.Verify(of(old), noon, remote); !errors.Is(err, step.old) {
			t.Errorf("%s: the old key's token: %v, want %v", step.name, err, step.old)
		}
		if _, err := v.Verify(of(next), noon, remote); !errors.Is(err, step.next) {
			t.Errorf("%s: the new key's token: %v, want %v", step.name, err, step.next)
		}
	}
}

// TestKeysWithOneName holds that a name is only a hint: with several keys of
// one name each is tried.
func TestKeysWithOneName(t *testing.T) {
	a, b := testKey(t, 1), testKey(t, 2)
	b.id = a.id
	other := b.Public()
	other.id = a.id
	ring := NewKeyRing(a.Public(), other, other)
	if ids := ring.IDs(); len(ids) != 2 {
		t.Fatalf("the ring has %v", ids)
	}
	for _, k := range []SecretKey{a, b} {
		if _, err := verifier(t, ring).Verify(sign(t, k, valid()), noon, remote); err != nil {
			t.Error(err)
		}
	}
}

func TestASignatureOfSomethingElseIsNoToken(t *testing.T) {
	key := testKey(t, 1)
	good := sign(t, key, valid())
	body := good[:len(good)-64]
	sig, err := key.key.Sign(nil, body, crypto.Hash(0))
	if err != nil {
		t.Fatal(err)
	}
	bare := append(append([]byte(nil), body...), sig...)
	if _, err := verifier(t, NewKeyRing(key.Public())).Verify(bare, noon, remote); !errors.Is(err, ErrSignature) {
		t.Errorf("a signature without the context: %v", err)
	}
}

func TestConfigSaysAllThatIsWrong(t *testing.T) {
	_, err := NewVerifier(Config{Audience: strings.Repeat("a", 65), Leeway: -1})
	for _, field := range []string{"Audience has 65", "Keys", "Leeway is -1ns"} {
		if err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%v does not name %s", err, field)
		}
	}
}
