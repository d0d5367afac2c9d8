package token

import (
	"errors"
	"fmt"
)

// Errors, for errors.Is. Returned errors say more, in words that can be shown
// to the player: they contain nothing but what the token itself says.
var (
	// ErrMalformed: the bytes are no token of this version.
	ErrMalformed = errors.New("token: malformed")

	// ErrKey: the token names a key that is not accepted, never was or no more.
	ErrKey = errors.New("token: unknown key")

	// ErrSignature: the key did not sign these bytes.
	ErrSignature = errors.New("token: wrong signature")

	// ErrExpired: the token has ended.
	ErrExpired = errors.New("token: expired")

	// ErrNotYetValid: the token has not begun.
	ErrNotYetValid = errors.New("token: not valid yet")

	// ErrAudience: the token is for another session.
	ErrAudience = errors.New("token: wrong audience")

	// ErrSource: the player does not come from where the token says.
	ErrSource = errors.New("token: wrong source")

	// ErrUsed: the token is for one join, and that was made.
	ErrUsed = errors.New("token: used already")

	// ErrMemoryFull: the token is for one join, and no more of those can be
	// remembered. Nothing is wrong with it.
	ErrMemoryFull = errors.New("token: too many single-use tokens")

	// ErrKeyFile: a file has no keys, or something that is none.
	ErrKeyFile = errors.New("token: no usable key file")
)

// VerifyError says why a token is not accepted.
type VerifyError struct {
	Err  error  // one of the errors above
	Text string // what is wrong and what to do about it
}

func (e *VerifyError) Error() string { return "token: " + e.Text }

// Unwrap gives Err.
func (e *VerifyError) Unwrap() error { return e.Err }

func refuse(err error, format string, args ...any) error {
	return &VerifyError{err, fmt.Sprintf(format, args...)}
}
