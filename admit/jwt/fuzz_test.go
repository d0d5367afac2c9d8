package jwt

import (
	"errors"
	"strings"
	"testing"

	gojwt "github.com/golang-jwt/jwt/v5"

	"crosspeer/internal/hostile"
	"crosspeer/token"
)

// FuzzVerify reads anything: it is refused with a verdict, unless it is what
// was signed; line ends in base64 do not count.
func FuzzVerify(f *testing.F) {
	p := provide(f, jwkOf("e", edKey().Public()))
	v := verifier(f, Config{JWKS: p.URL})
	good := signed(gojwt.SigningMethodEdDSA, "e", edKey(), claims())
	var seeds [][]byte
	for _, s := range []string{good, "", "..", "e30.e30.", strings.Repeat("A", MaxSize), signed(gojwt.SigningMethodNone, "e", gojwt.UnsafeAllowNoneSignatureType, claims())} {
		seeds = append(seeds, []byte(s))
	}
	if _, err := v.Verify(f.Context(), good, noon); err != nil {
		f.Fatal(err)
	}
	hostile.Fuzz(f, seeds, func(b []byte) { v.Verify(f.Context(), string(b), noon) }, func(t testing.TB, b []byte) {
		s := string(b)
		_, err := v.Verify(t.Context(), s, noon)
		var own *token.VerifyError
		switch {
		case err == nil:
			if strings.NewReplacer("\r", "", "\n", "").Replace(strings.TrimSpace(s)) != good {
				t.Fatalf("%q is accepted", s)
			}
		case !errors.As(err, &own):
			t.Fatalf("%T %v", err, err)
		}
	})
}
