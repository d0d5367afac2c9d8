package crosspeer

import "slices"

// Attach brings a remote into the session: on a server a client, on a client
// the server, in a mesh another member. On a server it is announced to the
// clients and they to it, so the link is used before Attach returns; a link
// that is a Welcomer is first told its remote's id. Errors are those of Knock,
// and ErrAlreadyActive on a client that has its server.
//
// hello is what Knock returned if the transport has called it. If the program
// has to decide, and Knock was not called or the program waits for the first
// packet, the remote is not in the session yet when Attach returns; the link is
// told its remote's id, and nothing else is sent to it. If the program refuses,
// it is closed with ReasonRefused.
//
// The transport calls Port.Detach once for each port, whatever ended the
// connection.
func (h *Hub) Attach(l Link, hello Hello) (*Port, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	port := &Port{hub: h, link: l}
	port.resumer, _ = l.(Resumer)
	attach := h.attachClient
	switch h.role {
	case roleClient:
		attach = h.attachServer
	case roleMesh:
		attach = h.attachMember
	}
	if err := attach(port, hello); err != nil {
		return nil, err
	}
	return port, nil
}

// attachClient is Attach on a server. The lock is held.
func (h *Hub) attachClient(port *Port, hello Hello) error {
	if info := port.link.Info(); hello.Transport == "" {
		hello.Transport = info.Transport
		if !hello.RemoteAddr.IsValid() {
			hello.RemoteAddr = info.RemoteAddr
		}
	}
	a, err := h.examine(hello)
	if err == nil {
		port.addr = hello.RemoteAddr.Addr()
		err = h.guard.hold(port.addr)
	}
	if err == nil {
		if port.id = hello.ID; port.id == 0 {
			port.id = h.DrawID()
		}
		if err = h.place(port, a); err == nil {
			return nil
		}
		h.guard.release(port.addr)
	}
	if a == nil {
		a = hello.admission
	}
	if a != nil {
		a.cancel(err)
	}
	h.Refuse()
	return err
}

// place gives a port that has its id its place: in the session, or among those
// that wait for the program. It fails if the program has refused the remote
// meanwhile. The lock is held.
func (h *Hub) place(port *Port, a *admission) error {
	waits, g := false, Grant{}
	if a != nil {
		if waits = !a.attach(port); !waits {
			if a.err != nil {
				return a.err
			}
			g = a.grant
		}
	}
	if err := g.fits(port.id); err != nil {
		return err
	}
	if w, ok := port.link.(Welcomer); ok {
		w.Welcome(port.id)
	}
	if waits {
		h.wait(port, a)
		return nil
	}
	port.granted(g)
	h.enter(port)
	return nil
}

// examine says whether a client may come in, and what the program thinks of
// it, nil if it is not asked. The lock is held.
func (h *Hub) examine(hello Hello) (*admission, error) {
	if err := h.Admit(hello.RemoteAddr, hello.ID); err != nil {
		return nil, err
	}
	if hello.knocked {
		return hello.admission, nil
	}
	if err := h.guard.connect(hello.RemoteAddr.Addr()); err != nil || !h.asks() {
		return nil, err
	}
	return h.begin(hello)
}

// enter makes a port a member and tells everybody. The lock is held.
func (h *Hub) enter(port *Port) {
	m := h.members.Load()
	// The newcomer hears of the others before any of them can reach it, and
	// they hear of it when it can be reached.
	if h.cfg.Relay == RelayOn {
		for _, other := range m.ids {
			announce([]*Port{port}, FrameAdd, other)
		}
	}
	h.members.Store(m.with(port.id, port))
	if h.cfg.Relay == RelayOn {
		announce(m.ports, FrameAdd, port.id)
	}
	h.inbox.signal(PeerConnected{port.id})
}

// ports are all clients, those included that wait to be let in. The lock is
// held.
func (h *Hub) ports() []*Port {
	all := slices.Clone(h.members.Load().ports)
	for p := range h.pending {
		all = append(all, p)
	}
	return all
}

// attachServer is Attach on a client. The lock is held.
func (h *Hub) attachServer(p *Port, _ Hello) error {
	m := h.members.Load()
	switch {
	case h.leaving.Load():
		return ErrClosed
	case m.has(TargetServer):
		return ErrAlreadyActive
	}
	p.id = TargetServer
	h.members.Store(m.with(TargetServer, p))
	h.inbox.signal(PeerConnected{TargetServer})
	h.inbox.signal(ConnectionSucceeded{})
	return nil
}

// announce tells clients that another one is there or has gone.
func announce(to []*Port, kind FrameKind, id PeerID) {
	f := getFrame()
	defer putFrame(f)
	f.Kind, f.Peer, f.Mode = kind, id, Reliable
	for _, p := range to {
		p.send(f)
	}
}
