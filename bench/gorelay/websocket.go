package main

import (
	"context"
	"fmt"

	"crosspeer"
	"crosspeer/link/wslink"
)

// webSocket runs a session over WebSocket: the hub relays, this program only
// takes what comes.
func webSocket(ctx context.Context, o options) error {
	p, err := crosspeer.Listen(ctx, nil, wslink.Listen(fmt.Sprintf("127.0.0.1:%d", o.port)))
	if err != nil {
		return err
	}
	defer p.Close()
	for range p.Events(ctx) {
	}
	return nil
}
