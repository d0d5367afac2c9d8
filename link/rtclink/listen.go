package rtclink

import (
	"context"
	"errors"
	"time"

	"crosspeer"
	"crosspeer/internal/site"
)

// Listen makes a Listener whose signalling is on a TCP address, "host:port",
// under every path. An empty host means all addresses, IPv4 and IPv6; port 0 a
// free port. With Config.TLS it speaks rtc+wss. At most one Config may be
// given.
func Listen(addr string, cfg ...Config) crosspeer.Listener { return &listener{addr, cfg} }

type listener struct {
	addr string
	cfg  []Config
}

// requestTime bounds a request for the signalling, until it is a WebSocket.
const requestTime = 10 * time.Second

// Listen implements crosspeer.Listener.
func (l *listener) Listen(ctx context.Context, hub *crosspeer.Hub) (crosspeer.Transport, error) {
	h := NewHandler(l.cfg...)
	t, err := h.Listen(ctx, hub)
	if err != nil {
		return nil, err
	}
	web, err := site.Listen(ctx, l.addr, site.Config{TLS: h.cfg.TLS, Patience: requestTime})
	if err != nil {
		return nil, errors.Join(err, t.Close())
	}
	web.Serve(h)
	return &listening{t.(*server), web}, nil
}

// listening is the transport of a Listener: that of a Handler, and the HTTP
// server around it.
type listening struct {
	*server
	web *site.Site
}

// Addr implements crosspeer.Transport.
func (l *listening) Addr() string {
	scheme := "rtc+ws://"
	if l.web.Secure() {
		scheme = "rtc+wss://"
	}
	return scheme + l.web.Addr()
}

// Close implements crosspeer.Transport.
func (l *listening) Close() error { return errors.Join(l.web.Close(), l.server.Close()) }
