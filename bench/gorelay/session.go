package main

import (
	"context"
	"fmt"

	"crosspeer"
	"crosspeer/link/enetlink"
)

// godot3 runs a session: the hub relays, this program only looks.
func godot3(ctx context.Context, o options) error {
	p, err := crosspeer.Listen(ctx, nil, enetlink.Listen(fmt.Sprintf("127.0.0.1:%d", o.port), enetlink.Config{
		MaxClients: o.maxPeers,
		FlushDelay: o.delay,
	}))
	if err != nil {
		return err
	}
	defer p.Close()
	if o.mode == "tick" {
		go tick(ctx, o, func(b []byte) { p.Send(crosspeer.Packet{Mode: crosspeer.UnreliableOrdered, Data: b}) })
	}
	for ev := range p.Events(ctx) {
		pkt, ok := ev.(crosspeer.PacketReceived)
		if ok && o.mode == "echo" {
			p.Send(crosspeer.Packet{To: pkt.From, Mode: pkt.Mode, Channel: pkt.Channel, Data: pkt.Data})
		}
	}
	return nil
}
