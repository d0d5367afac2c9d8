package rtclink

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"

	"crosspeer"
)

// Listen makes a Listener whose signalling is on a TCP address, "host:port",
// under every path. An empty host means all addresses, IPv4 and IPv6; port 0 a
// free port. At most one Config may be given.
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
	s := &site{server: t.(*server), tcp: tcp, http: &http.Server{
		Handler:           h,
		ReadHeaderTimeout: headerTimeout,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          log.New(io.Discard, "", 0),
	}}
	s.work.Go(func() { s.http.Serve(tcp) })
	return s, nil
}

// headerTimeout bounds a request's head.
const headerTimeout = 10 * time.Second

// site is an HTTP server with nothing but a Handler.
type site struct {
	*server
	tcp  net.Listener
	http *http.Server
	work sync.WaitGroup
}

// Addr implements crosspeer.Transport.
func (s *site) Addr() string { return "rtc+ws://" + s.tcp.Addr().String() }

// Close implements crosspeer.Transport.
func (s *site) Close() error {
	err := s.http.Close()
	s.work.Wait()
	return errors.Join(err, s.server.Close())
}
