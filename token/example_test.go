package token_test

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"crosspeer/token"
)

func Example() {
	// The login service has the secret key.
	key, err := token.NewKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	id, err := token.NewID(rand.Reader)
	if err != nil {
		panic(err)
	}
	now := time.Now()
	b, err := key.Sign(token.Claims{
		Audience: "arena-3", Subject: "ann", Expires: now.Add(time.Minute), ID: id, SingleUse: true,
	})
	if err != nil {
		panic(err)
	}
	text := token.Text(b) // goes to the player, who gives it to the game server

	// The game server has the public key.
	v, err := token.NewVerifier(token.Config{Audience: "arena-3", Keys: token.NewKeyRing(key.Public())})
	if err != nil {
		panic(err)
	}
	got, err := token.ParseText(text)
	if err != nil {
		panic(err)
	}
	claims, err := v.Verify(got, now, netip.MustParseAddr("192.0.2.7"))
	fmt.Println(claims.Subject, err)
	_, err = v.Verify(got, now, netip.MustParseAddr("192.0.2.8"))
	fmt.Println(errors.Is(err, token.ErrUsed), err)
	// Output:
	// ann <nil>
	// true token: it was good for one join, and that was made; ask for a new one
}
