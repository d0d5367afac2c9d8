package enetlink

import (
	"context"
	"fmt"

	"crosspeer"
	"crosspeer/enet"
)

// Listen makes a Listener on a UDP address, "host:port". An empty host means
// all addresses, IPv4 and IPv6; port 0 a free port. At most one Config may be
// given. Godot 3.2, NetworkedMultiplayerENet.create_server.
func Listen(addr string, cfg ...Config) crosspeer.Listener { return &listener{addr, cfg} }

type listener struct {
	addr string
	cfg  []Config
}

// Listen implements crosspeer.Listener.
func (l *listener) Listen(_ context.Context, hub *crosspeer.Hub) (crosspeer.Transport, error) {
	h, err := newHost(l.cfg, hub)
	if err != nil {
		return nil, err
	}
	if h.cfg.Sockets > 1 {
		err = h.listenShared(l.addr)
	} else {
		h.host, err = enet.Listen(l.addr, h.server())
	}
	if err != nil {
		return nil, err
	}
	return h, nil
}

func newHost(cfg []Config, hub *crosspeer.Hub) (*host, error) {
	h := &host{hub: hub}
	switch len(cfg) {
	case 0:
	case 1:
		h.cfg = cfg[0]
	default:
		return nil, fmt.Errorf("enetlink: %d Configs given, want one at most", len(cfg))
	}
	if err := h.cfg.Validate(); err != nil {
		return nil, err
	}
	h.cfg = h.cfg.populated()
	return h, nil
}
