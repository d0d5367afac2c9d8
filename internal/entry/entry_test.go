package entry_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"testing"

	"crosspeer"
	"crosspeer/internal/entry"
)

func TestHelloHasWhatTheRequestSays(t *testing.T) {
	r := httptest.NewRequest("GET", "https://game.example/ws?ticket=7&ticket=8", nil)
	r.RemoteAddr = "[::ffff:192.0.2.7]:4000"
	r.Header.Add("Cookie", "session=near; session=far; lang=de")
	r.Header.Add("Sec-WebSocket-Protocol", "binary, token.x")
	r.Header.Add("Sec-WebSocket-Protocol", "more")
	r.Header.Set("Authorization", "Bearer b")
	r.TLS = &tls.ConnectionState{Version: tls.VersionTLS13, CipherSuite: tls.TLS_AES_128_GCM_SHA256, ServerName: "game.example",
		PeerCertificates: []*x509.Certificate{{Raw: []byte("own")}, {Raw: []byte("authority")}}}
	h := entry.Hello(r, "websocket")
	if h.Transport != "websocket" || h.RemoteAddr.String() != "192.0.2.7:4000" {
		t.Errorf("%s from %v", h.Transport, h.RemoteAddr)
	}
	q := h.Request
	if q.Host != "game.example" || q.Path != "/ws" || q.Header["Authorization"][0] != "Bearer b" ||
		!reflect.DeepEqual(q.Query["ticket"], []string{"7", "8"}) ||
		!reflect.DeepEqual(q.Cookies, map[string]string{"session": "near", "lang": "de"}) ||
		!reflect.DeepEqual(q.Subprotocols, []string{"binary", "token.x", "more"}) {
		t.Errorf("%+v", q)
	}
	want := &crosspeer.TLSState{TLSInfo: crosspeer.TLSInfo{Version: "TLS 1.3", CipherSuite: "TLS_AES_128_GCM_SHA256", ServerName: "game.example"},
		PeerCertificates: [][]byte{[]byte("own"), []byte("authority")}}
	if !reflect.DeepEqual(h.TLS, want) {
		t.Errorf("%+v", h.TLS)
	}
	r.TLS = nil
	if h := entry.Hello(r, "webrtc"); h.TLS != nil {
		t.Errorf("without TLS: %+v", h.TLS)
	}
}

func TestStatus(t *testing.T) {
	for err, want := range map[error]int{
		crosspeer.ErrTooOften: http.StatusTooManyRequests,
		crosspeer.ErrFull:     http.StatusServiceUnavailable,
		crosspeer.ErrRefused:  http.StatusServiceUnavailable,
		crosspeer.ErrClosed:   http.StatusServiceUnavailable,
		crosspeer.ErrBanned:   http.StatusForbidden,
		errors.New("no"):      http.StatusForbidden,
	} {
		if got := entry.Status(fmt.Errorf("%w: why", err)); got != want {
			t.Errorf("%v: %d, want %d", err, got, want)
		}
	}
}
