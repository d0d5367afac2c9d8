package jwt

import (
	"context"
	"crypto"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	gojwt "github.com/golang-jwt/jwt/v5"

	"crosspeer/token"
)

// MaxSize is the longest token in bytes: more does not fit into an HTTP header
// either.
const MaxSize = 8 << 10

// Claims are what a token says.
type Claims struct {
	Issuer  string
	Subject string // "sub", who the player is; may be empty
	Expires time.Time
	ID      string // "jti"; may be empty

	// PeerID is that of Config.PeerIDClaim, 0 if there is none.
	PeerID int32

	// All are all claims, as encoding/json reads them, numbers as json.Number.
	All map[string]any
}

// Who is the subject, for logs.
func (c Claims) Who() string { return c.Subject }

// Verifier checks tokens. Its methods may be called from any goroutine.
type Verifier struct {
	cfg   Config
	cache *cache // nil with a Secret
}

// NewVerifier makes a Verifier. It fetches nothing yet; see Load.
func NewVerifier(cfg Config) (*Verifier, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	v := &Verifier{cfg: cfg.populated()}
	switch {
	case len(cfg.Secret) > 0:
	case isURL(cfg.JWKS):
		v.cache = newCache(newWeb(&v.cfg), &v.cfg)
	default:
		v.cache = newCache(&file{cfg.JWKS, v.cfg.MaxJWKSBytes}, &v.cfg)
	}
	return v, nil
}

// Load fetches the keys, if only to know now that they can be had. Its error is
// ErrUnavailable.
func (v *Verifier) Load(ctx context.Context, now time.Time) error {
	if v.cache == nil {
		return nil
	}
	if err := v.cache.load(ctx, now); err != nil {
		return &unavailable{err}
	}
	return nil
}

// Close ends a fetch that is under way. Tokens whose keys are known can still
// be checked.
func (v *Verifier) Close() error {
	if v.cache != nil {
		v.cache.close()
	}
	return nil
}

// Verify says whether a token is accepted, and what it says. It may wait for
// keys, until ctx is done. Errors are *token.VerifyError, and ctx's.
func (v *Verifier) Verify(ctx context.Context, text string, now time.Time) (Claims, error) {
	text = strings.TrimSpace(text)
	if len(text) > MaxSize {
		return Claims{}, refuse(token.ErrMalformed, "it has %d bytes, most are %d", len(text), MaxSize)
	}
	parser := gojwt.NewParser(
		gojwt.WithValidMethods(v.cfg.Algorithms),
		gojwt.WithIssuer(v.cfg.Issuer), gojwt.WithAudience(v.cfg.Audience),
		gojwt.WithExpirationRequired(), gojwt.WithLeeway(v.cfg.Leeway),
		gojwt.WithTimeFunc(func() time.Time { return now }),
		gojwt.WithJSONNumber(), gojwt.WithStrictDecoding(),
	)
	all := gojwt.MapClaims{}
	got, err := parser.ParseWithClaims(text, all, func(t *gojwt.Token) (any, error) { return v.keys(ctx, t, now) })
	if ctx.Err() != nil {
		return Claims{}, ctx.Err()
	}
	if got != nil && got.Method != nil && !slices.Contains(v.cfg.Algorithms, got.Method.Alg()) {
		return Claims{}, refuse(ErrAlgorithm, "it is signed with the algorithm %q, which is not accepted here", got.Method.Alg())
	}
	if err != nil {
		return Claims{}, verdict(err)
	}
	return v.claims(all)
}

// keys gives what a token may be signed with.
func (v *Verifier) keys(ctx context.Context, t *gojwt.Token, now time.Time) (any, error) {
	if _, ok := t.Header["crit"]; ok { // RFC 7515 §4.1.11
		return nil, refuse(token.ErrMalformed, "it asks for something that is not known here")
	}
	if v.cache == nil {
		return v.cfg.Secret, nil
	}
	kid, ok := t.Header["kid"].(string)
	if _, there := t.Header["kid"]; there && !ok {
		return nil, refuse(token.ErrMalformed, "the name of its key is no text")
	}
	found, err := v.cache.find(ctx, kid, t.Method.Alg(), now)
	switch {
	case err != nil:
		return nil, refuse(ErrUnavailable, "the server does not have the keys of who issues tokens; try again in a moment")
	case len(found) == 0 && kid == "":
		return nil, refuse(token.ErrKey, "it does not say which key it is signed with")
	case len(found) == 0:
		return nil, refuse(token.ErrKey, "it is signed with a key that is not accepted here; log in again")
	}
	set := gojwt.VerificationKeySet{}
	for _, k := range found {
		set.Keys = append(set.Keys, crypto.PublicKey(k))
	}
	return set, nil
}

func (v *Verifier) claims(all gojwt.MapClaims) (Claims, error) {
	c := Claims{Issuer: v.cfg.Issuer, All: all}
	var err error
	if c.Subject, err = all.GetSubject(); err != nil {
		return Claims{}, refuse(token.ErrMalformed, "its sub is no text")
	}
	if ends, err := all.GetExpirationTime(); err == nil && ends != nil {
		c.Expires = ends.Time
	}
	c.ID, _ = all["jti"].(string)
	if name := v.cfg.PeerIDClaim; name != "" {
		if c.PeerID, err = peerID(all[name]); err != nil {
			return Claims{}, refuse(token.ErrMalformed, "its claim %q is no player's id, which is a number from 2 to 2147483647", name)
		}
	}
	return c, nil
}

// peerID reads an id that a client can have.
func peerID(v any) (int32, error) {
	var text string
	switch v := v.(type) {
	case json.Number:
		text = v.String()
	case string:
		text = v
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if err == nil && n < 2 {
		err = strconv.ErrRange
	}
	return int32(n), err
}
