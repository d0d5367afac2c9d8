package enetlink

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"

	"crosspeer"
	"crosspeer/enet"
)

// host is ENet in the service of a session: one host of it, or on a server
// with several sockets, one for each.
type host struct {
	cfg  Config
	hub  *crosspeer.Hub
	host *enet.Host // of several the first
	more []*enet.Host

	// links counts those in the session. One whose connection has ended stays
	// until the program has taken what came before the end.
	links atomic.Int32

	crowd *crowd  // of a server with several sockets
	dial  dialing // clients only
}

// Addr implements crosspeer.Transport.
func (h *host) Addr() string {
	scheme := "enet://"
	if h.cfg.Security != nil {
		scheme = "enets://"
	}
	return scheme + h.host.LocalAddr().String()
}

// Limits implements crosspeer.Limiter.
func (h *host) Limits() crosspeer.Limits {
	return crosspeer.Limits{MaxPacketBytes: h.cfg.MaxPacketBytes}
}

// Close implements crosspeer.Transport.
func (h *host) Close() error {
	var all sync.WaitGroup
	for _, eh := range h.more {
		all.Go(func() { eh.Close() })
	}
	err := h.host.Close()
	all.Wait()
	return err
}

// server is the configuration of a server's ENet host.
func (h *host) server() *enet.Config {
	ec := h.cfg.enet(true)
	ec.Admit = h.admit
	frame := new(crosspeer.Frame) // the one in use on the host's goroutine
	ec.Handler = func(ev enet.Event) { h.handle(ev, frame) }
	return ec
}

// transport is the name of this one.
const transport = "enet"

// admit decides about a request to connect. It runs inside the ENet host and
// must not call it.
func (h *host) admit(from netip.AddrPort, data uint32) enet.Admission {
	err := h.hub.Admit(from, clientID(data))
	if err == nil && int(h.links.Load()) >= h.cfg.MaxClients {
		err = crosspeer.ErrFull
	}
	if err == nil && h.crowd.full(from.Addr()) {
		h.hub.Refuse()
		return enet.Ignore // as the ENet host does by itself
	}
	if err == nil {
		return enet.Admit
	}
	h.hub.Refuse()
	if errors.Is(err, crosspeer.ErrFull) && !h.cfg.AnswerWhenFull {
		return enet.Ignore
	}
	return enet.Reject
}

// clientID is the id in the data of a request to connect. Zero, which no
// client may have, would ask the hub to choose one.
func clientID(data uint32) crosspeer.PeerID {
	if data == 0 {
		return -1
	}
	return crosspeer.PeerID(int32(data))
}

// handle takes the events of a server's host, on its goroutine.
func (h *host) handle(ev enet.Event, f *crosspeer.Frame) {
	if ev.Type == enet.EventConnect {
		h.join(ev)
	} else if l, ok := ev.Peer.Value().(*link); ok {
		l.receive(ev, f)
	}
}

// join brings a client into the session.
func (h *host) join(ev enet.Event) {
	l := &link{cfg: &h.cfg, peer: ev.Peer, host: h}
	h.cfg.tune(ev.Peer)
	hello := crosspeer.Hello{
		ID: clientID(ev.ConnectData), ConnectData: ev.ConnectData,
		Transport: transport, RemoteAddr: ev.Peer.RemoteAddr(),
	}
	if info := crosspeer.TLSInfo(ev.Peer.Security()); info.Version != "" {
		hello.TLS = &crosspeer.TLSState{TLSInfo: info}
	}
	if !h.enter(hello.RemoteAddr.Addr()) {
		h.hub.Refuse()
		ev.Peer.DisconnectNow(0)
		return
	}
	port, err := h.hub.Attach(l, hello)
	if err != nil {
		// Somebody was faster than this client's last handshake datagram, or
		// its address comes too often.
		h.leave(hello.RemoteAddr.Addr())
		ev.Peer.DisconnectNow(0)
		return
	}
	l.port = port
	ev.Peer.SetValue(l)
}

// enter counts a client that comes in, and leave one that goes. A host by itself
// has seen to its limits when it accepted the client; of several each knows only
// its own, and somebody may have been faster at another.
func (h *host) enter(from netip.Addr) bool {
	if n := h.links.Add(1); h.crowd != nil && (int(n) > h.cfg.MaxClients || !h.crowd.enter(from)) {
		h.links.Add(-1)
		return false
	}
	return true
}

func (h *host) leave(from netip.Addr) {
	h.links.Add(-1)
	h.crowd.leave(from)
}

// reason says in words why a connection ended.
func reason(ev enet.Event) crosspeer.Reason {
	r := crosspeer.Reason{Text: ev.Reason.String()}
	switch ev.Reason {
	case enet.ReasonRemote:
		r.Code, r.By = crosspeer.ReasonClosed, crosspeer.ByRemote
	case enet.ReasonLocal:
		r.Code, r.By = crosspeer.ReasonClosed, crosspeer.ByLocal
	case enet.ReasonTimeout:
		r.Code = crosspeer.ReasonTimeout
		r.Text = fmt.Sprintf("timeout (no acknowledgement for %.1f s)", ev.Silent.Seconds())
	case enet.ReasonNoReply:
		r.Code = crosspeer.ReasonNoReply
		r.Text = fmt.Sprintf("no reply from %v within %.1f s", ev.Peer.RemoteAddr(), ev.Silent.Seconds())
	case enet.ReasonRefused:
		r.Code, r.By = crosspeer.ReasonRefused, crosspeer.ByRemote
		r.Text = "refused by the server"
	case enet.ReasonSecurity:
		return insecure(ev.Cause, r)
	case enet.ReasonHandshake:
		r.Code, r.By = crosspeer.ReasonProtocol, crosspeer.ByRemote
	}
	return r
}

// insecure says in words why a connection was not or is not encrypted.
func insecure(cause error, r crosspeer.Reason) crosspeer.Reason {
	if cause != nil {
		r.Text = cause.Error()
	}
	switch {
	case errors.Is(cause, os.ErrDeadlineExceeded):
		r.Code = crosspeer.ReasonNoReply
	case errors.Is(cause, io.EOF):
		r.Code, r.By = crosspeer.ReasonClosed, crosspeer.ByRemote
	default:
		r.Code, r.By = crosspeer.ReasonProtocol, crosspeer.ByPolicy
	}
	return r
}
