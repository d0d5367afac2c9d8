package server

import (
	"fmt"
	"net/http"
	"sync/atomic"
)

// health answers the probes of whoever runs the server.
type health struct{ ready atomic.Bool }

// alive is /healthz: the process serves HTTP.
func (h *health) alive(w http.ResponseWriter, _ *http.Request) { probe(w, http.StatusOK, "ok") }

// readiness is /readyz: games can join. It is 503 before all transports are
// open and as soon as the server begins to stop.
func (h *health) readiness(w http.ResponseWriter, _ *http.Request) {
	if h.ready.Load() {
		probe(w, http.StatusOK, "ready")
	} else {
		probe(w, http.StatusServiceUnavailable, "not ready")
	}
}

func probe(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	fmt.Fprintln(w, text)
}
