package admit

import (
	"bytes"
	"context"
	"errors"
	"time"

	"crosspeer"
	"crosspeer/token"
)

// Options say what else Tokens needs to know.
type Options struct {
	// Limits are those of clients as far as their token says nothing, the
	// session's Config.Policy.Peer. Default none.
	Limits crosspeer.PeerLimits

	// Now is the time. Default time.Now.
	Now func() time.Time
}

// Tokens is the Checker of connect tokens, in binary or as text. The client's
// Metadata are its token.Claims.
func Tokens(v *token.Verifier, o Options) Checker {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &tokens{v, o}
}

type tokens struct {
	verifier *token.Verifier
	Options
}

// Knows implements Checker.
func (c *tokens) Knows(b []byte) bool {
	return isText(b) || len(b) > 0 && b[0] < ' '
}

func isText(b []byte) bool { return bytes.HasPrefix(bytes.TrimSpace(b), []byte(token.TextPrefix)) }

// Check implements Checker.
func (c *tokens) Check(_ context.Context, b []byte, h crosspeer.Hello) (crosspeer.Grant, error) {
	if isText(b) {
		var err error
		if b, err = token.ParseText(string(b)); err != nil {
			return crosspeer.Grant{}, err
		}
	}
	claims, err := c.verifier.Verify(b, c.Now(), h.RemoteAddr.Addr())
	if errors.Is(err, token.ErrMemoryFull) {
		err = later{err}
	}
	if err != nil {
		return crosspeer.Grant{}, err
	}
	return c.grant(claims), nil
}

// grant is what a token that is accepted gives its player.
func (c *tokens) grant(claims token.Claims) crosspeer.Grant {
	g := crosspeer.Grant{ID: crosspeer.PeerID(claims.PeerID), Metadata: claims}
	if claims.PacketsPerSec == 0 && claims.BytesPerSec == 0 {
		return g
	}
	l := c.Limits
	for _, r := range []*crosspeer.Rate{&l.Reliable, &l.Unreliable} {
		if claims.PacketsPerSec > 0 {
			r.Packets = int(min(claims.PacketsPerSec, 1<<31-1))
		}
		if claims.BytesPerSec > 0 {
			r.Bytes = int(min(claims.BytesPerSec, 1<<31-1))
		}
	}
	g.Limits = &l
	return g
}

// later is an error with which nothing is wrong with the client: over HTTP it
// is told to come again.
type later struct{ error }

// Is implements the interface of errors.Is.
func (later) Is(target error) bool { return target == crosspeer.ErrRefused }

// Unwrap gives the error.
func (e later) Unwrap() error { return e.error }
