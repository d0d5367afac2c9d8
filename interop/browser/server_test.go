package browser

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"crosspeer"
	"crosspeer/link/memlink"
	"crosspeer/link/rtclink"
	"crosspeer/link/wslink"
	"crosspeer/web"
)

// server is a session with everything that a browser needs, over HTTP.
type server struct {
	*goPeer
	base    string // "http://127.0.0.1:12345"
	network *memlink.Network
}

// serve starts a server for one test.
func serve(t *testing.T, cfg *crosspeer.Config) *server {
	t.Helper()
	network := memlink.New()
	ws, rtc := wslink.NewHandler(), rtclink.NewHandler(rtclink.Config{UDPAddr: "127.0.0.1:0"})
	peer, err := crosspeer.Listen(t.Context(), cfg, network.Listen(), ws, rtc)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/play/", web.PlayHandler())
	mux.Handle("/ws", ws)
	mux.Handle("/rtc", rtc)
	mux.HandleFunc("/blank", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", web.Policy)
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<!doctype html><title>blank</title>")
	})
	h := httptest.NewServer(mux)
	t.Cleanup(h.Close)
	return &server{watch(t, peer), h.URL, network}
}

// url is where a transport's clients connect to.
func (s *server) url(transport string) string {
	host := strings.TrimPrefix(s.base, "http://")
	if transport == "webrtc" {
		return "rtc+ws://" + host + "/rtc"
	}
	return "ws://" + host + "/ws"
}

// join makes a Go client, in memory.
func (s *server) join() *goPeer {
	s.t.Helper()
	p, err := crosspeer.Dial(s.t.Context(), nil, s.network.Dial())
	if err != nil {
		s.t.Fatal(err)
	}
	return watch(s.t, p)
}

// every runs a test over each transport that browsers have.
func every(t *testing.T, f func(t *testing.T, transport string)) {
	for _, transport := range transports {
		t.Run(transport, func(t *testing.T) { f(t, transport) })
	}
}

var transports = []string{"websocket", "webrtc"}
