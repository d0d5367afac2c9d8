package admit

import (
	"context"
	"errors"
	"fmt"

	"crosspeer"
)

// Checker decides about clients by one kind of token. Tokens makes one for
// package token, and a Verifier of package admit/jwt is one.
type Checker interface {
	// Knows says whether a token may be of the kind, by its form only.
	Knows(credential []byte) bool

	// Check says what a client gets who comes with a token. Its error is told
	// to the client.
	Check(ctx context.Context, credential []byte, h crosspeer.Hello) (crosspeer.Grant, error)
}

// ErrUnknownToken: the client has sent something that no Checker knows.
var ErrUnknownToken = errors.New("crosspeer: what was sent is no token that is taken here")

// With is a Config.Admit that lets in whom one of several Checkers does: the
// first that knows the form of the client's token decides.
func With(checkers ...Checker) func(ctx context.Context, h crosspeer.Hello) (crosspeer.Grant, error) {
	return func(ctx context.Context, h crosspeer.Hello) (crosspeer.Grant, error) {
		b, err := Credential(ctx, h)
		if err != nil {
			return crosspeer.Grant{}, err
		}
		for _, c := range checkers {
			if !c.Knows(b) {
				continue
			}
			g, err := c.Check(ctx, b, h)
			if err == nil && h.ID != 0 && g.ID != 0 && g.ID != h.ID {
				err = fmt.Errorf("%w: the token is for peer %d, and the client has chosen to be %d", crosspeer.ErrInvalidID, g.ID, h.ID)
			}
			return g, err
		}
		return crosspeer.Grant{}, ErrUnknownToken
	}
}
