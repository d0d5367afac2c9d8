package crosspeer_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"crosspeer"
	"crosspeer/link/memlink"
)

// The examples play on a memory network, so that they need no port. Programs
// that others are to reach give Listen and Dial the transports of link/enetlink,
// link/wslink and link/rtclink instead.

// A server is in one session with all its listeners' transports; a client that
// dials it sees it as peer 1.
func ExampleListen() {
	ctx := context.Background()
	net := memlink.New()
	srv, err := crosspeer.Listen(ctx, &crosspeer.Config{MaxPeers: 16}, net.Listen())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	game, err := crosspeer.Dial(ctx, nil, net.DialAs(7))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer game.Close()

	fmt.Println(srv.ConnectionStatus(), srv.UniqueID(), srv.Peers())
	fmt.Println(game.ConnectionStatus(), game.UniqueID(), game.Peers())
	// Output:
	// connected 1 [7]
	// connected 7 [1]
}

// Dial says why it could not connect.
func ExampleDial() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	net := memlink.New()
	_, err := crosspeer.Dial(ctx, nil, net.Dial())
	var lost *crosspeer.DisconnectError
	if errors.As(err, &lost) {
		fmt.Printf("%v: %v\n", lost.Reason.Code, lost)
	}

	srv, err := crosspeer.Listen(ctx, nil, net.Listen())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	srv.SetRefuseNewConnections(true)
	if _, err := crosspeer.Dial(ctx, nil, net.Dial()); errors.Is(err, crosspeer.ErrRefused) {
		fmt.Println("the server takes nobody at the moment")
	}
	// Output:
	// no reply: crosspeer: no server listens on this memory network
	// the server takes nobody at the moment
}

// A server that answers each packet, until its client has left.
func ExamplePeer_Events() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	net := memlink.New()
	srv, err := crosspeer.Listen(ctx, nil, net.Listen())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	go func() {
		game, err := crosspeer.Dial(ctx, nil, net.DialAs(7))
		if err != nil {
			return
		}
		defer game.Close()
		game.Send(crosspeer.Packet{To: crosspeer.TargetServer, Mode: crosspeer.Reliable, Data: []byte("ping")})
		game.Receive(ctx)
	}()

	for ev := range srv.Events(ctx) {
		switch ev := ev.(type) {
		case crosspeer.PeerConnected:
			fmt.Println(ev.ID, "is there")
		case crosspeer.PacketReceived:
			fmt.Printf("%d says %q\n", ev.From, ev.Data)
			srv.Send(crosspeer.Packet{To: ev.From, Mode: ev.Mode, Data: []byte("pong")})
		case crosspeer.PeerDisconnected:
			fmt.Println(ev.ID, "has left:", ev.Reason)
			return
		}
	}
	// Output:
	// 7 is there
	// 7 says "ping"
	// 7 has left: closed by remote
}

// As in Godot: handlers of signals, Poll in a loop, and packets one by one.
func ExamplePeer_Poll() {
	ctx := context.Background()
	net := memlink.New()
	srv := new(crosspeer.Peer)
	playing := true
	srv.OnPeerConnected(func(id crosspeer.PeerID) { fmt.Println("peer_connected", id) })
	srv.OnPeerDisconnected(func(crosspeer.PeerID) { playing = false })
	if err := srv.Listen(ctx, net.Listen()); err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	game, err := crosspeer.Dial(ctx, nil, net.DialAs(7))
	if err != nil {
		fmt.Println(err)
		return
	}
	game.SetTargetPeer(crosspeer.TargetServer)
	game.PutPacket([]byte("hello"))
	go game.Shutdown(ctx) // leaves when the packet has arrived

	for playing && srv.Poll() == nil {
		for srv.AvailablePacketCount() > 0 {
			from, mode := srv.PacketPeer(), srv.PacketMode()
			data, _ := srv.GetPacket()
			fmt.Printf("%q from %d, %v\n", data, from, mode)
		}
	}
	// Output:
	// peer_connected 7
	// "hello" from 7, reliable
}

// The target is one peer, all, or all but one.
func ExamplePeer_Send() {
	ctx := context.Background()
	net := memlink.New()
	srv, err := crosspeer.Listen(ctx, nil, net.Listen())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	games := make([]*crosspeer.Peer, 3)
	for i := range games {
		if games[i], err = crosspeer.Dial(ctx, nil, net.DialAs(crosspeer.PeerID(7+i))); err != nil {
			fmt.Println(err)
			return
		}
		defer games[i].Close()
	}

	for _, to := range []crosspeer.PeerID{8, crosspeer.AllExcept(8), crosspeer.TargetBroadcast} {
		err := srv.Send(crosspeer.Packet{To: to, Mode: crosspeer.Reliable, Data: fmt.Append(nil, "to ", to)})
		if err != nil {
			fmt.Println(err)
		}
	}
	err = srv.Send(crosspeer.Packet{To: 99, Data: []byte("anybody?")})
	fmt.Println(errors.Is(err, crosspeer.ErrUnknownPeer), err)
	for _, game := range games {
		for range 2 {
			pkt, err := game.Receive(ctx)
			if err != nil {
				fmt.Println(err)
				return
			}
			fmt.Printf("%d receives %q\n", game.UniqueID(), pkt.Data)
		}
	}
	// Output:
	// true crosspeer: unknown peer: 99
	// 7 receives "to -8"
	// 7 receives "to 0"
	// 8 receives "to 8"
	// 8 receives "to 0"
	// 9 receives "to -8"
	// 9 receives "to 0"
}

// A client that wants packets only. Handlers of signals are called on the way.
func ExamplePeer_Receive() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	net := memlink.New()
	srv, err := crosspeer.Listen(ctx, nil, net.Listen())
	if err != nil {
		fmt.Println(err)
		return
	}
	game, err := crosspeer.Dial(ctx, nil, net.DialAs(7))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer game.Close()
	game.OnServerDisconnected(func() { fmt.Println("the server has gone") })
	for _, text := range []string{"one", "two"} {
		srv.Send(crosspeer.Packet{To: 7, Mode: crosspeer.Reliable, Data: []byte(text)})
	}
	srv.Shutdown(ctx)

	for {
		pkt, err := game.Receive(ctx)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%d: %s\n", pkt.From, pkt.Data)
	}
	// Output:
	// 1: one
	// 1: two
	// the server has gone
	// crosspeer: closed
}

// A server that sends a client away hears of its end, and both know why.
func ExamplePeer_Disconnect() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	net := memlink.New()
	srv, err := crosspeer.Listen(ctx, nil, net.Listen())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	game, err := crosspeer.Dial(ctx, nil, net.DialAs(7))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer game.Close()

	if err := srv.Disconnect(7, "the match is over"); err != nil {
		fmt.Println(err)
		return
	}
	for ev := range srv.Events(ctx) {
		if gone, ok := ev.(crosspeer.PeerDisconnected); ok {
			fmt.Println("server:", gone.ID, gone.Reason.Code, "by", gone.Reason.By)
			break
		}
	}
	for ev := range game.Events(ctx) {
		if lost, ok := ev.(crosspeer.ServerDisconnected); ok {
			fmt.Println("client:", lost.Reason)
		}
	}
	fmt.Println(srv.Disconnect(7, "again"))
	// Output:
	// server: 7 kicked by local
	// client: the match is over
	// crosspeer: unknown peer: 7
}
