package browser

import (
	"crypto/rand"
	"testing"
	"time"

	"crosspeer"
	"crosspeer/admit"
	"crosspeer/token"
)

func TestAPageBringsATokenInItsURL(t *testing.T) {
	key, err := token.NewKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	v, err := token.NewVerifier(token.Config{Audience: "arena-3", Keys: token.NewKeyRing(key.Public())})
	if err != nil {
		t.Fatal(err)
	}
	b, err := key.Sign(token.Claims{Audience: "arena-3", Subject: "ann", Expires: time.Now().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	every(t, func(t *testing.T, transport string) {
		s := serve(t, &crosspeer.Config{Admit: admit.With(admit.Tokens(v, admit.Options{}))})
		c := browse(t)
		m := c.Join(s.base, s.url(transport)+"?token="+token.Text(b))
		s.Sees(1)
		info, err := s.PeerInfo(m.ID)
		if claims, ok := info.Metadata.(token.Claims); err != nil || !ok || claims.Subject != "ann" {
			t.Errorf("the server knows %+v, %v", info.Metadata, err)
		}
		for _, query := range []string{"", "?token=" + token.Text(b[1:])} {
			failed := c.Connect(s.base, s.url(transport)+query, "{}").Events("failed")[0]
			if failed.Code != "refused" && failed.Code != "unreachable" {
				t.Errorf("with %q: %+v", query, failed)
			}
		}
		s.Sees(1)
	})
}
