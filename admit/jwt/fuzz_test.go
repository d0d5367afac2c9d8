package jwt

import (
	"errors"
	"runtime"
	"strings"
	"testing"

	gojwt "github.com/golang-jwt/jwt/v5"

	"crosspeer/token"
)

// FuzzVerify reads anything: it is refused with a verdict, unless it is what
// was signed; line ends in base64 do not count.
func FuzzVerify(f *testing.F) {
	p := provide(f, jwkOf("e", edKey().Public()))
	v := verifier(f, Config{JWKS: p.URL})
	good := signed(gojwt.SigningMethodEdDSA, "e", edKey(), claims())
	for _, s := range []string{good, "", "..", "e30.e30.", strings.Repeat("A", MaxSize), signed(gojwt.SigningMethodNone, "e", gojwt.UnsafeAllowNoneSignatureType, claims())} {
		f.Add(s)
	}
	if _, err := v.Verify(f.Context(), good, noon); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := v.Verify(t.Context(), s, noon)
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
			t.Fatalf("%d bytes allocated for %d", n, len(s))
		}
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
