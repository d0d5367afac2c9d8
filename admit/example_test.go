package admit_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"crosspeer"
	"crosspeer/admit"
	"crosspeer/link/memlink"
	"crosspeer/token"
)

func Example() {
	ctx := context.Background()
	key, err := token.NewKey(rand.Reader) // the login service's
	if err != nil {
		panic(err)
	}
	v, err := token.NewVerifier(token.Config{Audience: "arena-3", Keys: token.NewKeyRing(key.Public())})
	if err != nil {
		panic(err)
	}
	network := memlink.New() // or enetlink.Listen, wslink.Listen, …
	srv, err := crosspeer.Listen(ctx, &crosspeer.Config{
		Admit: admit.With(admit.Tokens(v, admit.Options{})),
	}, network.Listen())
	if err != nil {
		panic(err)
	}
	defer srv.Close()

	ticket, err := key.Sign(token.Claims{Audience: "arena-3", Subject: "ann", Expires: time.Now().Add(time.Minute)})
	if err != nil {
		panic(err)
	}
	ann, err := crosspeer.Dial(ctx, nil, network.Dial())
	if err != nil {
		panic(err)
	}
	defer ann.Close()
	ann.Send(crosspeer.Packet{To: crosspeer.TargetServer, Mode: crosspeer.Reliable, Data: ticket})

	for ev := range srv.Events(ctx) {
		if joined, ok := ev.(crosspeer.PeerConnected); ok {
			info, err := srv.PeerInfo(joined.ID)
			fmt.Println(info.Metadata.(token.Claims).Subject, err)
			break
		}
	}
	// Output: ann <nil>
}
