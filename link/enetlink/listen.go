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
func Listen(addr string, cfg ...Config) crosspeer.Listener {
	return &listener{addr, first(cfg)}
}

type listener struct {
	addr string
	cfg  Config
}

func first(cfg []Config) Config {
	if len(cfg) == 0 {
		return Config{}
	}
	return cfg[0]
}

// Listen implements crosspeer.Listener.
func (l *listener) Listen(_ context.Context, hub *crosspeer.Hub) (crosspeer.Transport, error) {
	if err := l.cfg.Validate(); err != nil {
		return nil, err
	}
	h := &host{cfg: l.cfg.populated(), hub: hub}
	ec := h.cfg.enet(true)
	ec.Admit = h.admit
	ec.Handler = h.handle
	eh, err := enet.Listen(l.addr, ec)
	if err != nil {
		return nil, err
	}
	h.host = eh
	return h, nil
}

// Dial makes a Dialer to a server's UDP address, "host:port". A name with
// several addresses is tried at each, IPv4 first. At most one Config may be
// given. Godot 3.2, NetworkedMultiplayerENet.create_client.
func Dial(addr string, cfg ...Config) crosspeer.Dialer {
	return &dialer{addr, first(cfg)}
}

type dialer struct {
	addr string
	cfg  Config
}

// Dial implements crosspeer.Dialer.
func (d *dialer) Dial(ctx context.Context, hub *crosspeer.Hub) (crosspeer.Transport, error) {
	if err := d.cfg.Validate(); err != nil {
		return nil, err
	}
	id := hub.ChooseID()
	h := &host{cfg: d.cfg.populated(), hub: hub, client: make(chan enet.Event, 16)}
	ec := h.cfg.enet(false)
	ec.Handler = h.handleClient
	ec.MaxPeers = 0
	connect := func(ctx context.Context, eh *enet.Host, p *enet.Peer) error {
		h.host = eh
		for {
			select {
			case ev := <-h.client:
				if ev.Peer == p { // not the last word of an earlier attempt
					return outcome(ev)
				}
			case <-ctx.Done():
				return fmt.Errorf("no answer from %v: %w", p.RemoteAddr(), ctx.Err())
			}
		}
	}
	if err := enet.DialFunc(ctx, d.addr, d.cfg.LocalAddr, h.cfg.ChannelCount, uint32(id), ec, connect); err != nil {
		return nil, err
	}
	return h, nil
}

func outcome(ev enet.Event) error {
	if ev.Type == enet.EventConnect {
		return nil
	}
	return &crosspeer.DisconnectError{Reason: reason(ev)}
}
