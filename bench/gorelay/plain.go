package main

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"

	"crosspeer/enet"
)

// server is the plain ENet server, with one host for each socket. The list of
// peers is replaced when somebody comes or goes, and read without a lock.
type server struct {
	mode  string
	mu    sync.Mutex
	peers atomic.Pointer[[]*enet.Peer]
}

// change replaces the list.
func (s *server) change(f func([]*enet.Peer) []*enet.Peer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	peers := f(slices.Clone(*s.peers.Load()))
	s.peers.Store(&peers)
}

func plain(ctx context.Context, o options) error {
	s := &server{mode: o.mode}
	s.peers.Store(new([]*enet.Peer))
	modes := map[string]func(enet.Event){
		"relay": s.relay, "echo": s.echo, "sink": s.sink, "tick": s.sink, "source": s.source,
	}
	receive, ok := modes[o.mode]
	if !ok {
		return fmt.Errorf("unknown mode %q", o.mode)
	}
	hosts, err := o.open(&enet.Config{
		MaxPeers:   o.maxPeers,
		MTU:        1400, // that of the C library it is compared with
		FlushDelay: o.delay,
		Handler: func(ev enet.Event) {
			switch ev.Type {
			case enet.EventConnect:
				s.change(func(all []*enet.Peer) []*enet.Peer { return append(all, ev.Peer) })
			case enet.EventDisconnect:
				s.change(func(all []*enet.Peer) []*enet.Peer {
					return slices.DeleteFunc(all, func(p *enet.Peer) bool { return p == ev.Peer })
				})
			case enet.EventReceive:
				receive(ev)
				ev.Packet.Release()
			}
		},
	})
	if err != nil {
		return err
	}
	if o.mode == "tick" {
		tick(ctx, o, func(b []byte) {
			for _, h := range hosts {
				h.Broadcast(0, b, 0)
			}
		})
	}
	<-ctx.Done()
	var stats []enet.HostStats
	for _, h := range hosts {
		stats = append(stats, h.Stats())
		defer h.Close()
	}
	return report(stats)
}

// open opens as many sockets as are asked for.
func (o options) open(cfg *enet.Config) ([]*enet.Host, error) {
	address := fmt.Sprintf("127.0.0.1:%d", o.port)
	if o.sockets > 1 {
		return enet.ListenShared(address, slices.Repeat([]*enet.Config{cfg}, o.sockets)...)
	}
	h, err := enet.Listen(address, cfg)
	return []*enet.Host{h}, err
}

// report writes the hosts' counters as the last line, for the record of a run:
// those of the host if there is one, and otherwise a list.
func report(s []enet.HostStats) error {
	if len(s) == 1 {
		return json.NewEncoder(os.Stderr).Encode(s[0])
	}
	return json.NewEncoder(os.Stderr).Encode(s)
}

func (s *server) sink(enet.Event) {}

func (s *server) echo(ev enet.Event) {
	ev.Peer.SendPacket(ev.Channel, ev.Packet, ev.Flags)
}

func (s *server) relay(ev enet.Event) {
	for _, p := range *s.peers.Load() {
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
