package wslink

import (
	"context"
	"crypto/tls"
	"errors"
	"log"
	"net"
	"net/http"
	"sync"

	"crosspeer"
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
	tcp, err := new(net.ListenConfig).Listen(ctx, "tcp", l.addr)
	if err != nil {
		return nil, errors.Join(err, t.Close())
	}
	site := &site{Transport: t, scheme: "ws", cfg: h.cfg, tcp: tcp}
	accept := tcp
	if h.cfg.TLS != nil {
		site.scheme = "wss"
		own := h.cfg.TLS.Clone()
		own.NextProtos = []string{"http/1.1"} // WebSocket needs it
		accept = tls.NewListener(tcp, own)
	}
	site.http = &http.Server{
		Handler:           site.route(h),
		ReadHeaderTimeout: h.cfg.HandshakeTimeout,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          log.New(discard{}, "", 0),
	}
	site.work.Go(func() { site.http.Serve(accept) })
	return site, nil
}

// site is an HTTP server with nothing but a Handler.
type site struct {
	crosspeer.Transport
	scheme string
	cfg    Config
	tcp    net.Listener
	http   *http.Server
	work   sync.WaitGroup
}

func (s *site) route(h http.Handler) http.Handler {
	if s.cfg.Path == "" {
		return h
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != s.cfg.Path {
			http.Error(w, "the session is at "+s.cfg.Path, http.StatusNotFound)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// Addr implements crosspeer.Transport.
func (s *site) Addr() string { return s.scheme + "://" + s.tcp.Addr().String() + s.cfg.Path }

// Limits implements crosspeer.Limiter.
func (s *site) Limits() crosspeer.Limits { return s.cfg.limits() }

// Close implements crosspeer.Transport.
func (s *site) Close() error {
	err := s.http.Close()
	s.work.Wait()
	return errors.Join(err, s.Transport.Close())
}

// discard takes what net/http would log of every stranger's mistake.
type discard struct{}

func (discard) Write(b []byte) (int, error) { return len(b), nil }

// limits are what WebSocket cannot do.
func (c *Config) limits() crosspeer.Limits {
	return crosspeer.Limits{ReliableOnly: true, MaxPacketBytes: c.MaxMessageBytes - wire.WebSocketHeaderSize}
}
