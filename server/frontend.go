package server

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"crosspeer/internal/site"
	"crosspeer/web"
)

// frontend is the HTTP server. A nil one does nothing.
type frontend struct {
	health
	web    *site.Site
	mux    *http.ServeMux
	routes []string // of links
}

const (
	// requestTime bounds a request and its answer, TLS included, and keepAlive
	// is how long a connection may wait for the next one.
	requestTime = 30 * time.Second
	keepAlive   = time.Minute
)

// openFrontend listens. Requests are answered from serve on.
func openFrontend(ctx context.Context, cfg *Config, routes map[string]http.Handler) (*frontend, error) {
	own := site.Config{
		Patience: requestTime, KeepAlive: keepAlive,
		ErrorLog: slog.NewLogLogger(cfg.Log.Handler(), slog.LevelDebug),
	}
	if cfg.TLSCert != "" {
		cert, err := newCertificate(cfg.TLSCert, cfg.TLSKey, cfg.Log)
		if err != nil {
			return nil, err
		}
		own.TLS = &tls.Config{GetCertificate: cert.get}
	}
	listening, err := site.Listen(ctx, cfg.HTTP, own)
	if err != nil {
		return nil, &ListenError{"HTTP", err}
	}
	s := &frontend{web: listening}
	mux := http.NewServeMux()
	for path, h := range routes {
		mux.Handle(path, h)
		s.routes = append(s.routes, path)
	}
	slices.Sort(s.routes)
	mux.Handle("/play/", web.PlayHandler())
	mux.HandleFunc("/", s.elsewhere)
	mux.HandleFunc("GET /healthz", s.alive)
	mux.HandleFunc("GET /readyz", s.readiness)
	s.mux = mux
	return s, nil
}

// elsewhere answers under all other paths: "/" leads to the page, and a
// WebSocket is told where it could have gone.
func (s *frontend) elsewhere(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Header.Get("Upgrade") != "":
		http.Error(w, "nothing to join here; the session is at "+strings.Join(s.routes, " and "), http.StatusNotFound)
	case r.URL.Path == "/" && r.Method == http.MethodGet:
		http.Redirect(w, r, "/play/", http.StatusFound)
	default:
		http.NotFound(w, r)
	}
}

// serve answers requests until the frontend is closed.
func (s *frontend) serve() {
	if s != nil {
		s.ready.Store(true)
		s.web.Serve(s.mux)
	}
}

// addrs are the frontend's URLs.
func (s *frontend) addrs() []string {
	secure := ""
	if s.web.Secure() {
		secure = "s"
	}
	host := secure + "://" + s.web.Addr()
	urls := []string{"http" + host + "/play/"}
	for _, path := range s.routes {
		scheme := "ws"
		if path == "/rtc" {
			scheme = "rtc+ws"
		}
		urls = append(urls, scheme+host+path)
	}
	slices.Reverse(urls)
	return urls
}

// unready makes the probe say that nobody should come any more.
func (s *frontend) unready() {
	if s != nil {
		s.ready.Store(false)
	}
}

func (s *frontend) close() error {
	if s == nil {
		return nil
	}
	s.unready()
	return s.web.Close()
}
