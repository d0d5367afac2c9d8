package token

import (
	"crypto"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"
)

// golden are tokens of version 1: other programs make them, so their bytes do
// not change. Ed25519 signatures are the same each time (RFC 8032). They were made with another
// implementation, pyca/cryptography 48.0.0.
var golden = []struct {
	name   string
	claims func() Claims
	text   string
}{
	{"the least", least, "cp1.ATR1D5gBAWECBcDhpdgGIUBzbnYWf5G3LSxOkmyf0rmQXN4R1NY3ZkUTxS4bGWTftLr-VzIhjZ2RL989Uf_YyzYzDBBmNQ4vR0jrVa8TDQ"},
	{"the usual", valid, "cp1.ATR1D5gBB2FyZW5hLTMCBfzhpdgGBgNhbm5rvhHmJ9qEaOcMq3lHAUaa9LTRW4qfz62SP8fh0_30o5F7Gzj0_ctqvbFH7e493rq7KuGpDRmP7-L5Cs58Qs0N"},
	{"with everything", everything, "cp1.ATR1D5gBB2FyZW5hLTMCBfzhpdgGAwXA4aXYBgQQAQIDAAAAAAAAAAAAAAAAEAUABgXDhG5uZQcYBBjAAAIABoAgAQ24AAAAAAAAAAAAAAAHCASrhv9-CRgFZW1wdHkABWxldmVsATcEdGVhbQNyZWQKAXgLA4CAQNc2mEBypr9wJhs1NBE0RzKG7e1KohMVrUzzjkrHAjaIwky1d0_Ambnn-FbCADSLtCy-yBjq8bxw2nYFOxSh5gU"},
}

func least() Claims { return Claims{Audience: "a", Expires: noon} }

func TestGoldenTokens(t *testing.T) {
	key := testKey(t, 1)
	for _, g := range golden {
		b := sign(t, key, g.claims())
		if got := Text(b); got != g.text {
			t.Errorf("%s: %s\nwant %s", g.name, got, g.text)
		}
		b, err := ParseText(" " + g.text + "\n")
		if err != nil {
			t.Fatal(err)
		}
		c, id, err := Unverified(b)
		if err != nil || id != key.ID() || !reflect.DeepEqual(c, g.claims()) {
			t.Errorf("%s: %+v, key %v, %v", g.name, c, id, err)
		}
	}
}

func TestTheLargestTokenFits(t *testing.T) {
	c := everything()
	c.Audience, c.Subject = strings.Repeat("a", MaxAudience), strings.Repeat("s", MaxSubject)
	c.Expires = time.Unix(maxTime, 0).UTC()
	c.NotBefore = c.Expires.Add(-time.Second)
	c.Sources = nil
	for i := range MaxSources {
		c.Sources = append(c.Sources, netip.PrefixFrom(netip.AddrFrom16([16]byte{0x20, 15: byte(i)}), 128))
	}
	c.PeerID, c.PacketsPerSec, c.BytesPerSec = 1<<31-1, 1<<32-1, 1<<32-1
	c.Meta = map[string]string{}
	for i := range MaxMeta {
		c.Meta[fmt.Sprintf("%02d", i)] = strings.Repeat("v", 30)
	}
	b := sign(t, testKey(t, 1), c)
	if len(b) > MaxSize || len(Text(b)) > maxText {
		t.Errorf("it has %d bytes, %d as text", len(b), len(Text(b)))
	}
	t.Logf("%d bytes, %d as text", len(b), len(Text(b)))
	if got, _, err := Unverified(b); err != nil || !reflect.DeepEqual(got, c) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestClaimsThatAreNone(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(c *Claims)
		says   string
	}{
		{"no audience", func(c *Claims) { c.Audience = "" }, "Audience has 0 bytes"},
		{"a long audience", func(c *Claims) { c.Audience = strings.Repeat("a", 65) }, "Audience has 65 bytes"},
		{"an audience with a line end", func(c *Claims) { c.Audience = "a\nb" }, "Audience"},
		{"no end", func(c *Claims) { c.Expires = time.Time{} }, "Expires"},
		{"an end that has no date", func(c *Claims) { c.Expires = time.Unix(maxTime+1, 0) }, "Expires"},
		{"a beginning at the end", func(c *Claims) { c.NotBefore = c.Expires }, "NotBefore"},
		{"a beginning in another time", func(c *Claims) { c.NotBefore = time.Unix(-5, 0) }, "NotBefore"},
		{"one use of nothing", func(c *Claims) { c.SingleUse = true }, "ID"},
		{"a subject that is no text", func(c *Claims) { c.Subject = "\xff" }, "Subject"},
		{"a subject that moves the cursor", func(c *Claims) { c.Subject = "\x1b[2J" }, "Subject"},
		{"too many sources", func(c *Claims) { c.Sources = make([]netip.Prefix, 5) }, "Sources has 5"},
		{"a source that is none", func(c *Claims) { c.Sources = make([]netip.Prefix, 1) }, "Sources"},
		{"a source with too many bits", func(c *Claims) { c.Sources = []netip.Prefix{netip.MustParsePrefix("192.0.2.7/24")} }, "192.0.2.7/24"},
		{"IPv4 as IPv6", func(c *Claims) {
			c.Sources = []netip.Prefix{netip.PrefixFrom(netip.MustParseAddr("::ffff:192.0.2.7"), 128)}
		}, "Sources"},
		{"the server's id", func(c *Claims) { c.PeerID = 1 }, "PeerID is 1"},
		{"a negative id", func(c *Claims) { c.PeerID = -2 }, "PeerID is -2"},
		{"a key without a name", func(c *Claims) { c.Meta = map[string]string{"": "x"} }, "Meta"},
		{"much Meta", func(c *Claims) { c.Meta = map[string]string{"k": strings.Repeat("v", 512)} }, "513 bytes"},
		{"many pairs", func(c *Claims) {
			c.Meta = map[string]string{}
			for i := range 17 {
				c.Meta[fmt.Sprint(i)] = ""
			}
		}, "17 pairs"},
	} {
		c := valid()
		tt.change(&c)
		if _, err := testKey(t, 1).Sign(c); err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v does not say %q", tt.name, err, tt.says)
		}
	}
}

// TestBytesThatAreNoClaims signs what Sign would not.
func TestBytesThatAreNoClaims(t *testing.T) {
	audience, ends := "010161", "0205c0e1a5d806" // noon
	for _, tt := range []struct{ name, claims string }{
		{"good", audience + ends},
		{"none", ""},
		{"no end", audience},
		{"no audience", ends},
		{"twice the same", audience + audience + ends},
		{"in another order", ends + audience},
		{"a number that is not known", audience + ends + "0c0101"},
		{"number 0", "0000" + audience + ends},
		{"a length beyond the end", audience + ends + "060561"},
		{"a length of many bytes", audience + ends + "06ffffffffffffffffff7f61"},
		{"a length without an end", audience + ends + "06ff"},
		{"a length in a longer form", "01810061" + ends},
		{"a time in a longer form", audience + "0206c0e1a5d88600"},
		{"something after the time", audience + "0206c0e1a5d80600"},
		{"one use with a value", audience + ends + "04100100000000000000000000000000000005" + "0100"},
		{"a short id", audience + ends + "040101"},
		{"the id zero", audience + ends + "041000000000000000000000000000000000"},
		{"a source of no family", audience + ends + "070605180a000000"},
		{"a source that is cut off", audience + ends + "070404180a00"},
		{"an IPv4 source with 33 bits", audience + ends + "070604210a000000"},
		{"five sources", audience + ends + "071e" + strings.Repeat("04080a000000", 5)},
		{"a peer id above the highest", audience + ends + "08058080808008"},
		{"keys in another order", audience + ends + "0908" + "0162" + "0178" + "0161" + "0178"},
		{"a key twice", audience + ends + "0908" + "0161" + "0178" + "0161" + "0179"},
		{"one use without an id", audience + ends + "0500"},
		{"a beginning at the end", audience + ends + "0305c0e1a5d806"},
		{"an end after the year 9999", audience + "020affffffffffffffffff01"},
		{"an audience that moves the cursor", "01021b63" + ends},
		{"bits behind a network", audience + ends + "070604080a000001"},
		{"the server's id", audience + ends + "080101"},
		{"a key without a name", audience + ends + "09030001" + "78"},
		{"a key without a value", audience + ends + "09020161"},
		{"no packets", audience + ends + "0a0100"},
		{"too many packets", audience + ends + "0a058080808010"},
	} {
		claims, err := hex.DecodeString(tt.claims)
		if err != nil {
			t.Fatal(tt.name, err)
		}
		key := testKey(t, 1)
		b := append(append([]byte{version}, key.id[:]...), claims...)
		sig, err := key.key.Sign(nil, append([]byte(signed), b...), crypto.Hash(0))
		if err != nil {
			t.Fatal(err)
		}
		if c, _, err := Unverified(append(b, sig...)); errors.Is(err, ErrMalformed) == (tt.name == "good") {
			t.Errorf("%s: %+v, %v", tt.name, c, err)
		}
	}
}

func TestTextsThatAreNone(t *testing.T) {
	c := valid()
	c.Subject = "an" // 113 bytes, so that the last character has bits that do not count
	good := Text(sign(t, testKey(t, 1), c))
	for _, s := range []string{
		"", "cp1", good[1:], "CP1." + good[4:], good + "=", good[:len(good)-1] + "*", good[:8] + "\n" + good[8:],
		good[:8] + " " + good[8:], good + strings.Repeat("A", 2000), "eyJhbGciOiJub25lIn0.e30.",
		good[:len(good)-1] + string(good[len(good)-1]+1),
	} {
		if b, err := ParseText(s); !errors.Is(err, ErrMalformed) {
			t.Errorf("%q: %x, %v", s, b, err)
		}
	}
	if b, err := ParseText(TextPrefix); err != nil || len(b) != 0 {
		t.Errorf("%x, %v", b, err)
	}
}
