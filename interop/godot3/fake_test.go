package godot3

import (
	"slices"
	"testing"
	"time"
)

// fakeHub is a session in memory that keeps the rules, or breaks the one that
// a test names. It shows that the conversations notice, and what an actor
// written in Go needs.
type fakeHub struct {
	relay   bool
	breaks  string
	server  *fakeActor
	clients []*fakeActor // those that have joined, in order of joining
	nextID  int32
	puts    int
}

type fakeActor struct {
	*Log
	hub *fakeHub
	id  int32 // 0 outside of the session
}

var (
	_ Client = (*fakeActor)(nil)
	_ Actor  = (*Engine)(nil)
	_ Client = (*Player)(nil)
)

func newFakeHub(t testing.TB, relay bool, breaks string) (hub *fakeHub, clients []*fakeActor) {
	hub = &fakeHub{relay: relay, breaks: breaks, nextID: 900}
	actor := func(name string, id int32) *fakeActor {
		a := &fakeActor{Log: NewLog(t, name), hub: hub, id: id}
		// Nothing is under way once a call has returned, so waiting is
		// only ever for what does not come.
		a.SetPatience(10 * time.Millisecond)
		return a
	}
	hub.server = actor("server", ServerID)
	return hub, []*fakeActor{actor("client 1", 0), actor("client 2", 0), actor("client 3", 0)}
}

func (a *fakeActor) ID() int32 { return a.id }

func (a *fakeActor) Status() int {
	if a.id == 0 {
		return Disconnected
	}
	return Connected
}

func (a *fakeActor) Join() int {
	h := a.hub
	// Falling, so that the order of ids is not that of joining.
	h.nextID -= 100
	a.id = h.nextID
	a.Add(PeerConnected(ServerID))
	a.Add(Succeeded())
	h.server.Add(PeerConnected(a.id))
	if h.relay {
		others := slices.Clone(h.clients)
		if h.breaks != "order of announcements" {
			slices.SortFunc(others, func(x, y *fakeActor) int { return int(x.id - y.id) })
		}
		for _, c := range others {
			a.Add(PeerConnected(c.id))
			if h.breaks != "announcements to those present" {
				c.Add(PeerConnected(a.id))
			}
		}
	}
	h.clients = append(h.clients, a)
	return OK
}

func (a *fakeActor) Put(target int32, mode Mode, data []byte) int {
	h := a.hub
	fromServer := a == h.server
	valid := target == Everyone || h.breaks == "check of targets"
	for _, c := range append([]*fakeActor{h.server}, h.clients...) {
		if c != a && (h.relay || fromServer || c == h.server) && (target == c.id || target == -c.id) {
			valid = true
		}
	}
	switch {
	case a.id == 0:
		return ErrUnconfigured
	case !valid:
		return ErrInvalidParameter
	case !h.relay && !fromServer && target != ServerID && h.breaks != "relay off":
		return OK
	}
	h.puts++
	copies, fragile := 1, mode != Reliable && len(data) <= 1364
	switch {
	case h.breaks == "unreliable packets arrive" && fragile,
		h.breaks == "most unreliable packets arrive" && fragile && h.puts%3 == 0,
		h.breaks == "reliable packets arrive" && h.puts == 50:
		copies = 0
	case h.breaks == "packets arrive once" && mode == Unreliable:
		copies = 2
	}
	channel := 1
	if mode != Reliable && h.breaks != "channel of the mode" {
		channel = 2
	}
	for _, c := range append([]*fakeActor{h.server}, h.clients...) {
		if c == a && (h.breaks != "no echo" || target >= 0) {
			continue
		}
		meant := target == Everyone || target == c.id || target < 0 && target != -c.id
		if h.breaks == "all but the server" && target == -ServerID && c == h.server {
			meant = true
		}
		for range copies {
			if meant {
				c.Add(Packet(a.id, data, channel))
			}
		}
	}
	return OK
}

func (a *fakeActor) PutPattern(target int32, mode Mode, length, seed int) int {
	data := Pattern(length, seed)
	if a.hub.breaks == "large packets are whole" {
		data[length/2]++
	}
	return a.Put(target, mode, data)
}

func (a *fakeActor) Disconnect(id int32, _ bool) {
	h := a.hub
	at := slices.IndexFunc(h.clients, func(c *fakeActor) bool { return c.id == id })
	c := h.clients[at]
	c.Close()
	if h.breaks != "kicked clients hear of it" {
		c.Add(ServerDisconnected())
	}
}

func (a *fakeActor) Close() {
	h := a.hub
	if a == h.server {
		for _, c := range h.clients {
			c.id = 0
			c.Add(ServerDisconnected())
		}
		if h.breaks == "closing is silent" {
			a.Add(PeerDisconnected(1))
		}
		h.clients, a.id = nil, 0
		return
	}
	h.clients = slices.DeleteFunc(h.clients, func(c *fakeActor) bool { return c == a })
	h.server.Add(PeerDisconnected(a.id))
	for _, c := range h.clients {
		if h.relay {
			c.Add(PeerDisconnected(a.id))
		}
		if h.breaks == "leaving is told once" {
			c.Add(PeerDisconnected(a.id))
		}
	}
	a.id = 0
}

func TestConversationsNoticeABrokenRule(t *testing.T) {
	for _, test := range []struct {
		breaks  string
		noRelay bool
		says    string // empty: the conversation must pass
	}{
		{breaks: ""},
		{breaks: "", noRelay: true},
		{breaks: "most unreliable packets arrive"},
		{"order of announcements", false, "during joining of client 3"},
		{"announcements to those present", false, "during joining of client 2"},
		{"check of targets", false, "during server to server, unreliable"},
		{"relay off", true, "during client 1 to everyone, unreliable"},
		{"unreliable packets arrive", false, "during server to everyone, unreliable"},
		{"reliable packets arrive", false, "reliable"},
		{"packets arrive once", false, "during server to everyone, unreliable"},
		{"channel of the mode", false, "on channel 1"},
		{"no echo", false, "during server to all but client 1, unreliable"},
		{"all but the server", false, "during client 1 to all but server, unreliable"},
		{"large packets are whole", false, "during 65536 bytes from server, unreliable"},
		{"leaving is told once", true, "during leaving of client 1"},
		{"kicked clients hear of it", false, "during kicking of client 2"},
		{"closing is silent", false, "during closing of server"},
	} {
		name := "a session where the rule holds: " + test.breaks
		switch {
		case test.breaks == "":
			name = "a session that keeps every rule"
		case test.says != "":
			name = "broken: " + test.breaks
		}
		t.Run(name, func(t *testing.T) {
			p := tryOut(t, func(t testing.TB) {
				hub, clients := newFakeHub(t, !test.noRelay, test.breaks)
				s := &Session{Server: hub.server, NoRelay: test.noRelay}
				for _, c := range clients {
					s.Join(t, c)
				}
				s.Matrix(t)
				if s.NoRelay {
					s.Leave(t, clients[0])
					return
				}
				s.InOrder(t, 5)
				s.Large(t, 64<<10)
				s.Leave(t, clients[0])
				s.Kick(t, clients[1], true)
				s.Join(t, clients[0])
				s.End(t)
			})
			switch {
			case test.says != "":
				p.mustFail(t, test.says)
			case p.failed:
				t.Errorf("the conversation failed:\n%s", p.said())
			}
		})
	}
}
