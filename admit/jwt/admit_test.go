package jwt

import (
	"errors"
	"net/http"
	"net/url"
	"testing"
	"time"

	gojwt "github.com/golang-jwt/jwt/v5"

	"crosspeer"
	"crosspeer/admit"
	"crosspeer/token"
)

func TestAdmission(t *testing.T) {
	p := provide(t, jwkOf("e", edKey().Public()))
	door := admit.With(verifier(t, Config{JWKS: p.URL, PeerIDClaim: "peer"}))
	ask := func(text string) (crosspeer.Grant, error) {
		return door(t.Context(), crosspeer.Hello{Request: &crosspeer.Request{Query: url.Values{"token": {text}}}})
	}
	now := func(c object) { c["exp"], c["peer"] = time.Now().Add(time.Hour).Unix(), 7 }
	good := signed(gojwt.SigningMethodEdDSA, "e", edKey(), claims(now))
	g, err := ask(good)
	if c, ok := g.Metadata.(Claims); err != nil || g.ID != 7 || !ok || c.Subject != "ann" {
		t.Errorf("%+v, %v", g, err)
	}
	if _, err := ask(signed(gojwt.SigningMethodEdDSA, "e", stranger(), claims(now))); !errors.Is(err, token.ErrSignature) || errors.Is(err, crosspeer.ErrRefused) {
		t.Errorf("a stranger's: %v", err)
	}
	if _, err := ask("a.b"); !errors.Is(err, admit.ErrUnknownToken) {
		t.Errorf("something else: %v", err)
	}
	p.does(http.NotFound)
	door = admit.With(verifier(t, Config{JWKS: p.URL}))
	if _, err := ask(good); !errors.Is(err, ErrUnavailable) || !errors.Is(err, crosspeer.ErrRefused) {
		t.Errorf("without keys: %v", err)
	}
}
