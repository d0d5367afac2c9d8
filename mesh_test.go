package crosspeer_test

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"crosspeer"
)

// mesh makes member 50 of a mesh.
func mesh(t *testing.T, cfg crosspeer.Config, compat bool) (*crosspeer.Peer, *stage) {
	t.Helper()
	s := &stage{T: t, compat: compat}
	p, err := crosspeer.Join(t.Context(), &cfg, s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p, s
}

func TestAMeshIsConnectedWithoutAnybody(t *testing.T) {
	p, s := mesh(t, crosspeer.Config{}, false)
	if p.ConnectionStatus() != crosspeer.Connected || p.UniqueID() != 50 || p.IsServer() {
		t.Errorf("%v, %d, server: %v", p.ConnectionStatus(), p.UniqueID(), p.IsServer())
	}
	a, b := s.enter(70), s.enter(1)
	expect(t, p, "connected 70", "connected 1")
	a.Detach(crosspeer.Reason{Code: crosspeer.ReasonTimeout})
	b.Detach(crosspeer.Reason{Code: crosspeer.ReasonClosed, By: crosspeer.ByRemote})
	expect(t, p, "disconnected 70: timeout", "disconnected 1: closed by remote")
	if p.ConnectionStatus() != crosspeer.Connected {
		t.Error("it ends with member 1")
	}
	equal(t, "a member hears", append(a.said(), b.said()...), nil)
}

func TestInServerCompatibilityMemberOneOpensAndEndsTheSession(t *testing.T) {
	p, s := mesh(t, crosspeer.Config{}, true)
	s.enter(900)
	s.enter(70).Detach(crosspeer.Reason{}) // nobody was told of it
	s.enter(60)
	if p.ConnectionStatus() != crosspeer.Connecting {
		t.Errorf("the status is %v", p.ConnectionStatus())
	}
	r := s.enter(1)
	if p.ConnectionStatus() != crosspeer.Connected {
		t.Errorf("with member 1 it is %v", p.ConnectionStatus())
	}
	s.enter(80)
	expect(t, p, "connected 1", "succeeded", "connected 60", "connected 900", "connected 80")
	r.Detach(crosspeer.Reason{Code: crosspeer.ReasonTimeout})
	expect(t, p, "disconnected 1: timeout", "server disconnected: timeout")
	if _, err := p.Next(t.Context()); !errors.Is(err, crosspeer.ErrClosed) || p.ConnectionStatus() != crosspeer.Disconnected {
		t.Errorf("afterwards: %v, %v", err, p.ConnectionStatus())
	}
}

func TestMemberOneAwaitsNobody(t *testing.T) {
	p, s := new(crosspeer.Peer), &stage{T: t, mesh: 1, compat: true}
	if err := p.Join(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	s.enter(70)
	if p.ConnectionStatus() != crosspeer.Connected || p.UniqueID() != 1 {
		t.Errorf("%v, id %d", p.ConnectionStatus(), p.UniqueID())
	}
	expect(t, p, "connected 70")
}

func TestWhoIsAdmittedToAMesh(t *testing.T) {
	for _, tt := range []struct {
		name    string
		prepare func(*crosspeer.Peer)
		id      crosspeer.PeerID
		want    error
	}{
		{"another", nil, 60, nil},
		{"the server", nil, 1, nil},
		{"the highest id", nil, math.MaxInt32, nil},
		{"nobody's id", nil, 0, crosspeer.ErrInvalidID},
		{"a negative id", nil, -60, crosspeer.ErrInvalidID},
		{"itself", nil, 50, crosspeer.ErrInvalidID},
		{"an id that is in use", nil, 70, crosspeer.ErrDuplicateID},
		{"nobody while refusing", func(p *crosspeer.Peer) { p.SetRefuseNewConnections(true) }, 60, crosspeer.ErrRefused},
		{"nobody after Close", func(p *crosspeer.Peer) { p.Close() }, 60, crosspeer.ErrClosed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, s := mesh(t, crosspeer.Config{}, false)
			s.enter(70)
			if tt.prepare != nil {
				tt.prepare(p)
			}
			if _, err := s.hub.Attach(new(remote), crosspeer.Hello{ID: tt.id}); !errors.Is(err, tt.want) {
				t.Errorf("%v, want %v", err, tt.want)
			}
			if n := p.Stats().Refused; (n == 1) != (tt.want != nil) {
				t.Errorf("Refused is %d", n)
			}
		})
	}
	t.Run("nobody into a full one", func(t *testing.T) {
		p, s := mesh(t, crosspeer.Config{MaxPeers: 1}, false)
		s.enter(70)
		if _, err := s.hub.Attach(new(remote), crosspeer.Hello{ID: 60}); !errors.Is(err, crosspeer.ErrFull) || p.Stats().Refused != 1 {
			t.Errorf("%v, Refused is %d", err, p.Stats().Refused)
		}
	})
}

func TestAMeshRelaysNothing(t *testing.T) {
	p, s := mesh(t, crosspeer.Config{}, false)
	a, b := s.enter(70), s.enter(60)
	expect(t, p, "connected 70", "connected 60")
	for _, to := range []crosspeer.PeerID{0, 50, 60, -60, 1} {
		a.gives(crosspeer.Packet{From: 70, To: to, Data: fmt.Append(nil, to)})
	}
	a.gives(crosspeer.Packet{From: 60, Data: []byte("forged")})
	a.Deliver(&crosspeer.Frame{Kind: crosspeer.FrameRemove, Peer: 60})
	expect(t, p, "70: 0", "70: 50", "70: 60", "70: -60", "70: 1")
	equal(t, "the other", b.said(), nil)
	if st := p.Stats(); st.Spoofed != 1 || st.Malformed != 1 || st.Received != 5 || st.Relayed != 0 || st.Peers != 2 {
		t.Errorf("%+v", st)
	}
	for _, to := range []crosspeer.PeerID{0, 70, -70} {
		if err := p.Send(crosspeer.Packet{To: to, Data: []byte("x")}); err != nil {
			t.Errorf("to %d: %v", to, err)
		}
	}
	equal(t, "one", a.said(), []string{"50 to 0: x", "50 to 70: x"})
	equal(t, "the other", b.said(), []string{"50 to 0: x", "50 to -70: x"})
	if err := p.DisconnectNow(70, "enough"); err != nil {
		t.Error(err)
	}
	equal(t, "one", a.said(), []string{"close now=true: kicked by local"})
}

func TestAMeshThatCannotBeOpenedCanBeTriedAgain(t *testing.T) {
	no := errors.New("no")
	s, p := &stage{T: t, fails: no}, new(crosspeer.Peer)
	if err := p.Join(t.Context(), s); !errors.Is(err, no) || p.ConnectionStatus() != crosspeer.Disconnected {
		t.Errorf("%v, %v", err, p.ConnectionStatus())
	}
	s.fails = nil
	if err := p.Join(t.Context(), s); err != nil || p.UniqueID() != 50 {
		t.Errorf("again: %v, id %d", err, p.UniqueID())
	}
	p.Close()
}
