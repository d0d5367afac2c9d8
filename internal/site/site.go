// Package site is an HTTP server for links: it bounds what a stranger can hold,
// in time and in bytes, and closes so that nothing of it is left. Connections
// that a handler takes over are the handler's.
package site

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"
)

// Config describes a Site.
type Config struct {
	// TLS makes it speak TLS. Default nil: it does not.
	TLS *tls.Config

	// Patience bounds a request, its body and its answer, TLS included.
	Patience time.Duration

	// KeepAlive is how long a connection may wait for its next request.
	// Default 0: each has one.
	KeepAlive time.Duration

	// MaxConns is the most connections at once that no handler has taken over,
	// and MaxConnsPerAddress the most from one address, of which an IPv6 /64 is
	// one. Others are closed. Defaults 4,096 and 256.
	MaxConns           int
	MaxConnsPerAddress int

	// ErrorLog gets what net/http says of strangers' mistakes. Default none.
	ErrorLog *log.Logger
}

// headBytes is the most of a request's head.
const headBytes = 16 << 10

const (
	maxConns           = 4096
	maxConnsPerAddress = 256
)

// Site is an HTTP server.
type Site struct {
	tcp    net.Listener
	secure *tls.Config
	http   *http.Server
	work   sync.WaitGroup
}

// Listen opens a TCP address. Requests are answered from Serve on. ctx bounds
// the opening.
func Listen(ctx context.Context, addr string, cfg Config) (*Site, error) {
	tcp, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	s := &Site{tcp: tcp, http: &http.Server{
		ReadHeaderTimeout: cfg.Patience,
		ReadTimeout:       cfg.Patience, // a handler that takes a connection over sets times of its own
		WriteTimeout:      cfg.Patience,
		IdleTimeout:       cfg.KeepAlive,
		MaxHeaderBytes:    headBytes,
		ErrorLog:          cfg.ErrorLog,
	}}
	s.http.ConnState = newCrowd(cmp.Or(cfg.MaxConns, maxConns), cmp.Or(cfg.MaxConnsPerAddress, maxConnsPerAddress)).watch
	if cfg.ErrorLog == nil {
		s.http.ErrorLog = log.New(io.Discard, "", 0)
	}
	s.http.SetKeepAlivesEnabled(cfg.KeepAlive > 0)
	if cfg.TLS != nil {
		s.secure = cfg.TLS.Clone()
		s.secure.NextProtos = []string{"http/1.1"} // WebSocket needs it
	}
	return s, nil
}

// Serve answers requests until the Site is closed, in a goroutine of its own.
func (s *Site) Serve(h http.Handler) {
	s.http.Handler = h
	accept := s.tcp
	if s.secure != nil {
		accept = tls.NewListener(s.tcp, s.secure)
	}
	s.work.Go(func() { s.http.Serve(accept) })
}

// Secure says whether the Site speaks TLS.
func (s *Site) Secure() bool { return s.secure != nil }

// Addr is the address, "host:port", with the real port where 0 was asked for.
func (s *Site) Addr() string { return s.tcp.Addr().String() }

// Close ends all requests and returns when nothing of the Site runs any more.
func (s *Site) Close() error {
	err := s.http.Close()
	if e := s.tcp.Close(); !errors.Is(e, net.ErrClosed) { // the server closes only what it serves
		err = errors.Join(err, e)
	}
	s.work.Wait()
	return err
}
