package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"strings"
	"syscall"

	"crosspeer"
	"crosspeer/server"
)

// explain says in one line what went wrong and what to do about it. Errors of
// connections contain their URL, and that a token that is nobody's business.
func explain(err error) string {
	return tokenInURL.ReplaceAllString(plainly(err), "${1}…")
}

// tokenInURL is the token of admit.Query.
var tokenInURL = regexp.MustCompile(`([?&]token=)[^&\s":]+`)

func plainly(err error) string {
	var dns *net.DNSError
	var addr *net.AddrError
	var lost *crosspeer.DisconnectError
	var op *net.OpError
	var plain tls.RecordHeaderError
	var clear *plainError
	switch {
	case errors.As(err, &clear):
		text := explain(clear.error)
		if strings.HasSuffix(text, silence) {
			text += " If it encrypts, the URL begins with enets://"
		}
		return text
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Sprintf("%s: the port is in use by another program; choose another one with %s", listenOf(err), flagOf(err))
	case errors.Is(err, syscall.EACCES):
		return fmt.Sprintf("%s: not allowed; choose a port above 1023 with %s", listenOf(err), flagOf(err))
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return fmt.Sprintf("%s: this machine has no such address; see %s", listenOf(err), flagOf(err))
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Sprintf("nobody listens at %s; is the server running, and the port right?", remoteOf(err))
	case errors.As(err, &dns):
		return fmt.Sprintf("host %q: %s; check its spelling", dns.Name, dns.Err)
	case errors.As(err, &addr):
		return fmt.Sprintf("address %q: %s; want host:port", addr.Addr, addr.Err)
	case errors.As(err, &lost):
		return hint(lost.Reason)
	case errors.Is(err, context.DeadlineExceeded):
		return strings.TrimSuffix(trim(err.Error()), ": context deadline exceeded") + silence
	case errors.As(err, &plain), errors.Is(err, http.ErrSchemeMismatch):
		return trim(err.Error()) + "; the server speaks no TLS there: the URL's scheme is ws or rtc+ws then"
	case errors.As(err, &op):
		return op.Error()
	}
	return trim(err.Error())
}

// silence is what to look at when nobody answers.
const silence = "; is the server running, and the port right?"

// plainError is a connection over ENet without encryption that was not made: a
// server that wants it encrypted does not answer.
type plainError struct{ error }

// Unwrap gives the error itself.
func (e *plainError) Unwrap() error { return e.error }

func hint(r crosspeer.Reason) string {
	switch r.Code {
	case crosspeer.ReasonNoReply:
		return trim(r.String()) + silence
	case crosspeer.ReasonRefused:
		if strings.Contains(r.Text, ": ") {
			return r.Text // the server has said why
		}
		return r.String() + ": it is full, takes no new connections, or the id is in use"
	}
	return trim(r.String())
}

// listenOf names what could not be listened on.
func listenOf(err error) string {
	var op *net.OpError
	if errors.As(err, &op) && op.Addr != nil {
		return fmt.Sprintf("listen on %v/%s", op.Addr, op.Net)
	}
	return "listen"
}

// remoteOf names what could not be connected to.
func remoteOf(err error) string {
	var op *net.OpError
	if errors.As(err, &op) && op.Addr != nil {
		return op.Addr.String()
	}
	return "the address"
}

// flagOf names the flag that says where to listen.
func flagOf(err error) string {
	var listen *server.ListenError
	if errors.As(err, &listen) {
		return "--" + strings.ToLower(listen.Field)
	}
	return "the address's flag"
}

// trim takes the packages' names off an error's text.
func trim(s string) string {
	for _, p := range []string{"crosspeer: ", "enetlink: ", "wslink: ", "rtclink: ", "signaling: ", "server: ", "dtls: ", "enet: ", "variant: ", "token: ", "jwt: "} {
		s = strings.TrimPrefix(s, p)
		for _, before := range []string{": ", "\n"} {
			s = strings.ReplaceAll(s, before+p, before)
		}
	}
	return s
}
