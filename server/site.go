package server

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"crosspeer/web"
)

// site is the HTTP server. A nil one does nothing.
type site struct {
	health
	scheme string   // "http" or "https"
	routes []string // of links
	tcp    net.Listener
	http   *http.Server
	work   sync.WaitGroup
}

const (
	// headerTimeout bounds a request's head and the TLS handshake before it,
	// idleTimeout how long a connection may wait for the next request.
	headerTimeout = 10 * time.Second
	idleTimeout   = time.Minute
)

// openSite listens. Requests are answered from serve on.
func openSite(ctx context.Context, cfg *Config, routes map[string]http.Handler) (*site, error) {
	s := &site{scheme: "http"}
	var secure *tls.Config
	if cfg.TLSCert != "" {
		cert, err := newCertificate(cfg.TLSCert, cfg.TLSKey, cfg.Log)
		if err != nil {
			return nil, err
		}
		s.scheme = "https"
		// WebSocket needs HTTP/1.1.
		secure = &tls.Config{GetCertificate: cert.get, NextProtos: []string{"http/1.1"}}
	}
	var err error
	if s.tcp, err = new(net.ListenConfig).Listen(ctx, "tcp", cfg.HTTP); err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	for path, h := range routes {
		mux.Handle(path, h)
		s.routes = append(s.routes, path)
	}
	slices.Sort(s.routes)
	mux.Handle("/play/", web.PlayHandler())
	mux.Handle("GET /{$}", http.RedirectHandler("/play/", http.StatusFound))
	mux.HandleFunc("GET /healthz", s.alive)
	mux.HandleFunc("GET /readyz", s.readiness)
	s.http = &http.Server{
		Handler:           mux,
		TLSConfig:         secure,
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(cfg.Log.Handler(), slog.LevelDebug),
	}
	return s, nil
}

// serve answers requests until the site is closed.
func (s *site) serve() {
	if s == nil {
		return
	}
	s.ready.Store(true)
	accept := s.tcp
	if s.http.TLSConfig != nil {
		accept = tls.NewListener(s.tcp, s.http.TLSConfig)
	}
	s.work.Go(func() { s.http.Serve(accept) })
}

// addrs are the site's URLs.
func (s *site) addrs() []string {
	host, secure := "://"+s.tcp.Addr().String(), s.scheme[len("http"):]
	urls := []string{s.scheme + host + "/play/"}
	for _, path := range s.routes {
		scheme := "ws"
		if path == "/rtc" {
			scheme = "rtc+ws"
		}
		urls = append(urls, scheme+secure+host+path)
	}
	slices.Reverse(urls)
	return urls
}

// unready makes the probe say that nobody should come any more.
func (s *site) unready() {
	if s != nil {
		s.ready.Store(false)
	}
}

func (s *site) close() error {
	if s == nil {
		return nil
	}
	s.unready()
	err := s.http.Close()
	s.tcp.Close() // http closes only what it serves
	s.work.Wait()
	return err
}
