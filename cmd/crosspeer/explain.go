package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"

	"crosspeer"
)

// explain says in one line what went wrong and what to do about it.
func explain(err error) string {
	var dns *net.DNSError
	var addr *net.AddrError
	var lost *crosspeer.DisconnectError
	var op *net.OpError
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Sprintf("%s: the port is in use by another program; choose another one with %s", listenOf(err), flagOf(err))
	case errors.Is(err, syscall.EACCES):
		return fmt.Sprintf("%s: not allowed; choose a port above 1023 with %s", listenOf(err), flagOf(err))
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return fmt.Sprintf("%s: this machine has no such address; see %s", listenOf(err), flagOf(err))
	case errors.As(err, &dns):
		return fmt.Sprintf("host %q: %s; check its spelling", dns.Name, dns.Err)
	case errors.As(err, &addr):
		return fmt.Sprintf("address %q: %s; want host:port", addr.Addr, addr.Err)
	case errors.As(err, &lost):
		return hint(lost.Reason)
	case errors.Is(err, context.DeadlineExceeded):
		return strings.TrimSuffix(trim(err.Error()), ": context deadline exceeded") +
			"; is the server running, and the port right?"
	case errors.As(err, &op):
		return op.Error()
	}
	return trim(err.Error())
}

func hint(r crosspeer.Reason) string {
	switch r.Code {
	case crosspeer.ReasonNoReply:
		return r.String() + "; is the server running, and the port right?"
	case crosspeer.ReasonRefused:
		return r.String() + ": it is full, takes no new connections, or the id is in use"
	}
	return r.String()
}

// listenOf names what could not be listened on.
func listenOf(err error) string {
	var op *net.OpError
	if errors.As(err, &op) && op.Addr != nil {
		return fmt.Sprintf("listen on %v/%s", op.Addr, op.Net)
	}
	return "listen"
}

// flagOf names the flag that says where to listen.
func flagOf(err error) string {
	var op *net.OpError
	if errors.As(err, &op) && op.Net == "tcp" {
		return "--http"
	}
	return "--enet"
}

// trim takes the packages' names off an error's text.
func trim(s string) string {
	for _, p := range []string{"crosspeer: ", "enetlink: ", "wslink: ", "rtclink: ", "server: ", "enet: ", "variant: "} {
		s = strings.ReplaceAll(s, p, "")
	}
	return s
}
