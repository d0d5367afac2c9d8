package main

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"slices"

	"crosspeer/enet"
)

// server is the plain ENet server. Its peers are known to the host's goroutine
// only, except in mode tick, which broadcasts.
type server struct {
	mode  string
	peers []*enet.Peer
}

func plain(ctx context.Context, o options) error {
	s := &server{mode: o.mode}
	modes := map[string]func(enet.Event){
		"relay": s.relay, "echo": s.echo, "sink": s.sink, "tick": s.sink, "source": s.source,
	}
	receive, ok := modes[o.mode]
	if !ok {
		return fmt.Errorf("unknown mode %q", o.mode)
	}
	h, err := enet.Listen(fmt.Sprintf("127.0.0.1:%d", o.port), &enet.Config{
		MaxPeers: o.maxPeers,
		MTU:      1400, // that of the C library it is compared with

		FlushDelay: o.delay,
		Handler: func(ev enet.Event) {
			switch ev.Type {
			case enet.EventConnect:
				s.peers = append(s.peers, ev.Peer)
			case enet.EventDisconnect:
				s.peers = slices.DeleteFunc(s.peers, func(p *enet.Peer) bool { return p == ev.Peer })
			case enet.EventReceive:
				receive(ev)
				ev.Packet.Release()
			}
		},
	})
	if err != nil {
		return err
	}
	defer h.Close()
	if o.mode == "tick" {
		tick(ctx, o, func(b []byte) { h.Broadcast(0, b, 0) })
	}
	<-ctx.Done()
	return report(h.Stats())
}

// report writes the host's counters as the last line, for the record of a run.
func report(s enet.HostStats) error { return json.NewEncoder(os.Stderr).Encode(s) }

func (s *server) sink(enet.Event) {}

func (s *server) echo(ev enet.Event) {
	ev.Peer.SendPacket(ev.Channel, ev.Packet, ev.Flags)
}

func (s *server) relay(ev enet.Event) {
	for _, p := range s.peers {
		if p != ev.Peer {
			p.SendPacket(ev.Channel, ev.Packet, ev.Flags)
		}
	}
}

// source sends what a "SRC1" request asks for.
func (s *server) source(ev enet.Event) {
	b := ev.Data()
	if len(b) < 20 || string(b[:4]) != "SRC1" {
		return
	}
	count, size := int(binary.LittleEndian.Uint32(b[4:])), int(binary.LittleEndian.Uint32(b[8:]))
	window := int(binary.LittleEndian.Uint32(b[12:]))
	flags := enet.Flags(0)
	if binary.LittleEndian.Uint32(b[16:]) != 0 {
		flags = enet.Reliable
	}
	if window == 0 {
		window = count
	}
	go func() {
		pkt := enet.MakePacket(size)
		defer pkt.Release()
		for range count {
			if ev.Peer.WaitQueue(context.Background(), window-1) != nil {
				return
			}
			if ev.Peer.SendPacket(0, pkt, flags) != nil {
				return
			}
		}
	}()
}
