package jwt

import (
	"errors"
	"fmt"

	gojwt "github.com/golang-jwt/jwt/v5"

	"crosspeer/token"
)

// Errors, for errors.Is, besides those of package token. Returned errors say
// more, in words that can be shown to the player.
var (
	// ErrIssuer: somebody else has issued the token.
	ErrIssuer = errors.New("jwt: wrong issuer")

	// ErrAlgorithm: the token is signed in a way that is not accepted, "none"
	// included.
	ErrAlgorithm = errors.New("jwt: algorithm not accepted")

	// ErrUnavailable: the keys could not be had. Nothing is wrong with the
	// token.
	ErrUnavailable = errors.New("jwt: no keys")
)

// unavailable is an ErrUnavailable with its cause, which is the operator's
// business and not the player's.
type unavailable struct{ err error }

func (e *unavailable) Error() string { return "jwt: no keys: " + e.err.Error() }

// Unwrap gives both.
func (e *unavailable) Unwrap() []error { return []error{ErrUnavailable, e.err} }

func refuse(err error, format string, args ...any) error {
	return &token.VerifyError{Err: err, Text: fmt.Sprintf(format, args...)}
}

// verdict is what golang-jwt found in our words. Its errors nest, so the order
// counts: what it says first is the kind of check that failed.
func verdict(err error) error {
	var own *token.VerifyError
	switch {
	case errors.As(err, &own):
		return own
	case errors.Is(err, gojwt.ErrTokenMalformed):
		return refuse(token.ErrMalformed, "this is no JSON Web Token, or it is cut off")
	case errors.Is(err, gojwt.ErrTokenUnverifiable):
		return refuse(ErrAlgorithm, "it is signed with an algorithm that is not accepted here")
	case errors.Is(err, gojwt.ErrTokenSignatureInvalid):
		return refuse(token.ErrSignature, "its signature is wrong; it was changed or is cut off")
	case errors.Is(err, gojwt.ErrTokenExpired):
		return refuse(token.ErrExpired, "it has expired; log in again")
	case errors.Is(err, gojwt.ErrTokenNotValidYet):
		return refuse(token.ErrNotYetValid, "it is not valid yet; wait, or set the clock right")
	case errors.Is(err, gojwt.ErrTokenRequiredClaimMissing):
		return refuse(token.ErrMalformed, "it lacks one of exp, iss and aud")
	case errors.Is(err, gojwt.ErrTokenInvalidIssuer):
		return refuse(ErrIssuer, "somebody else has issued it")
	case errors.Is(err, gojwt.ErrTokenInvalidAudience):
		return refuse(token.ErrAudience, "it is not for this game")
	}
	return refuse(token.ErrMalformed, "its claims cannot be read")
}
