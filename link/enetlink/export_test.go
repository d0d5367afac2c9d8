package enetlink

import (
	"context"
	"net"
	"net/netip"

	"crosspeer"
	"crosspeer/enet"
)

// ListenOn is Listen on a socket of the test's.
func ListenOn(conn net.PacketConn, cfg ...Config) crosspeer.Listener {
	return listenOn{conn, cfg}
}

type listenOn struct {
	conn net.PacketConn
	cfg  []Config
}

func (l listenOn) Listen(_ context.Context, hub *crosspeer.Hub) (crosspeer.Transport, error) {
	h, err := newHost(l.cfg, hub)
	if err != nil {
		return nil, err
	}
	if h.host, err = enet.NewHost(l.conn, h.server()); err != nil {
		return nil, err
	}
	return h, nil
}

// DialFrom is Dial from a socket of the test's.
func DialFrom(conn net.PacketConn, to netip.AddrPort, cfg ...Config) crosspeer.Dialer {
	return dialFrom{conn, to, cfg}
}

type dialFrom struct {
	conn net.PacketConn
	to   netip.AddrPort
	cfg  []Config
}

func (d dialFrom) Dial(ctx context.Context, hub *crosspeer.Hub) (crosspeer.Transport, error) {
	h, err := newHost(d.cfg, hub)
	if err != nil {
		return nil, err
	}
	eh, err := enet.NewHost(d.conn, h.client())
	if err != nil {
		return nil, err
	}
	p, err := eh.Connect(d.to, h.cfg.ChannelCount, uint32(hub.ChooseID()))
	if err == nil {
		err = h.connected(ctx, eh, p)
	}
	if err != nil {
		eh.Close()
		return nil, err
	}
	return h, nil
}
