package enetlink_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"crosspeer"
	"crosspeer/link/enetlink"
)

func TestTheLargestPacketIsBoundedEitherWay(t *testing.T) {
	ctx := testContext(t)
	srv, err := crosspeer.Listen(ctx, nil, enetlink.Listen("127.0.0.1:0", enetlink.Config{MaxPacketBytes: 5000}))
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	cli, err := crosspeer.Dial(ctx, nil, enetlink.Dial(address(srv)))
	if err != nil {
		t.Fatal(err)
	}
	defer cli.Close()
	if _, err := srv.Next(ctx); err != nil { // it is in
		t.Fatal(err)
	}
	if got := srv.MaxPacketBytes(); got != 5000 {
		t.Errorf("MaxPacketBytes is %d", got)
	}
	for _, to := range []crosspeer.PeerID{0, cli.UniqueID()} {
		if err := srv.Send(crosspeer.Packet{To: to, Mode: crosspeer.Reliable, Data: make([]byte, 5001)}); !errors.Is(err, crosspeer.ErrTooLarge) {
			t.Errorf("5001 bytes to %d: %v", to, err)
		}
	}
	// What a client sends beyond it is refused, what fits comes through.
	for _, size := range []int{5001, 5000} {
		if err := cli.Send(crosspeer.Packet{To: 1, Mode: crosspeer.Reliable, Channel: size - 4999, Data: make([]byte, size)}); err != nil {
			t.Fatal(err)
		}
	}
	pkt, err := srv.Receive(ctx)
	if err != nil || len(pkt.Data) != 5000 {
		t.Errorf("got %d bytes, %v", len(pkt.Data), err)
	}
}

func TestClientsOfOneAddressAreBounded(t *testing.T) {
	ctx := testContext(t)
	srv, err := crosspeer.Listen(ctx, nil, enetlink.Listen("127.0.0.1:0", enetlink.Config{MaxPeersPerIP: 2}))
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	for range 2 {
		cli, err := crosspeer.Dial(ctx, nil, enetlink.Dial(address(srv)))
		if err != nil {
			t.Fatal(err)
		}
		defer cli.Close()
		if _, err := srv.Next(ctx); err != nil { // it is in
			t.Fatal(err)
		}
	}
	if cli, err := crosspeer.Dial(ctx, nil, enetlink.Dial(address(srv), short)); err == nil {
		cli.Close()
		t.Error("a third client is in")
	}
}

// The port of the last session is free when the next one begins.
func TestAFixedLocalAddressCanBeUsedAgainAtOnce(t *testing.T) {
	ctx := testContext(t)
	cfg := enetlink.Config{LocalAddr: "127.0.0.1:0"}
	cli := new(crosspeer.Peer)
	defer cli.Close()
	for i := range 20 {
		srv, err := crosspeer.Listen(ctx, nil, enetlink.Listen("127.0.0.1:0"))
		if err != nil {
			t.Fatal(err)
		}
		if err := cli.Dial(ctx, enetlink.Dial(address(srv), cfg)); err != nil {
			t.Fatalf("round %d: %v", i, err)
		}
		if i == 0 {
			cfg.LocalAddr = cli.Addrs()[0][len("enet://"):]
			cfg.LocalAddr = "127.0.0.1" + cfg.LocalAddr[strings.LastIndexByte(cfg.LocalAddr, ':'):]
		}
		if _, err := srv.Next(ctx); err != nil { // it is in
			t.Fatal(err)
		}
		srv.Close()
		for {
			ev, err := cli.Next(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if _, ok := ev.(crosspeer.ServerDisconnected); ok {
				break
			}
		}
	}
}

func TestCompressionHasItsLinksNameToo(t *testing.T) {
	if c, err := enetlink.ParseCompression("range-coder"); err != nil || c != enetlink.CompressionRangeCoder {
		t.Errorf("got %v, %v", c, err)
	}
}

// short gives up after a second.
var short = enetlink.Config{TimeoutMinimum: 500 * time.Millisecond, TimeoutMaximum: time.Second}
