package jwt

import (
	"context"
	"errors"
	"strings"
	"time"

	"crosspeer"
)

// Knows implements admit.Checker: a JSON Web Token has three parts.
func (v *Verifier) Knows(b []byte) bool { return strings.Count(string(b), ".") == 2 }

// Check implements admit.Checker, by the time of this machine. The client's
// Metadata are its Claims.
func (v *Verifier) Check(ctx context.Context, b []byte, _ crosspeer.Hello) (crosspeer.Grant, error) {
	c, err := v.Verify(ctx, string(b), time.Now())
	if errors.Is(err, ErrUnavailable) {
		err = later{err}
	}
	if err != nil {
		return crosspeer.Grant{}, err
	}
	return crosspeer.Grant{ID: crosspeer.PeerID(c.PeerID), Metadata: c}, nil
}

// later is an error with which nothing is wrong with the client: over HTTP it
// is told to come again.
type later struct{ error }

// Is implements the interface of errors.Is.
func (later) Is(target error) bool { return target == crosspeer.ErrRefused }

// Unwrap gives the error.
func (e later) Unwrap() error { return e.error }
