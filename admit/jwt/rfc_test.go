package jwt

import (
	"errors"
	"strings"
	"testing"
	"time"

	"crosspeer/token"
)

// TestTheTokenOfRFC7515 has the key and the token of RFC 7515, appendix A.3.
// The token has no aud, so it is refused, but not before its signature was found
// good.
func TestTheTokenOfRFC7515(t *testing.T) {
	p := provide(t, object{
		"kty": "EC", "crv": "P-256",
		"x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
	})
	const text = "eyJhbGciOiJFUzI1NiJ9." +
		"eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ." +
		"DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
	v, err := NewVerifier(Config{JWKS: p.URL, Issuer: "joe", Audience: audience})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	ends := time.Unix(1300819380, 0)
	if _, err := v.Verify(t.Context(), text, ends); !errors.Is(err, token.ErrMalformed) || !strings.Contains(err.Error(), "lacks one of exp, iss and aud") {
		t.Errorf("as it is: %v", err)
	}
	if _, err := v.Verify(t.Context(), text, ends.Add(time.Minute)); !errors.Is(err, token.ErrExpired) {
		t.Errorf("later: %v", err)
	}
	if _, err := v.Verify(t.Context(), text[:len(text)-2]+"0Q", ends); !errors.Is(err, token.ErrSignature) {
		t.Errorf("changed: %v", err)
	}
}
