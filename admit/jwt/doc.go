// Package jwt checks JSON Web Tokens of an identity provider, for games whose
// players log in somewhere that issues them.
//
//	v, err := jwt.NewVerifier(jwt.Config{
//		JWKS:     "https://id.example/.well-known/jwks.json",
//		Issuer:   "https://id.example/",
//		Audience: "my-game",
//	})
//	claims, err := v.Verify(ctx, text, time.Now())
//
// Keys come from a JWKS (RFC 7517), a URL or a file. They are kept, and fetched
// again when a token names one that is not among them, or when they are old.
// Providers that share a secret instead have Config.Secret; a Verifier has
// either a JWKS or a secret, so a public key is never taken for a secret.
//
// What is accepted is what RFC 8725 recommends: a list of algorithms that is
// not the token's to choose, keys of the kind that the algorithm wants, issuer,
// audience and end required. Encrypted tokens (JWE), tokens with a "crit"
// header, and keys that a token brings along (jwk, jku, x5c, x5u) are not.
//
// Errors match the sentinels of package token, and ErrIssuer, ErrAlgorithm and
// ErrUnavailable of this one.
//
// It stands on github.com/golang-jwt/jwt, which programs that do not import
// this package do not link.
package jwt
