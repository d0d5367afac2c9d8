package godot3

import (
	"context"
	"errors"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"crosspeer"
	"crosspeer/enet/zstd"
	"crosspeer/link/enetlink"
)

// goPeer is a Go program's peer as an actor. It acts through the part of the
// API that a Godot user knows: target, mode and put.
type goPeer struct {
	*Log
	t    testing.TB
	peer *crosspeer.Peer
	dial crosspeer.Dialer // clients only
	ctx  context.Context
}

var _ Client = (*goPeer)(nil)

func newGoPeer(t testing.TB, name string, cfg crosspeer.Config, transferChannel int) *goPeer {
	t.Helper()
	p, err := crosspeer.New(&cfg)
	if err != nil {
		t.Fatal(err)
	}
	if transferChannel != 0 {
		if err := p.SetTransferChannel(transferChannel); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	g := &goPeer{Log: NewLog(t, name), t: t, peer: p, ctx: ctx}
	t.Cleanup(func() {
		cancel()
		p.Close()
	})
	return g
}

// tweak sets what stock peers have no option for.
type tweak func(*enetlink.Config)

// quickly makes a Go peer give up a silent remote within two seconds, where
// stock peers take up to half a minute.
func quickly(c *enetlink.Config) { c.TimeoutMinimum, c.TimeoutMaximum = time.Second, 2*time.Second }

// goServer starts a Go server with a stock server's options and gives its
// port. Compression is left to be recognised.
func goServer(t testing.TB, opts ServerOptions, tweaks ...tweak) (*goPeer, int) {
	t.Helper()
	cfg := crosspeer.Config{}
	if opts.NoRelay {
		cfg.Relay = crosspeer.RelayOff
	}
	g := newGoPeer(t, "Go server", cfg, opts.TransferChannel)
	link := enetlink.Config{
		Zstd:       zstd.Compression,
		MaxClients: opts.MaxClients, ChannelCount: opts.ChannelCount, AlwaysOrdered: opts.AlwaysOrdered,
		IncomingBandwidth: uint32(opts.InBandwidth), OutgoingBandwidth: uint32(opts.OutBandwidth),
	}
	for _, f := range tweaks {
		f(&link)
	}
	if err := g.peer.Listen(g.ctx, enetlink.Listen("127.0.0.1:0", link)); err != nil {
		t.Fatal(err)
	}
	go g.follow()
	_, addr, _ := strings.Cut(g.peer.Addrs()[0], "://")
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	return g, n
}

// goCompression is the counterpart of a stock peer's compression: Godot's
// numbers begin with none, and Go's with finding out.
func goCompression(c Compression) enetlink.Compression {
	return enetlink.CompressionNone + enetlink.Compression(c)
}

// goClient makes a Go client of a server on loopback.
func goClient(t testing.TB, name string, port int, opts ClientOptions, tweaks ...tweak) *goPeer {
	t.Helper()
	g := newGoPeer(t, name, crosspeer.Config{}, opts.TransferChannel)
	cfg := enetlink.Config{
		Zstd:         zstd.Compression,
		ChannelCount: opts.ChannelCount, AlwaysOrdered: opts.AlwaysOrdered,
		IncomingBandwidth: uint32(opts.InBandwidth), OutgoingBandwidth: uint32(opts.OutBandwidth),
	}
	cfg.Compression = goCompression(opts.Compression)
	for _, f := range tweaks {
		f(&cfg)
	}
	g.dial = enetlink.Dial(net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), cfg)
	return g
}

// Join implements Client.
func (g *goPeer) Join() int {
	go func() {
		g.peer.Dial(g.ctx, g.dial) // a failure is an event too
		g.follow()
	}()
	return OK
}

// follow logs the events of one session.
func (g *goPeer) follow() {
	for ev := range g.peer.Events(g.ctx) {
		switch ev := ev.(type) {
		case crosspeer.PeerConnected:
			g.Add(PeerConnected(int32(ev.ID)))
		case crosspeer.PeerDisconnected:
			g.Note("peer %d: %v", ev.ID, ev.Reason)
			g.Add(PeerDisconnected(int32(ev.ID)))
		case crosspeer.ConnectionSucceeded:
			g.Add(Succeeded())
		case crosspeer.ConnectionFailed:
			g.Note("failed: %v", ev.Err)
			g.Add(Failed())
		case crosspeer.ServerDisconnected:
			g.Note("server: %v", ev.Reason)
			g.Add(ServerDisconnected())
		case crosspeer.PacketReceived:
			g.Add(Packet(int32(ev.From), ev.Data, ev.Channel))
		}
	}
}

// ID implements Actor.
func (g *goPeer) ID() int32 { return int32(g.peer.UniqueID()) }

// Status implements Actor.
func (g *goPeer) Status() int { return int(g.peer.ConnectionStatus()) }

// Put implements Actor.
func (g *goPeer) Put(target int32, mode Mode, data []byte) int {
	g.peer.SetTargetPeer(crosspeer.PeerID(target))
	g.peer.SetTransferMode(crosspeer.TransferMode(mode))
	err := g.peer.PutPacket(data)
	switch {
	case err == nil:
		return OK
	case errors.Is(err, crosspeer.ErrNotConnected):
		return ErrUnconfigured
	case errors.Is(err, crosspeer.ErrUnknownPeer):
		return ErrInvalidParameter
	}
	g.t.Errorf("%s: put to %d: %v", g.Name(), target, err)
	return -1
}

// PutPattern implements Actor.
func (g *goPeer) PutPattern(target int32, mode Mode, length, seed int) int {
	return g.Put(target, mode, Pattern(length, seed))
}

// Disconnect implements Actor.
func (g *goPeer) Disconnect(id int32, now bool) {
	do := g.peer.Disconnect
	if now {
		do = g.peer.DisconnectNow
	}
	if err := do(crosspeer.PeerID(id), "kicked by a test"); err != nil {
		g.t.Errorf("%s: disconnect %d: %v", g.Name(), id, err)
	}
}

// Close implements Actor.
func (g *goPeer) Close() { g.peer.Close() }
