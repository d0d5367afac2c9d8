// Package entry is what links over HTTP have in common when somebody comes:
// what a request says of him, and how he is refused.
package entry

import (
	"crypto/tls"
	"errors"
	"net/http"
	"net/netip"
	"strings"

	"crosspeer"
)

// Hello is what a request says of who comes.
func Hello(r *http.Request, transport string) crosspeer.Hello {
	h := crosspeer.Hello{
		Transport: transport,
		Request: &crosspeer.Request{
			Host: r.Host, Path: r.URL.Path, Query: r.URL.Query(), Header: r.Header,
			Cookies: cookies(r), Subprotocols: Subprotocols(r),
		},
		TLS: tlsState(r.TLS),
	}
	if a, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		h.RemoteAddr = netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
	}
	return h
}

func cookies(r *http.Request) map[string]string {
	all := make(map[string]string)
	for _, c := range r.Cookies() {
		if _, ok := all[c.Name]; !ok {
			all[c.Name] = c.Value // the first is the one of the closest path
		}
	}
	return all
}

// Subprotocols are those that a request asks for, in its order.
func Subprotocols(r *http.Request) (names []string) {
	for _, line := range r.Header.Values("Sec-WebSocket-Protocol") {
		for name := range strings.SplitSeq(line, ",") {
			names = append(names, strings.TrimSpace(name))
		}
	}
	return names
}

func tlsState(s *tls.ConnectionState) *crosspeer.TLSState {
	if s == nil {
		return nil
	}
	state := &crosspeer.TLSState{TLSInfo: TLSInfo(s)}
	for _, c := range s.PeerCertificates {
		state.PeerCertificates = append(state.PeerCertificates, c.Raw)
	}
	return state
}

// TLSInfo is the encryption of a connection over TCP.
func TLSInfo(s *tls.ConnectionState) crosspeer.TLSInfo {
	return crosspeer.TLSInfo{
		Version: tls.VersionName(s.Version), CipherSuite: tls.CipherSuiteName(s.CipherSuite), ServerName: s.ServerName,
	}
}

// Status is the HTTP status for an error of Hub.Knock. Source: RFC 9110,
// section 15, and RFC 6585, section 4.
func Status(err error) int {
	switch {
	case errors.Is(err, crosspeer.ErrTooOften):
		return http.StatusTooManyRequests
	case errors.Is(err, crosspeer.ErrRefused), errors.Is(err, crosspeer.ErrFull), errors.Is(err, crosspeer.ErrClosed):
		return http.StatusServiceUnavailable
	}
	return http.StatusForbidden
}
