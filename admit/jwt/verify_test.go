package jwt

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"strings"
	"testing"
	"time"

	gojwt "github.com/golang-jwt/jwt/v5"

	"crosspeer/token"
)

func TestEachVerdict(t *testing.T) {
	public := must(x509.MarshalPKIXPublicKey(rsaKey().Public()))
	p := provide(t,
		jwkOf("r", rsaKey().Public()), jwkOf("c", ecKey().Public()), jwkOf("e", edKey().Public()),
		object{"kty": "oct", "kid": "o", "k": b64([]byte("0123456789abcdef0123456789abcdef"))},
	)
	v := verifier(t, Config{JWKS: p.URL})
	ed := func(change ...func(object)) string {
		return signed(gojwt.SigningMethodEdDSA, "e", edKey(), claims(change...))
	}
	set := func(k string, v any) func(object) { return func(c object) { c[k] = v } }
	without := func(k string) func(object) { return func(c object) { delete(c, k) } }
	good := ed()
	for _, tt := range []struct {
		name, text string
		at         time.Duration
		want       error
	}{
		{name: "EdDSA", text: good},
		{name: "RS256", text: signed(gojwt.SigningMethodRS256, "r", rsaKey(), claims())},
		{name: "ES256", text: signed(gojwt.SigningMethodES256, "c", ecKey(), claims())},
		{name: "one audience as a text", text: ed(set("aud", audience))},
		{name: "spaces around it", text: " " + good + "\n"},
		{name: "no kid, and one key for the algorithm", text: signed(gojwt.SigningMethodEdDSA, "", edKey(), claims())},

		{name: "expired by the other clock, within the leeway", text: good, at: 90*time.Second - 1},
		{name: "expired", text: good, at: 90 * time.Second, want: token.ErrExpired},
		{name: "expired and for another game", text: ed(set("aud", "x")), at: time.Hour, want: token.ErrExpired},
		{name: "before it begins, within the leeway", text: ed(set("nbf", noon.Unix())), at: -30 * time.Second},
		{name: "before it begins", text: ed(set("nbf", noon.Unix())), at: -30*time.Second - 1, want: token.ErrNotYetValid},
		{name: "without an end", text: ed(without("exp")), want: token.ErrMalformed},
		{name: "with an end that is text", text: ed(set("exp", "never")), want: token.ErrMalformed},
		{name: "another issuer", text: ed(set("iss", "https://id.example")), want: ErrIssuer},
		{name: "no issuer", text: ed(without("iss")), want: token.ErrMalformed},
		{name: "another audience", text: ed(set("aud", []string{"my-game2"})), want: token.ErrAudience},
		{name: "no audience", text: ed(without("aud")), want: token.ErrMalformed},
		{name: "a subject that is no text", text: ed(set("sub", 5)), want: token.ErrMalformed},

		{name: "alg none", text: signed(gojwt.SigningMethodNone, "e", gojwt.UnsafeAllowNoneSignatureType, claims()), want: ErrAlgorithm},
		{name: "alg nOnE", text: b64([]byte(`{"alg":"nOnE","kid":"e"}`)) + good[strings.Index(good, "."):], want: ErrAlgorithm},
		{name: "no alg", text: b64([]byte(`{"kid":"e"}`)) + good[strings.Index(good, "."):], want: ErrAlgorithm},
		{name: "an alg that is no text", text: b64([]byte(`{"alg":5,"kid":"e"}`)) + good[strings.Index(good, "."):], want: ErrAlgorithm},
		{name: "HS256 with the public key as the secret", text: signed(gojwt.SigningMethodHS256, "r", public, claims()), want: ErrAlgorithm},
		{name: "HS256 with the public key's PEM", text: signed(gojwt.SigningMethodHS256, "r", pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}), claims()), want: ErrAlgorithm},
		{name: "HS256 with a secret of the JWKS", text: signed(gojwt.SigningMethodHS256, "o", []byte("0123456789abcdef0123456789abcdef"), claims()), want: ErrAlgorithm},
		{name: "an algorithm that is not on the list", text: signed(gojwt.SigningMethodRS512, "r", rsaKey(), claims()), want: ErrAlgorithm},
		{name: "the kid of a key of another kind", text: signed(gojwt.SigningMethodEdDSA, "r", edKey(), claims()), want: token.ErrKey},
		{name: "a stranger's signature", text: signed(gojwt.SigningMethodEdDSA, "e", stranger(), claims()), want: token.ErrSignature},
		{name: "a stranger's key in the header", text: signed(gojwt.SigningMethodEdDSA, "e", stranger(), claims(), object{"jwk": jwkOf("e", stranger().Public())}), want: token.ErrSignature},
		{name: "a kid that no key has", text: signed(gojwt.SigningMethodEdDSA, "x", edKey(), claims()), want: token.ErrKey},
		{name: "a kid that is a number", text: signed(gojwt.SigningMethodEdDSA, "", edKey(), claims(), object{"kid": 5}), want: token.ErrMalformed},
		{name: "an extension that has to be understood", text: signed(gojwt.SigningMethodEdDSA, "e", edKey(), claims(), object{"crit": []string{"b64"}, "b64": false}), want: token.ErrMalformed},
		{name: "changed claims", text: strings.Replace(good, "."+strings.Split(good, ".")[1], "."+b64(must(json.Marshal(claims(set("sub", "bob"))))), 1), want: token.ErrSignature},
		{name: "no signature", text: good[:strings.LastIndex(good, ".")+1], want: token.ErrSignature},
		{name: "two parts", text: good[:strings.LastIndex(good, ".")], want: token.ErrMalformed},
		{name: "four parts", text: good + ".AA", want: token.ErrMalformed},
		{name: "no base64", text: "*" + good, want: token.ErrMalformed},
		{name: "empty", text: "", want: token.ErrMalformed},
		{name: "too long", text: good + strings.Repeat("A", MaxSize), want: token.ErrMalformed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := v.Verify(t.Context(), tt.text, noon.Add(tt.at))
			if !errors.Is(err, tt.want) {
				t.Fatalf("the verdict is %v, want %v", err, tt.want)
			}
			if tt.want == nil {
				if c.Subject != "ann" || c.Issuer != issuer || c.ID != "7" || !c.Expires.Equal(noon.Add(time.Minute)) {
					t.Errorf("%+v", c)
				}
				return
			}
			var own *token.VerifyError
			if !errors.As(err, &own) || c.All != nil {
				t.Errorf("%T with %+v", err, c)
			}
		})
	}
}

func TestASharedSecret(t *testing.T) {
	secret := []byte("0123456789abcdef0123456789abcdef")
	v := verifier(t, Config{Secret: secret})
	for _, tt := range []struct {
		name, text string
		want       error
	}{
		{"HS256", signed(gojwt.SigningMethodHS256, "", secret, claims()), nil},
		{"HS256 with a kid", signed(gojwt.SigningMethodHS256, "any", secret, claims()), nil},
		{"another secret", signed(gojwt.SigningMethodHS256, "", secret[1:], claims()), token.ErrSignature},
		{"HS512", signed(gojwt.SigningMethodHS512, "", secret, claims()), ErrAlgorithm},
		{"EdDSA", signed(gojwt.SigningMethodEdDSA, "", edKey(), claims()), ErrAlgorithm},
		{"none", signed(gojwt.SigningMethodNone, "", gojwt.UnsafeAllowNoneSignatureType, claims()), ErrAlgorithm},
	} {
		if _, err := v.Verify(t.Context(), tt.text, noon); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
	if err := v.Load(t.Context(), noon); err != nil {
		t.Error(err)
	}
}

func TestAClaimIsThePeersID(t *testing.T) {
	p := provide(t, jwkOf("e", edKey().Public()))
	v := verifier(t, Config{JWKS: p.URL, PeerIDClaim: "https://my-game.example/peer"})
	for _, tt := range []struct {
		claim any
		want  int32
	}{
		{2, 2}, {1<<31 - 1, 1<<31 - 1}, {"266322731", 266322731},
		{1, 0}, {0, 0}, {-5, 0}, {int64(1) << 31, 0}, {2.5, 0}, {"", 0}, {"x", 0}, {true, 0}, {nil, 0}, {[]int{5}, 0}, {1e300, 0},
	} {
		text := signed(gojwt.SigningMethodEdDSA, "e", edKey(), claims(func(c object) { c["https://my-game.example/peer"] = tt.claim }))
		c, err := v.Verify(t.Context(), text, noon)
		if c.PeerID != tt.want || (tt.want == 0) != errors.Is(err, token.ErrMalformed) {
			t.Errorf("%v: %d, %v", tt.claim, c.PeerID, err)
		}
	}
	if _, err := v.Verify(t.Context(), signed(gojwt.SigningMethodEdDSA, "e", edKey(), claims()), noon); !errors.Is(err, token.ErrMalformed) {
		t.Errorf("without the claim: %v", err)
	}
}

func TestConfigSaysAllThatIsWrong(t *testing.T) {
	base := func(change func(c *Config)) Config {
		c := Config{JWKS: "https://id.example/jwks", Issuer: issuer, Audience: audience}
		change(&c)
		return c
	}
	for _, tt := range []struct {
		name   string
		change func(c *Config)
		says   string
	}{
		{"good", func(*Config) {}, ""},
		{"a file", func(c *Config) { c.JWKS = "jwks.json" }, ""},
		{"http on this machine", func(c *Config) { c.JWKS = "http://localhost:8080/jwks" }, ""},
		{"http on this machine by address", func(c *Config) { c.JWKS = "http://[::1]/jwks" }, ""},
		{"http elsewhere", func(c *Config) { c.JWKS = "http://id.example/jwks" }, "want https"},
		{"http at a name that looks local", func(c *Config) { c.JWKS = "http://localhost.id.example/jwks" }, "want https"},
		{"another scheme", func(c *Config) { c.JWKS = "ftp://id.example/jwks" }, "want https"},
		{"no host", func(c *Config) { c.JWKS = "https:///jwks" }, "want https"},
		{"neither", func(c *Config) { c.JWKS = "" }, "JWKS is empty"},
		{"both", func(c *Config) { c.Secret = make([]byte, 32) }, "both set"},
		{"a short secret", func(c *Config) { c.JWKS, c.Secret = "", make([]byte, 31) }, "31 bytes"},
		{"a secret with algorithms", func(c *Config) { c.JWKS, c.Secret, c.Algorithms = "", make([]byte, 32), []string{"RS256"} }, "Algorithms is set"},
		{"HS256 with a JWKS", func(c *Config) { c.Algorithms = []string{"HS256"} }, `"HS256"`},
		{"none", func(c *Config) { c.Algorithms = []string{"none"} }, `"none"`},
		{"no issuer", func(c *Config) { c.Issuer = "" }, "Issuer is empty"},
		{"no audience", func(c *Config) { c.Audience = "" }, "Audience is empty"},
		{"negative times", func(c *Config) { c.Leeway, c.Timeout = -1, -1 }, "Timeout is -1ns"},
		{"a negative size", func(c *Config) { c.MaxJWKSBytes = -1 }, "MaxJWKSBytes is -1"},
	} {
		c := base(tt.change)
		_, err := NewVerifier(c)
		if (err == nil) != (tt.says == "") || err != nil && !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.says)
		}
	}
}
