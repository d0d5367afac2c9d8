package main

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"crosspeer"
	"crosspeer/admit"
	"crosspeer/admit/jwt"
	"crosspeer/token"
)

// admitFlags say who may join. With none of them everybody may.
type admitFlags struct {
	TokenKeys   string `help:"PEM file of the keys, or directory of .pem files, whose tokens let clients in; read again when they change." placeholder:"PATH"`
	Session     string `help:"Name of the session, which tokens have to be for." placeholder:"NAME"`
	JWTJWKS     string `name:"jwt-jwks" help:"URL or file of an identity provider's keys, whose JSON Web Tokens let clients in." placeholder:"URL"`
	JWTIssuer   string `name:"jwt-issuer" help:"The iss that JSON Web Tokens must have." placeholder:"TEXT"`
	JWTAudience string `name:"jwt-audience" help:"The aud that JSON Web Tokens must have." placeholder:"TEXT"`
	JWTPeerID   string `name:"jwt-peer-id" help:"Claim of JSON Web Tokens that is the client's id in the session." placeholder:"CLAIM"`
}

// door is what the flags made.
type door struct {
	admit func(ctx context.Context, h crosspeer.Hello) (crosspeer.Grant, error) // nil: everybody may
	jwt   *jwt.Verifier                                                         // nil: none
}

func (d *door) close() {
	if d.jwt != nil {
		d.jwt.Close()
	}
}

// open makes the door of a session with limits for clients.
func (f *admitFlags) open(ctx context.Context, limits crosspeer.PeerLimits, log *slog.Logger) (*door, error) {
	switch {
	case (f.TokenKeys == "") != (f.Session == ""):
		return nil, &usageError{"--token-keys and --session go together"}
	case f.JWTJWKS == "" && f.JWTIssuer+f.JWTAudience+f.JWTPeerID != "":
		return nil, &usageError{"--jwt-issuer, --jwt-audience and --jwt-peer-id are for --jwt-jwks"}
	case f.JWTJWKS != "" && (f.JWTIssuer == "" || f.JWTAudience == ""):
		return nil, &usageError{"--jwt-jwks needs --jwt-issuer and --jwt-audience: without them tokens for other programs would be accepted"}
	}
	d := &door{}
	var checkers []admit.Checker
	if f.TokenKeys != "" {
		c, err := f.tokens(limits, log)
		if err != nil {
			return nil, err
		}
		checkers = append(checkers, c)
	}
	if f.JWTJWKS != "" {
		var err error
		if d.jwt, err = f.provider(ctx, log); err != nil {
			return nil, err
		}
		checkers = append(checkers, d.jwt)
	}
	if len(checkers) > 0 {
		d.admit = loud(admit.With(checkers...), log)
	}
	return d, nil
}

func (f *admitFlags) tokens(limits crosspeer.PeerLimits, log *slog.Logger) (admit.Checker, error) {
	keys, err := token.OpenKeyFiles(f.TokenKeys, time.Now(), func(keys *token.KeyRing, err error) {
		if err != nil {
			log.Warn("the changed token keys cannot be used, the last ones stay", "err", trim(err.Error()), "keys", keys.IDs())
			return
		}
		log.Info("token keys read again", "keys", keys.IDs())
	})
	if err != nil {
		return nil, fmt.Errorf("--token-keys: %w", err)
	}
	v, err := token.NewVerifier(token.Config{Audience: f.Session, Keys: keys})
	if err != nil {
		return nil, &usageError{strings.ReplaceAll(trim(err.Error()), "Config.Audience", "--session")}
	}
	log.Info("tokens let clients in", "session", f.Session, "keys", keys.Keys(time.Now()).IDs())
	return admit.Tokens(v, admit.Options{Limits: limits}), nil
}

// provider makes the check of JSON Web Tokens. A provider that does not answer
// now may later; a file that is not there is a mistake.
func (f *admitFlags) provider(ctx context.Context, log *slog.Logger) (*jwt.Verifier, error) {
	v, err := jwt.NewVerifier(jwt.Config{
		JWKS: f.JWTJWKS, Issuer: f.JWTIssuer, Audience: f.JWTAudience, PeerIDClaim: f.JWTPeerID,
		Report: func(err error) {
			log.Warn("the identity provider's keys cannot be had, those that are known stay", "err", trim(err.Error()))
		},
	})
	if err != nil {
		return nil, &usageError{strings.ReplaceAll(trim(err.Error()), "Config.JWKS", "--jwt-jwks")}
	}
	if err := v.Load(ctx, time.Now()); err != nil {
		if !strings.Contains(f.JWTJWKS, "://") {
			v.Close()
			return nil, fmt.Errorf("--jwt-jwks: %w", err)
		}
		return v, nil // it was reported
	}
	log.Info("JSON Web Tokens let clients in", "issuer", f.JWTIssuer, "audience", f.JWTAudience)
	return v, nil
}

// refusalsLogged is how many refusals are logged in refusalsWindow; the number
// of all is logged besides.
const (
	refusalsLogged = 20
	refusalsWindow = 10 * time.Second
)

// loud logs why clients are refused, not all of them if there are many.
func loud(decide func(context.Context, crosspeer.Hello) (crosspeer.Grant, error), log *slog.Logger) func(context.Context, crosspeer.Hello) (crosspeer.Grant, error) {
	var mu sync.Mutex
	var since time.Time
	var n int
	mayLog := func() bool {
		mu.Lock()
		defer mu.Unlock()
		if now := time.Now(); now.Sub(since) >= refusalsWindow {
			since, n = now, 0
		}
		n++
		return n <= refusalsLogged
	}
	return func(ctx context.Context, h crosspeer.Hello) (crosspeer.Grant, error) {
		g, err := decide(ctx, h)
		if err != nil && mayLog() {
			log.Info("refused", "from", h.RemoteAddr, "transport", h.Transport, "reason", trim(err.Error()))
		}
		return g, err
	}
}
