package enetlink_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"crosspeer"
	"crosspeer/link/enetlink"
)

// A server that relays between its clients, as a stock Godot server does, and
// greets each of them.
func ExampleListen() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	srv, err := crosspeer.Listen(ctx, nil, enetlink.Listen("127.0.0.1:0", enetlink.Config{MaxClients: 64}))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	srv.OnPeerConnected(func(id crosspeer.PeerID) {
		srv.Send(crosspeer.Packet{To: id, Mode: crosspeer.Reliable, Data: []byte("welcome")})
	})

	game, err := crosspeer.Dial(ctx, nil, enetlink.Dial(strings.TrimPrefix(srv.Addrs()[0], "enet://")))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer game.Close()
	if err := srv.PollContext(ctx); err != nil {
		fmt.Println(err)
		return
	}
	greeting, err := game.Receive(ctx)
	fmt.Printf("peer %d says %q, %v\n", greeting.From, greeting.Data, err)
	// Output: peer 1 says "welcome", <nil>
}

// A client that tries for two seconds to reach a server, and says why it
// cannot.
func ExampleDial() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	srv, err := crosspeer.Listen(ctx, nil, enetlink.Listen("127.0.0.1:0"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	srv.SetRefuseNewConnections(true)

	_, err = crosspeer.Dial(ctx, nil, enetlink.Dial(strings.TrimPrefix(srv.Addrs()[0], "enet://")))
	var lost *crosspeer.DisconnectError
	if errors.As(err, &lost) && lost.Reason.Code == crosspeer.ReasonRefused {
		fmt.Println(lost.Reason)
	}
	// Output: refused by the server
}
