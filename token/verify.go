package token

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"
)

// DefaultLeeway is how far the clocks of who makes tokens and of who checks
// them may be apart.
const DefaultLeeway = 30 * time.Second

// Config describes a Verifier. It is copied before use.
type Config struct {
	// Audience is the session whose tokens are accepted. Required.
	Audience string

	// Keys are the keys that tokens may be signed with. Required.
	Keys KeySource

	// Leeway is how long before its beginning and after its end a token is
	// still accepted. Default and zero DefaultLeeway, 30 s. 1 ns is next to
	// none.
	Leeway time.Duration

	// Used remembers single-use tokens. Default a Memory of DefaultMaxUsed.
	Used UseMemory
}

// Validate says what is wrong with the configuration, all of it at once.
func (c *Config) Validate() error {
	var errs []error
	if n := len(c.Audience); n < 1 || n > MaxAudience {
		errs = append(errs, fmt.Errorf("token: Config.Audience has %d bytes, want 1 to %d", n, MaxAudience))
	}
	if c.Keys == nil {
		errs = append(errs, errors.New("token: Config.Keys is nil: nothing could be accepted"))
	}
	if c.Leeway < 0 {
		errs = append(errs, fmt.Errorf("token: Config.Leeway is %v, want 0 for the default or more", c.Leeway))
	}
	return errors.Join(errs...)
}

// Verifier checks tokens. Its methods may be called from any goroutine.
type Verifier struct{ cfg Config }

// NewVerifier makes a Verifier.
func NewVerifier(cfg Config) (*Verifier, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if cfg.Leeway == 0 {
		cfg.Leeway = DefaultLeeway
	}
	if cfg.Used == nil {
		cfg.Used = NewMemory(0)
	}
	return &Verifier{cfg}, nil
}

// Verify says whether a player who comes from an address may join now, and
// what the token says. A single-use token that is accepted is used by that.
// Errors are *VerifyError, of the first that is wrong in this order: form, key,
// signature, times, audience, source, use; and what Config.Used gives.
func (v *Verifier) Verify(b []byte, now time.Time, from netip.Addr) (Claims, error) {
	c, id, err := Unverified(b)
	if err != nil {
		return Claims{}, err
	}
	if err := v.cfg.Keys.Keys(now).check(b, id); err != nil {
		return Claims{}, err
	}
	if err := c.current(now, v.cfg.Leeway); err != nil {
		return Claims{}, err
	}
	// In constant time, so that nobody with a token for another session finds
	// out what this one is called.
	if subtle.ConstantTimeCompare([]byte(c.Audience), []byte(v.cfg.Audience)) != 1 {
		return Claims{}, refuse(ErrAudience, "it is for the session %q, not for this one", c.Audience)
	}
	if !c.from(from) {
		return Claims{}, refuse(ErrSource, "it is not for players who come from %s; ask for a new one from here", from)
	}
	if c.SingleUse {
		if err := v.cfg.Used.Use(id, c.ID, now, c.Expires.Add(v.cfg.Leeway)); err != nil {
			return Claims{}, whyUnused(err)
		}
	}
	return c, nil
}

// current says whether the claims hold at a time. At Expires plus the leeway
// they do no more, at NotBefore less the leeway they do.
func (c *Claims) current(now time.Time, leeway time.Duration) error {
	if late := now.Sub(c.Expires); late >= leeway {
		return refuse(ErrExpired, "it expired at %s, %v ago; ask for a new one", c.Expires.Format(time.RFC3339), late.Round(time.Second))
	}
	if early := c.NotBefore.Sub(now); !c.NotBefore.IsZero() && early > leeway {
		return refuse(ErrNotYetValid, "it is valid from %s on, in %v; wait, or set the clock right", c.NotBefore.Format(time.RFC3339), early.Round(time.Second))
	}
	return nil
}

// from says whether a player may come from an address. One that is not known is
// in no network.
func (c *Claims) from(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	return len(c.Sources) == 0 || slices.ContainsFunc(c.Sources, func(p netip.Prefix) bool { return p.Contains(a) })
}
