// Command bot joins a session, answers every packet to its sender, and leaves
// at Ctrl-C. The server may be Godot's or Crosspeer's.
//
//	go run ./examples/bot 127.0.0.1:4242
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"time"

	"crosspeer"
	"crosspeer/link/enetlink"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: bot host:port")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "bot:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, addr string) error {
	dial, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	p, err := crosspeer.Dial(dial, nil, enetlink.Dial(addr))
	if err != nil {
		return err
	}
	defer p.Close()
	fmt.Println("I am peer", p.UniqueID())
	for ev := range p.Events(ctx) {
		switch ev := ev.(type) {
		case crosspeer.PeerConnected:
			fmt.Println("peer", ev.ID, "is there")
		case crosspeer.PacketReceived:
			// The sender may have left in the meantime: that is no failure.
			p.Send(crosspeer.Packet{To: ev.From, Mode: ev.Mode, Data: ev.Data})
		case crosspeer.ServerDisconnected:
			return fmt.Errorf("the server is gone: %v", ev.Reason)
		}
	}
	return nil
}
