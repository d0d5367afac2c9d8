package crosspeer_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"crosspeer"
)

// stage is a transport in the hands of a test, which attaches the links
// itself.
type stage struct {
	*testing.T
	hub    *crosspeer.Hub
	limits crosspeer.Limits
	mesh   crosspeer.PeerID // this member of a mesh, 50 if 0
	compat bool             // of a mesh
	fails  error            // of opening
	broken error            // of closing
	closed int
}

func (s *stage) open(hub *crosspeer.Hub) (crosspeer.Transport, error) {
	s.hub = hub
	if s.fails != nil {
		return nil, s.fails
	}
	return s, nil
}

func (s *stage) Listen(_ context.Context, hub *crosspeer.Hub) (crosspeer.Transport, error) {
	return s.open(hub)
}

func (s *stage) Mesh(_ context.Context, hub *crosspeer.Hub) (crosspeer.Transport, error) {
	hub.EnterMesh(cmp.Or(s.mesh, 50), s.compat)
	return s.open(hub)
}

func (s *stage) Addr() string             { return "stage:" }
func (s *stage) Limits() crosspeer.Limits { return s.limits }

func (s *stage) Close() error {
	s.closed++
	return s.broken
}

// server makes a server on a stage of its own.
func server(t *testing.T, cfg crosspeer.Config) (*crosspeer.Peer, *stage) {
	t.Helper()
	s := &stage{T: t}
	p, err := crosspeer.Listen(t.Context(), &cfg, s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p, s
}

// enter attaches a remote.
func (s *stage) enter(id crosspeer.PeerID) *remote {
	s.Helper()
	r := new(remote)
	s.attach(r, r, id)
	return r
}

// enterPatient attaches a remote that can be pushed back.
func (s *stage) enterPatient(id crosspeer.PeerID, resumed func()) *remote {
	s.Helper()
	r := new(remote)
	s.attach(r, patient{r, resumed}, id)
	return r
}

func (s *stage) attach(r *remote, l crosspeer.Link, id crosspeer.PeerID) {
	s.Helper()
	port, err := s.hub.Attach(l, crosspeer.Hello{ID: id})
	if err != nil {
		s.Fatal(err)
	}
	r.Port = port
}

// remote is a link that writes down what it is given, and its port.
type remote struct {
	*crosspeer.Port

	mu     sync.Mutex
	answer crosspeer.SendResult
	log    []string
}

func (r *remote) say(format string, v ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.log = append(r.log, fmt.Sprintf(format, v...))
}

// said gives what was written down since the last time.
func (r *remote) said() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	log := r.log
	r.log = nil
	return log
}

// refuses makes the link answer Send so from now on.
func (r *remote) refuses(with crosspeer.SendResult) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = with
}

func (r *remote) Send(f *crosspeer.Frame) crosspeer.SendResult {
	if f.Kind == crosspeer.FramePacket {
		r.say("%d to %d: %s", f.From, f.To, f.Data)
	} else {
		r.say("%v %d", f.Kind, f.Peer)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.answer
}

func (r *remote) Close(why crosspeer.Reason, now bool) {
	r.say("close now=%v: %v by %v", now, why.Code, why.By)
}
func (r *remote) Info() crosspeer.LinkInfo   { return crosspeer.LinkInfo{Transport: "stage"} }
func (r *remote) Stats() crosspeer.LinkStats { return crosspeer.LinkStats{QueuedBytes: 7} }

// gives delivers a packet of the remote.
func (r *remote) gives(p crosspeer.Packet) crosspeer.Verdict {
	return r.Deliver(&crosspeer.Frame{Packet: p})
}

// reliably delivers a text for the server, or on a client for the program.
func (r *remote) reliably(text string) crosspeer.Verdict {
	return r.gives(crosspeer.Packet{From: r.ID(), To: crosspeer.TargetServer, Mode: crosspeer.Reliable, Channel: 1, Data: []byte(text)})
}

// unreliably is reliably in the other mode.
func (r *remote) unreliably(text string) crosspeer.Verdict {
	return r.gives(crosspeer.Packet{From: r.ID(), To: crosspeer.TargetServer, Channel: 2, Data: []byte(text)})
}

type patient struct {
	*remote
	resumed func()
}

func (p patient) Resume() { p.resumed() }

// polite is a link whose transport tells remotes their ids.
type polite struct{ *remote }

func (p polite) Welcome(id crosspeer.PeerID) { p.say("welcome %d", id) }

// next takes an event in words.
func next(t *testing.T, p *crosspeer.Peer) string {
	t.Helper()
	ev, err := p.Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return describe(ev)
}

// quiet checks that no event waits.
func quiet(t *testing.T, p *crosspeer.Peer) {
	t.Helper()
	done, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.PollContext(done); err == nil {
		t.Error("an event waits")
	}
}

func describe(ev crosspeer.Event) string {
	switch ev := ev.(type) {
	case crosspeer.PeerConnected:
		return fmt.Sprintf("connected %d", ev.ID)
	case crosspeer.PeerDisconnected:
		return fmt.Sprintf("disconnected %d: %v", ev.ID, ev.Reason)
	case crosspeer.PacketReceived:
		return fmt.Sprintf("%d: %s", ev.From, ev.Data)
	case crosspeer.ServerDisconnected:
		return fmt.Sprintf("server disconnected: %v", ev.Reason)
	case crosspeer.ConnectionFailed:
		return fmt.Sprintf("failed: %v", ev.Err)
	}
	return "succeeded"
}

// expect takes events and compares them.
func expect(t *testing.T, p *crosspeer.Peer, want ...string) {
	t.Helper()
	for _, w := range want {
		if got := next(t, p); got != w {
			t.Fatalf("event %q, want %q", got, w)
		}
	}
}

func equal(t *testing.T, what string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}
