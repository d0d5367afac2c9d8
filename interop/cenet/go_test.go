package cenet

import (
	"context"
	"fmt"
	"testing"
	"time"

	"crosspeer/enet"
)

// The tests of the files go_*_test.go have package enet at one end and the C
// library at the other. Those named TestGoServesC… have a server in Go, those
// named TestGoJoinsC… a client.

// goHost opens a host on a free port of 127.0.0.1, until the end of the test.
func goHost(t *testing.T, cfg *enet.Config) *enet.Host {
	t.Helper()
	h, err := enet.Listen("127.0.0.1:0", cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return h
}

// option is a way of encoding datagrams that both ends must agree on.
type option struct {
	name string
	c    Config
	g    enet.Config
}

var encodings = []option{
	{"plain", Config{}, enet.Config{}},
	{"checksum", Config{Checksum: true}, enet.Config{Checksum: enet.CRC32}},
	{"range coder", Config{RangeCoder: true}, enet.Config{Compression: enet.RangeCoder}},
	{"checksum and range coder", Config{Checksum: true, RangeCoder: true}, enet.Config{Checksum: enet.CRC32, Compression: enet.RangeCoder}},
}

// meeting is a connection between Go and C; C calls it 0.
type meeting struct {
	host *enet.Host
	peer *enet.Peer
	c    *Peer
}

// direction says which end is the server.
type direction struct {
	name string
	meet func(t *testing.T, o option) meeting
}

var goServes = direction{"Go serves C", func(t *testing.T, o option) meeting {
	t.Helper()
	m := meeting{host: goHost(t, &o.g), c: Start(t, o.c)}
	m.c.Connect(m.host.LocalAddr(), 5, 7)
	m.c.Expect(Connected(0, 0))
	m.peer = goNext(t, m.host, enet.EventConnect).Peer
	return m
}}

var goJoins = direction{"Go joins C", func(t *testing.T, o option) meeting {
	t.Helper()
	o.c.Server = true
	m := meeting{host: goHost(t, &o.g), c: Start(t, o.c)}
	m.peer = goConnect(t, m.host, m.c, 7)
	goNext(t, m.host, enet.EventConnect)
	m.c.Expect(Connected(0, 7))
	return m
}}

// goConnect begins a connection from Go to C with five channels.
func goConnect(t *testing.T, h *enet.Host, c *Peer, data uint32) *enet.Peer {
	t.Helper()
	p, err := h.Connect(c.Addr(), 5, data)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const goPatience = 30 * time.Second

// goNextAny takes the next event of a host.
func goNextAny(t *testing.T, h *enet.Host) enet.Event {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), goPatience)
	defer cancel()
	ev, err := h.Next(ctx)
	if err != nil {
		t.Fatalf("waiting for an event: %v", err)
	}
	return ev
}

// goNext takes the next event of a host, which must be of a type.
func goNext(t *testing.T, h *enet.Host, want enet.EventType) enet.Event {
	t.Helper()
	ev := goNextAny(t, h)
	if ev.Type != want {
		t.Fatalf("event %v (%v, %d bytes), want %v", ev.Type, ev.Reason, len(ev.Data()), want)
	}
	return ev
}

// goExpect takes the next event, which must be this packet.
func goExpect(t *testing.T, h *enet.Host, channel uint8, flags Flags, length int, seed uint64) {
	t.Helper()
	if err := goPacket(goNext(t, h, enet.EventReceive), channel, flags, length, seed); err != nil {
		t.Fatal(err)
	}
}

// goPacket compares a received packet with one that C sent.
func goPacket(ev enet.Event, channel uint8, flags Flags, length int, seed uint64) error {
	if ev.Channel != channel || Flags(ev.Flags) != flags || len(ev.Data()) != length {
		return fmt.Errorf("received %d bytes on channel %d with flags %d, want %d, %d and %d",
			len(ev.Data()), ev.Channel, ev.Flags, length, channel, flags)
	}
	if Hash(ev.Data()) != Hash(Payload(length, seed)) {
		return fmt.Errorf("a packet of %d bytes on channel %d has other bytes than those of seed %d", length, channel, seed)
	}
	return nil
}

// goSend sends what [Peer.Send] sends.
func goSend(t *testing.T, p *enet.Peer, channel uint8, flags Flags, length int, seed uint64) {
	t.Helper()
	if err := p.Send(channel, Payload(length, seed), enet.Flags(flags)); err != nil {
		t.Fatal(err)
	}
}

// goEnd takes the next event, which must be the end of a connection.
func goEnd(t *testing.T, h *enet.Host, reason enet.Reason, data uint32) {
	t.Helper()
	ev := goNext(t, h, enet.EventDisconnect)
	if ev.Reason != reason || ev.DisconnectData != data {
		t.Fatalf("ended with %v, data %d; want %v, data %d", ev.Reason, ev.DisconnectData, reason, data)
	}
}

// goQuiet fails the test if there is an event now.
func goQuiet(t *testing.T, h *enet.Host) {
	t.Helper()
	if ev, ok := h.TryNext(); ok {
		t.Fatalf("event %v (%v, %d bytes), want none", ev.Type, ev.Reason, len(ev.Data()))
	}
}

// sound fails the test if Go found anything wrong with what C sent.
func (m meeting) sound(t *testing.T) {
	t.Helper()
	s := m.host.Stats()
	if n := s.Malformed + s.DropShort + s.DropOversize + s.DropSource + s.DropCompression + s.DropChecksum; n > 0 {
		t.Errorf("%d datagrams were not understood: %+v", n, s)
	}
}
