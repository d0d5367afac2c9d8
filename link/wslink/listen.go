package wslink

import (
	"context"
	"errors"
	"net/http"

	"crosspeer"
	"crosspeer/internal/site"
	"crosspeer/wire"
)

// Listen makes a Listener on a TCP address, "host:port". An empty host means
// all addresses, IPv4 and IPv6; port 0 a free port. With Config.TLS it speaks
// wss. At most one Config may be given. Godot 3.2, WebSocketServer.listen.
func Listen(addr string, cfg ...Config) crosspeer.Listener { return &listener{addr, cfg} }

type listener struct {
	addr string
	cfg  []Config
}

// Listen implements crosspeer.Listener.
func (l *listener) Listen(ctx context.Context, hub *crosspeer.Hub) (crosspeer.Transport, error) {
	h := NewHandler(l.cfg...)
	t, err := h.Listen(ctx, hub)
	if err != nil {
		return nil, err
	}
	web, err := site.Listen(ctx, l.addr, site.Config{TLS: h.cfg.TLS, Patience: h.cfg.HandshakeTimeout})
	if err != nil {
		return nil, errors.Join(err, t.Close())
	}
	web.Serve(h.route())
	return &listening{t, web, h.cfg}, nil
}

// listening is the transport of a Listener: that of a Handler, and the HTTP
// server around it.
type listening struct {
	crosspeer.Transport
	web *site.Site
	cfg Config
}

// route is the Handler under its path.
func (h *Handler) route() http.Handler {
	if h.cfg.Path == "" {
		return h
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != h.cfg.Path {
			http.Error(w, "the session is at "+h.cfg.Path, http.StatusNotFound)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// Addr implements crosspeer.Transport.
func (l *listening) Addr() string {
	scheme := "ws://"
	if l.web.Secure() {
		scheme = "wss://"
	}
	return scheme + l.web.Addr() + l.cfg.Path
}

// Limits implements crosspeer.Limiter.
func (l *listening) Limits() crosspeer.Limits { return l.cfg.limits() }

// Close implements crosspeer.Transport.
func (l *listening) Close() error { return errors.Join(l.web.Close(), l.Transport.Close()) }

// limits are what WebSocket cannot do.
func (c *Config) limits() crosspeer.Limits {
	return crosspeer.Limits{ReliableOnly: true, MaxPacketBytes: c.MaxMessageBytes - wire.WebSocketHeaderSize}
}
