package rtclink_test

import (
	"context"
	"fmt"
	"log"

	"crosspeer"
	"crosspeer/link/rtclink"
)

func Example() {
	ctx := context.Background()
	srv, err := crosspeer.Listen(ctx, nil, rtclink.Listen("127.0.0.1:0", rtclink.Config{UDPAddr: "127.0.0.1:0"}))
	if err != nil {
		log.Fatal(err)
	}
	defer srv.Close()
	cli, err := crosspeer.Dial(ctx, nil, rtclink.Dial(srv.Addrs()[0]))
	if err != nil {
		log.Fatal(err)
	}
	defer cli.Close()
	cli.Send(crosspeer.Packet{To: crosspeer.TargetServer, Mode: crosspeer.Reliable, Data: []byte("hello")})
	pkt, err := srv.Receive(ctx)
	fmt.Printf("%s, %v, %v\n", pkt.Data, pkt.Mode, err)
	// Output: hello, reliable, <nil>
}

func ExampleNew() {
	mesh := rtclink.New(20, false)
	p, err := crosspeer.Join(context.Background(), nil, mesh)
	if err != nil {
		log.Fatal(err)
	}
	defer p.Close()
	// For each other member: mesh.AddPeer(connection, id), then exchange offer,
	// answer and candidates.
	fmt.Println(p.UniqueID(), p.ConnectionStatus(), mesh.Peers())
	// Output: 20 connected []
}
