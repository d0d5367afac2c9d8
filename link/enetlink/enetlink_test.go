package enetlink_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"crosspeer"
)

// testContext bounds a test on real sockets.
func testContext(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// address is where a server can be dialed.
func address(p *crosspeer.Peer) string { return strings.TrimPrefix(p.Addrs()[0], "enet://") }
