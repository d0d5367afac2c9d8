package enetlink

import (
	"fmt"
	"net/netip"

	"crosspeer"
	"crosspeer/enet"
)

// host is an ENet host in the service of a session.
type host struct {
	cfg  Config
	hub  *crosspeer.Hub
	host *enet.Host

	// frame is the one in use on the host's goroutine.
	frame crosspeer.Frame

	// client is the way of a dialing host's first event to Dial.
	client chan enet.Event
	link   *link
}

// Addr implements crosspeer.Transport.
func (h *host) Addr() string { return "enet://" + h.host.LocalAddr().String() }

// Close implements crosspeer.Transport.
func (h *host) Close() error { return h.host.Close() }

// admit decides about a request to connect. It runs inside the ENet host and
// must not call it.
func (h *host) admit(_ netip.AddrPort, data uint32) enet.Admission {
	id := crosspeer.PeerID(int32(data))
	if id == 0 {
		id = -1 // 0 would ask the hub to choose
	}
	if h.hub.Admit(id) != nil {
		h.hub.Refuse()
		return enet.Reject
	}
	return enet.Admit
}

// handle takes the events of a server's host, on its goroutine.
func (h *host) handle(ev enet.Event) {
	l, _ := ev.Peer.Value().(*link)
	switch {
	case ev.Type == enet.EventConnect:
		h.join(ev)
	case l == nil: // was not let in
	case ev.Type == enet.EventReceive:
		l.receive(ev, &h.frame)
	default:
		l.port.Detach(reason(ev))
	}
}

// join brings a client into the session.
func (h *host) join(ev enet.Event) {
	l := &link{cfg: &h.cfg, peer: ev.Peer, host: h}
	h.cfg.tune(ev.Peer)
	id := crosspeer.PeerID(int32(ev.ConnectData))
	if id == 0 {
		id = -1
	}
	port, err := h.hub.Attach(l, crosspeer.Hello{ID: id})
	if err != nil {
		// Somebody was faster than this client's last handshake datagram.
		ev.Peer.DisconnectNow(0)
		return
	}
	l.port = port
	ev.Peer.SetValue(l)
}

// handleClient takes the events of a client's host, on its goroutine. The
// first one is Dial's to judge; the link is attached here, so that nothing
// that follows can overtake it.
func (h *host) handleClient(ev enet.Event) {
	if h.link != nil {
		h.handle(ev)
		return
	}
	switch ev.Type {
	case enet.EventConnect:
		h.cfg.tune(ev.Peer)
		l := &link{cfg: &h.cfg, peer: ev.Peer, host: h, client: true}
		port, err := h.hub.Attach(l, crosspeer.Hello{ID: crosspeer.TargetServer})
		if err != nil {
			ev.Peer.DisconnectNow(0)
			return
		}
		l.port, h.link = port, l
		ev.Peer.SetValue(l)
		h.tell(ev)
	case enet.EventDisconnect:
		h.tell(ev)
	}
}

// tell passes an event to Dial, if it still listens.
func (h *host) tell(ev enet.Event) {
	select {
	case h.client <- ev:
	default:
	}
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
	case enet.ReasonHandshake:
		r.Code, r.By = crosspeer.ReasonProtocol, crosspeer.ByRemote
	}
	return r
}
