package enet_test

import (
	"context"
	"fmt"
	"log"
	"net"
	"net/netip"
	"time"

	"crosspeer/enet"
)

// An echo server, and a client that says hello.
func Example() {
	server, err := enet.Listen("127.0.0.1:0", nil)
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	go func() {
		for ev := range server.Events(context.Background()) {
			if ev.Type == enet.EventReceive {
				ev.Peer.Send(ev.Channel, ev.Data(), ev.Flags)
			}
		}
	}()

	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	peer, err := enet.Dial(ctx, server.LocalAddr().String(), 1, 0, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer peer.Host().Close()
	peer.Send(0, []byte("hello"), enet.Reliable)
	ev, err := peer.Host().Next(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%v: %s\n", ev.Type, ev.Data())
	// Output: receive: hello
}

// examplePair is a server and a client that are connected over two channels.
func examplePair(ctx context.Context, cfg *enet.Config) (server *enet.Host, atServer, atClient *enet.Peer) {
	server, err := enet.Listen("127.0.0.1:0", cfg)
	if err != nil {
		log.Fatal(err)
	}
	atClient, err = enet.Dial(ctx, server.LocalAddr().String(), 2, 0, cfg)
	if err != nil {
		log.Fatal(err)
	}
	ev, err := server.Next(ctx)
	if err != nil {
		log.Fatal(err)
	}
	return server, ev.Peer, atClient
}

// Each channel has an order of its own, and each packet says how it is to be
// delivered.
func ExamplePeer_Send() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	server, _, client := examplePair(ctx, nil)
	defer server.Close()
	defer client.Host().Close()

	client.Send(0, []byte("chat"), enet.Reliable)
	client.Send(1, []byte("position"), 0)
	client.Send(1, []byte("sound"), enet.Unsequenced)
	client.Send(1, make([]byte, 5000), enet.UnreliableFragment)
	for range 4 {
		ev, err := server.Next(ctx)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("channel %d, flags %d, %d bytes\n", ev.Channel, ev.Flags, len(ev.Data()))
	}
	fmt.Println(client.Send(2, []byte("?"), 0) != nil)
	// Output:
	// channel 0, flags 1, 4 bytes
	// channel 1, flags 0, 8 bytes
	// channel 1, flags 2, 5 bytes
	// channel 1, flags 8, 5000 bytes
	// true
}

// One packet for many peers is copied once, when it is made.
func ExamplePacket() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	server, one, client := examplePair(ctx, nil)
	defer server.Close()
	defer client.Host().Close()
	if _, err := client.Host().Connect(server.LocalAddr(), 2, 0); err != nil {
		log.Fatal(err)
	}
	ev, err := server.Next(ctx)
	if err != nil {
		log.Fatal(err)
	}
	two := ev.Peer

	pkt := enet.NewPacket([]byte("snapshot"))
	one.SendPacket(0, pkt, enet.Reliable)
	two.SendPacket(0, pkt, enet.Reliable)
	fmt.Println(server.BroadcastPacket(1, pkt, enet.Reliable), "peers")
	pkt.Release() // what is still to be sent has owners of its own

	for received := 0; received < 4; {
		ev, err := client.Host().Next(ctx)
		if err != nil {
			log.Fatal(err)
		}
		if ev.Type == enet.EventReceive {
			fmt.Printf("%s\n", ev.Data())
			ev.Packet.Release()
			received++
		}
	}
	// Output:
	// 2 peers
	// snapshot
	// snapshot
	// snapshot
	// snapshot
}

// DisconnectLater lets everything arrive that was sent before.
func ExamplePeer_DisconnectLater() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	server, player, client := examplePair(ctx, nil)
	defer server.Close()
	defer client.Host().Close()

	player.Send(0, []byte("you have won"), enet.Reliable)
	player.DisconnectLater(42)
	for range 2 {
		ev, err := client.Host().Next(ctx)
		if err != nil {
			log.Fatal(err)
		}
		if ev.Type == enet.EventReceive {
			fmt.Printf("%s\n", ev.Data())
		} else {
			fmt.Println(ev.Err())
		}
	}
	ev, err := server.Next(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(ev.Err())
	// Output:
	// you have won
	// enet: disconnected by the remote (data 42)
	// enet: disconnected by this side
}

// DisconnectNow tells the remote once and has no event of its own.
func ExamplePeer_DisconnectNow() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	server, player, client := examplePair(ctx, nil)
	defer server.Close()
	defer client.Host().Close()

	player.DisconnectNow(7)
	fmt.Println(player.State())
	ev, err := client.Host().Next(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(ev.Reason, ev.DisconnectData)
	// Output:
	// DISCONNECTED
	// disconnected by the remote 7
}

// Both ends use libenet's checksum and range coder.
func ExampleConfig() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	server, player, client := examplePair(ctx, &enet.Config{
		Checksum:    enet.CRC32,
		Compression: enet.RangeCoder,
	})
	defer server.Close()
	defer client.Host().Close()
	fmt.Println(client.Compression(), player.Compression())
	// Output: range-coder range-coder
}

// A server that answers each client in the way it compresses itself, and that
// refuses those who do not know the number.
func ExampleConfig_admit() {
	server, err := enet.Listen("127.0.0.1:0", &enet.Config{
		MaxPeers:   32,
		Recognize:  []*enet.Compression{enet.Zlib, enet.FastLZ, enet.RangeCoder},
		RejectData: 401,
		Admit: func(_ netip.AddrPort, data uint32) enet.Admission {
			if data != 1234 {
				return enet.Reject
			}
			return enet.Admit
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	for _, data := range []uint32{1234, 1} {
		peer, err := enet.Dial(ctx, server.LocalAddr().String(), 1, data, &enet.Config{Compression: enet.RangeCoder})
		if err == nil {
			fmt.Println("welcome")
			peer.Host().Close()
			continue
		}
		fmt.Println(errorWithoutAddress(err))
	}
	// Output:
	// welcome
	// enet: refused by the remote (data 401)
}

func errorWithoutAddress(err error) error {
	if u, ok := err.(interface{ Unwrap() error }); ok {
		return u.Unwrap()
	}
	return err
}

// A server that runs until its context ends, and then lets everything arrive
// that it has sent.
func ExampleHost_Shutdown() {
	server, err := enet.Listen("127.0.0.1:0", nil)
	if err != nil {
		log.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	gone := make(chan struct{})
	go func() { // somebody comes and asks the server to stop
		defer close(gone)
		peer, err := enet.Dial(context.Background(), server.LocalAddr().String(), 1, 5, nil)
		if err != nil {
			log.Fatal(err)
		}
		defer peer.Host().Close()
		peer.Send(0, []byte("stop"), enet.Reliable)
		for ev := range peer.Host().Events(context.Background()) {
			if ev.Type == enet.EventDisconnect {
				return
			}
			fmt.Printf("client: %s\n", ev.Data())
		}
	}()
	for ev := range server.Events(ctx) {
		switch ev.Type {
		case enet.EventConnect:
			fmt.Println("server: somebody with data", ev.ConnectData)
		case enet.EventReceive:
			fmt.Printf("server: %s\n", ev.Data())
			ev.Peer.Send(0, []byte("as you wish"), enet.Reliable)
			stop()
		}
	}
	end, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := server.Shutdown(end); err != nil {
		log.Fatal(err)
	}
	<-gone
	// Output:
	// server: somebody with data 5
	// server: stop
	// client: as you wish
}

// A host can run on any net.PacketConn with UDP addresses.
func ExampleNewHost() {
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	host, err := enet.NewHost(conn, nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(host.LocalAddr().String() == conn.LocalAddr().String())
	fmt.Println(host.Close()) // closes conn too
	// Output:
	// true
	// <nil>
}

func ExamplePeer_Stats() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	server, _, client := examplePair(ctx, nil)
	defer server.Close()
	defer client.Host().Close()

	client.Send(0, make([]byte, 10000), enet.Reliable)
	if err := client.WaitQueue(ctx, 0); err != nil { // all is acknowledged
		log.Fatal(err)
	}
	s := client.Stats()
	fmt.Println(s.PacketsSent, "packet,", s.QueuedBytes, "bytes to be acknowledged")
	fmt.Println("round-trip time known:", s.RTT < 500*time.Millisecond)
	fmt.Println("peers of the server:", server.Stats().Peers)
	// Output:
	// 1 packet, 0 bytes to be acknowledged
	// round-trip time known: true
	// peers of the server: 1
}
