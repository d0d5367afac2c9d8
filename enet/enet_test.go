package enet_test

import (
	"context"
	"testing"
	"time"

	"crosspeer/enet"
)

func listen(t *testing.T, cfg *enet.Config) *enet.Host {
	t.Helper()
	h, err := enet.Listen("127.0.0.1:0", cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return h
}

func ctx(t *testing.T) context.Context {
	c, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	t.Cleanup(cancel)
	return c
}

func TestEcho(t *testing.T) {
	server := listen(t, nil)
	peer, err := enet.Dial(ctx(t), server.LocalAddr().String(), 2, 77, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer peer.Host().Close()
	if err := peer.Send(1, []byte("hello"), enet.Reliable); err != nil {
		t.Fatal(err)
	}
	ev, err := server.Next(ctx(t))
	if err != nil || ev.Type != enet.EventConnect || ev.ConnectData != 77 {
		t.Fatalf("%+v %v", ev, err)
	}
	ev, err = server.Next(ctx(t))
	if err != nil || string(ev.Data()) != "hello" {
		t.Fatalf("%+v %v", ev, err)
	}
	ev.Peer.Send(ev.Channel, ev.Data(), ev.Flags)
	ev, err = peer.Host().Next(ctx(t))
	if err != nil || string(ev.Data()) != "hello" || ev.Channel != 1 {
		t.Fatalf("%+v %v", ev, err)
	}
	peer.Disconnect(5)
	ev, err = server.Next(ctx(t))
	if err != nil || ev.Type != enet.EventDisconnect || ev.DisconnectData != 5 {
		t.Fatalf("%+v %v", ev, err)
	}
	ev, err = peer.Host().Next(ctx(t))
	if err != nil || ev.Reason != enet.ReasonLocal {
		t.Fatalf("%+v %v", ev, err)
	}
}
