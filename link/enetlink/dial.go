package enetlink

import (
	"context"
	"fmt"
	"net/netip"
	"sync"

	"crosspeer"
	"crosspeer/enet"
)

// Dial makes a Dialer to a server's UDP address, "host:port". A name with
// several addresses is tried at each, IPv4 first. At most one Config may be
// given. Godot 3.2, NetworkedMultiplayerENet.create_client.
func Dial(addr string, cfg ...Config) crosspeer.Dialer { return &dialer{addr, cfg} }

type dialer struct {
	addr string
	cfg  []Config
}

// Dial implements crosspeer.Dialer.
func (d *dialer) Dial(ctx context.Context, hub *crosspeer.Hub) (crosspeer.Transport, error) {
	h, err := newHost(d.cfg, hub)
	if err != nil {
		return nil, err
	}
	id := uint32(hub.ChooseID())
	if err := enet.DialFunc(ctx, d.addr, h.cfg.LocalAddr, h.cfg.ChannelCount, id, h.client(), h.connected); err != nil {
		return nil, err
	}
	return h, nil
}

// dialing is how the ENet hosts of a client, one for each address that is
// tried, tell Dial what has become of the attempt.
type dialing struct {
	told  chan outcome
	frame crosspeer.Frame // in use on the host's goroutine

	mu        sync.Mutex
	link      *link      // once connected
	abandoned *enet.Host // its attempt is no longer waited for
}

// outcome is the end of an attempt to connect.
type outcome struct {
	peer *enet.Peer
	err  error
}

// client is the configuration of a client's ENet host.
func (h *host) client() *enet.Config {
	h.dial.told = make(chan outcome, 1)
	ec := h.cfg.enet(false)
	ec.MaxPeers = 1
	// Whoever connects to a client's port is not its server.
	ec.Admit = func(netip.AddrPort, uint32) enet.Admission { return enet.Ignore }
	ec.Handler = h.handleClient
	return ec
}

// connected waits for the outcome of an attempt.
func (h *host) connected(ctx context.Context, eh *enet.Host, p *enet.Peer) error {
	h.host = eh
	h.cfg.tune(p)
	for {
		select {
		case o := <-h.dial.told:
			if o.peer == p { // not the last word of an earlier attempt
				return o.err
			}
		case <-ctx.Done():
			if h.dial.abandon(eh) {
				return fmt.Errorf("no answer from %v: %w", p.RemoteAddr(), ctx.Err())
			}
			return nil
		}
	}
}

// abandon gives up waiting. It returns false if the connection was made in the
// last moment.
func (d *dialing) abandon(eh *enet.Host) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.link != nil {
		return false
	}
	d.abandoned = eh
	return true
}

// handleClient takes the events of a client's host, on its goroutine. The
// link is attached here, so that nothing that follows can overtake it.
func (h *host) handleClient(ev enet.Event) {
	if l, ok := ev.Peer.Value().(*link); ok {
		l.receive(ev, &h.dial.frame)
		return
	}
	h.dial.mu.Lock()
	defer h.dial.mu.Unlock()
	if ev.Peer.Host() == h.dial.abandoned {
		return // Dial closes the host, which says goodbye
	}
	o := outcome{peer: ev.Peer}
	if ev.Type == enet.EventConnect {
		o.err = h.attach(ev.Peer)
	} else {
		o.err = &crosspeer.DisconnectError{Reason: reason(ev)}
	}
	select {
	case h.dial.told <- o:
	default: // Dial has returned
	}
}

// attach brings the server into the session.
func (h *host) attach(p *enet.Peer) error {
	l := &link{cfg: &h.cfg, peer: p, host: h, client: true}
	port, err := h.hub.Attach(l, crosspeer.Hello{ID: crosspeer.TargetServer})
	if err != nil {
		return err
	}
	l.port, h.dial.link = port, l
	h.links.Add(1)
	p.SetValue(l)
	return nil
}
