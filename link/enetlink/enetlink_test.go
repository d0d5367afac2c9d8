package enetlink_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"crosspeer"
	"crosspeer/link/enetlink"
)

func testContext(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func TestTwoClientsMeet(t *testing.T) {
	ctx := testContext(t)
	srv, err := crosspeer.Listen(ctx, nil, enetlink.Listen("127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	addr := strings.TrimPrefix(srv.Addrs()[0], "enet://")
	a, err := crosspeer.Dial(ctx, nil, enetlink.Dial(addr))
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	b, err := crosspeer.Dial(ctx, nil, enetlink.Dial(addr))
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	next := func(p *crosspeer.Peer) crosspeer.Event {
		t.Helper()
		ev, err := p.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return ev
	}
	t.Log(next(srv), next(srv))
	t.Log(next(a), next(a), next(a))
	t.Log(next(b), next(b), next(b))
	if err := a.Send(crosspeer.Packet{Mode: crosspeer.Reliable, Data: []byte("hi")}); err != nil {
		t.Fatal(err)
	}
	t.Log(next(srv), next(b))
	b.Close()
	t.Log(next(srv), next(a))
	srv.Close()
	t.Log(next(a))
	t.Log(a.ConnectionStatus())
}
