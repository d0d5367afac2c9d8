package crosspeer_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"crosspeer"
	"crosspeer/link/memlink"
)

// meshNet is a network in virtual time, whose members note what they hear. The
// numbers in comments are those of Godot 3.2's behaviours of
// WebRTCMultiplayer.
type meshNet struct {
	*testing.T
	net *memlink.Network
}

// inMesh runs a test of meshes in virtual time.
func inMesh(t *testing.T, f func(*meshNet)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { f(&meshNet{t, memlink.New()}) })
}

// join brings in a member, which leaves at the end of the test.
func (m *meshNet) join(id crosspeer.PeerID, compat bool, cfg ...crosspeer.Config) *crosspeer.Peer {
	m.Helper()
	p := new(crosspeer.Peer)
	if len(cfg) > 0 {
		var err error
		if p, err = crosspeer.New(&cfg[0]); err != nil {
			m.Fatal(err)
		}
	}
	m.rejoin(p, id, compat)
	m.Cleanup(func() { p.Close() })
	return p
}

func (m *meshNet) rejoin(p *crosspeer.Peer, id crosspeer.PeerID, compat bool) {
	m.Helper()
	if err := p.Join(m.Context(), m.net.Mesh(id, compat)); err != nil {
		m.Fatal(err)
	}
}

// heard checks all that a member has heard since the last time, in order.
func (m *meshNet) heard(p *crosspeer.Peer, want ...string) {
	m.Helper()
	if got := m.events(p); !slices.Equal(got, want) {
		m.Errorf("member %d heard %q, want %q", p.UniqueID(), got, want)
	}
}

func (m *meshNet) heardInAnyOrder(p *crosspeer.Peer, want ...string) {
	m.Helper()
	if got := m.events(p); !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))) {
		m.Errorf("member %d heard %q, want %q in any order", p.UniqueID(), got, want)
	}
}

// events gives what a member has heard since the last time, when nobody has
// anything to do any more.
func (m *meshNet) events(p *crosspeer.Peer) (heard []string) {
	synctest.Wait()
	now, cancel := context.WithCancel(context.Background())
	cancel()
	for {
		ev, err := p.Next(now)
		if err != nil {
			return heard
		}
		heard = append(heard, words(ev))
	}
}

// words is an event, without the words of its reason.
func words(ev crosspeer.Event) string {
	switch ev := ev.(type) {
	case crosspeer.PeerConnected:
		return fmt.Sprintf("+%d", ev.ID)
	case crosspeer.PeerDisconnected:
		return fmt.Sprintf("-%d %v by %v", ev.ID, ev.Reason.Code, ev.Reason.By)
	case crosspeer.PacketReceived:
		return fmt.Sprintf("%d: %s", ev.From, ev.Data)
	case crosspeer.ConnectionSucceeded:
		return "succeeded"
	case crosspeer.ConnectionFailed:
		return "failed"
	case crosspeer.ServerDisconnected:
		return fmt.Sprintf("lost, %v by %v", ev.Reason.Code, ev.Reason.By)
	}
	return fmt.Sprint(ev)
}

func (m *meshNet) stands(p *crosspeer.Peer, status crosspeer.ConnectionStatus, id crosspeer.PeerID, peers ...crosspeer.PeerID) {
	m.Helper()
	if got := p.ConnectionStatus(); got != status {
		m.Errorf("member %d is %v, want %v", id, got, status)
	}
	if got := p.UniqueID(); got != id {
		m.Errorf("the id of member %d is %d", id, got)
	}
	if got := p.Peers(); !slices.Equal(got, peers) {
		m.Errorf("the peers of member %d are %v, want %v", id, got, peers)
	}
}

func TestMembersOfAMeshAreConnectedToEachOther(t *testing.T) {
	inMesh(t, func(m *meshNet) {
		a := m.join(1, false)
		m.stands(a, crosspeer.Connected, 1)
		b := m.join(30, false)
		c := m.join(20, false)
		m.stands(a, crosspeer.Connected, 1, 20, 30)
		m.stands(b, crosspeer.Connected, 30, 1, 20)
		m.stands(c, crosspeer.Connected, 20, 1, 30)
		m.heard(a, "+30", "+20")
		m.heard(b, "+1", "+20") // no connection_succeeded in a mesh
		m.heard(c, "+1", "+30")
		if !a.IsServer() || b.IsServer() {
			t.Errorf("IsServer: member 1 %v, member 30 %v", a.IsServer(), b.IsServer())
		}
		if info, err := c.PeerInfo(30); err != nil || info.ID != 30 || info.Transport != "memory" {
			t.Errorf("PeerInfo: %+v, %v", info, err)
		}
		if _, err := c.PeerInfo(99); !errors.Is(err, crosspeer.ErrUnknownPeer) {
			t.Errorf("PeerInfo of a stranger: %v", err)
		}
	})
}

// 114
func TestTargetsInAMesh(t *testing.T) {
	inMesh(t, func(m *meshNet) {
		ids := []crosspeer.PeerID{1, 20, 30, 40}
		var all []*crosspeer.Peer
		for _, id := range ids {
			all = append(all, m.join(id, false))
		}
		for _, p := range all {
			for range ids[1:] {
				if _, err := p.Next(m.Context()); err != nil {
					t.Fatal(err)
				}
			}
		}
		from := all[1] // 20
		for _, mode := range []crosspeer.TransferMode{crosspeer.Unreliable, crosspeer.UnreliableOrdered, crosspeer.Reliable} {
			for _, tt := range []struct {
				to  crosspeer.PeerID
				got []crosspeer.PeerID
				err error
			}{
				{0, []crosspeer.PeerID{1, 30, 40}, nil},
				{1, []crosspeer.PeerID{1}, nil},
				{40, []crosspeer.PeerID{40}, nil},
				{-1, []crosspeer.PeerID{30, 40}, nil},
				{-40, []crosspeer.PeerID{1, 30}, nil},
				{20, nil, crosspeer.ErrUnknownPeer}, // itself
				{-20, nil, crosspeer.ErrUnknownPeer},
				{99, nil, crosspeer.ErrUnknownPeer},
				{-99, nil, crosspeer.ErrUnknownPeer},
				{-2147483648, nil, crosspeer.ErrUnknownPeer},
			} {
				err := from.Send(crosspeer.Packet{To: tt.to, Mode: mode, Data: []byte("x")})
				if !errors.Is(err, tt.err) {
					t.Errorf("to %d, %v: %v, want %v", tt.to, mode, err, tt.err)
				}
				for i, p := range all {
					var want []string
					if slices.Contains(tt.got, ids[i]) {
						want = []string{"20: x"}
					}
					m.heard(p, want...)
				}
			}
		}
		if s := from.Stats(); s.Sent != 15 || s.Relayed != 0 {
			t.Errorf("stats %+v", s)
		}
	})
}

// 115
func TestAMemberThatLeavesIsReportedToTheOthers(t *testing.T) {
	inMesh(t, func(m *meshNet) {
		a, b, c := m.join(1, false), m.join(20, false), m.join(30, false)
		m.heard(a, "+20", "+30")
		m.heard(b, "+1", "+30")
		m.heard(c, "+1", "+20")
		a.Close()
		m.stands(a, crosspeer.Disconnected, 0)
		m.heard(a) // the one that closes hears nothing
		m.heard(b, "-1 closed by remote")
		m.heard(c, "-1 closed by remote")
		m.stands(b, crosspeer.Connected, 20, 30) // without server compatibility 1 is as any other
		b.Shutdown(m.Context())
		m.heard(b, "-30 closed by local")
		m.heard(c, "-20 closed by remote")
		m.stands(c, crosspeer.Connected, 30)
	})
}

func TestAMemberCanDisconnectAnother(t *testing.T) {
	for _, tt := range []struct {
		name string
		now  bool
	}{{"in order", false}, {"at once", true}} {
		t.Run(tt.name, func(t *testing.T) {
			inMesh(t, func(m *meshNet) {
				a, b, c := m.join(1, false), m.join(20, false), m.join(30, false)
				m.heard(a, "+20", "+30")
				m.heard(b, "+1", "+30")
				m.heard(c, "+1", "+20")
				disconnect := b.Disconnect
				if tt.now {
					disconnect = b.DisconnectNow
				}
				if err := disconnect(30, "enough"); err != nil {
					t.Fatal(err)
				}
				m.heard(b, "-30 kicked by local")
				m.heard(c, "-20 kicked by remote")
				m.heard(a)
				m.stands(a, crosspeer.Connected, 1, 20, 30)
				if err := disconnect(30, ""); !errors.Is(err, crosspeer.ErrUnknownPeer) {
					t.Errorf("again: %v", err)
				}
				if err := b.Send(crosspeer.Packet{To: 30}); !errors.Is(err, crosspeer.ErrUnknownPeer) {
					t.Errorf("to who has gone: %v", err)
				}
			})
		})
	}
}

// 116
func TestWithServerCompatibilityNothingIsHeardBeforeMember1(t *testing.T) {
	inMesh(t, func(m *meshNet) {
		b, c, d := m.join(40, true), m.join(20, true), m.join(30, true)
		m.stands(b, crosspeer.Connecting, 40, 20, 30)
		m.heard(b)
		// But it can be sent to.
		b.SetTargetPeer(20)
		if err := b.PutPacket([]byte("early")); err != nil {
			t.Errorf("PutPacket before member 1: %v", err)
		}
		m.heard(c, "40: early")
		// One that leaves before is never heard of.
		d.Close()
		m.heard(b)
		m.heard(c)
		d = m.join(30, true)

		a := m.join(1, true)
		m.stands(a, crosspeer.Connected, 1, 20, 30, 40)
		m.heard(a, "+40", "+20", "+30") // member 1 waits for nobody
		m.heard(b, "+1", "succeeded", "+20", "+30")
		m.heard(c, "+1", "succeeded", "+30", "+40")
		m.heard(d, "+1", "succeeded", "+20", "+40")
		m.stands(b, crosspeer.Connected, 40, 1, 20, 30)

		// Later ones are heard of at once, as later leaves are.
		e := m.join(50, true)
		m.heard(a, "+50")
		m.heard(b, "+50")
		m.heard(e, "+1", "succeeded", "+20", "+30", "+40")
	})
}

// 116
func TestWhoLosesMember1LeavesTheMesh(t *testing.T) {
	for _, tt := range []struct {
		name  string
		leave func(a *crosspeer.Peer)
		code  string
		stays []string // what one without server compatibility hears
	}{
		{"by Close", func(a *crosspeer.Peer) { a.Close() }, "closed",
			[]string{"-1 closed by remote", "-20 closed by remote", "-30 closed by remote"}},
		{"by Shutdown", func(a *crosspeer.Peer) { a.Shutdown(context.Background()) }, "closed",
			[]string{"-1 closed by remote", "-20 closed by remote", "-30 closed by remote"}},
		{"by Disconnect", func(a *crosspeer.Peer) { a.Disconnect(20, ""); a.DisconnectNow(30, "") }, "kicked",
			[]string{"-20 closed by remote", "-30 closed by remote"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inMesh(t, func(m *meshNet) {
				a, b, c := m.join(1, true), m.join(20, true), m.join(30, true)
				plain := m.join(40, false) // wants no server
				m.heard(b, "+1", "succeeded", "+30", "+40")
				m.heard(c, "+1", "succeeded", "+20", "+40")
				m.heard(plain, "+1", "+20", "+30")
				tt.leave(a)
				for _, p := range []*crosspeer.Peer{b, c} {
					// The other one's goodbye may come first.
					got := m.events(p)
					if want := []string{"-1 " + tt.code + " by remote", "lost, " + tt.code + " by remote"}; len(got) < 2 ||
						!slices.Equal(got[len(got)-2:], want) || len(got) > 3 {
						t.Errorf("heard %q, want %q last", got, want)
					}
					m.stands(p, crosspeer.Disconnected, 0)
					if err := p.Send(crosspeer.Packet{}); !errors.Is(err, crosspeer.ErrNotConnected) {
						t.Errorf("Send: %v", err)
					}
				}
				// They say goodbye to the member that stays.
				m.heardInAnyOrder(plain, tt.stays...)
			})
		})
	}
}

// 116
func TestWhoDisconnectsMember1LeavesTheMesh(t *testing.T) {
	inMesh(t, func(m *meshNet) {
		a, b := m.join(1, true), m.join(20, true)
		m.heard(a, "+20")
		m.heard(b, "+1", "succeeded")
		if err := b.Disconnect(1, "no more"); err != nil {
			t.Fatal(err)
		}
		m.heard(b, "-1 kicked by local", "lost, kicked by local")
		m.heard(a, "-20 kicked by remote")
		m.stands(a, crosspeer.Connected, 1)
	})
}

func TestAMemberCanJoinAgain(t *testing.T) {
	inMesh(t, func(m *meshNet) {
		a, b, c := m.join(1, true), m.join(20, true), m.join(30, false)
		m.heard(c, "+1", "+20")
		for range 3 { // after Close, with the same id, at once
			b.Close()
			m.rejoin(b, 20, true)
			m.heard(b, "+1", "succeeded", "+30")
			m.heard(c, "-20 closed by remote", "+20")
		}
		for range 3 { // after the loss of member 1
			a.Close()
			for lost := false; !lost; {
				ev, err := b.Next(m.Context())
				if err != nil {
					t.Fatal(err)
				}
				_, lost = ev.(crosspeer.ServerDisconnected)
			}
			m.rejoin(b, 20, true) // what is left of the session does not stand in its way
			m.stands(b, crosspeer.Connecting, 20, 30)
			m.rejoin(a, 1, true)
			m.heard(b, "+1", "succeeded", "+30")
		}
		if err := b.Join(m.Context(), m.net.Mesh(20, true)); !errors.Is(err, crosspeer.ErrAlreadyActive) {
			t.Errorf("Join of a member: %v", err)
		}
	})
}

func TestIDsOfAMesh(t *testing.T) {
	inMesh(t, func(m *meshNet) {
		m.join(7, false)
		for _, tt := range []struct {
			id  crosspeer.PeerID
			err error
		}{
			{7, crosspeer.ErrDuplicateID}, {-1, crosspeer.ErrInvalidID}, {-2147483648, crosspeer.ErrInvalidID},
		} {
			p := new(crosspeer.Peer)
			if err := p.Join(m.Context(), m.net.Mesh(tt.id, false)); !errors.Is(err, tt.err) {
				t.Errorf("id %d: %v, want %v", tt.id, err, tt.err)
			}
			m.stands(p, crosspeer.Disconnected, 0)
		}
		if p := m.join(0, false); p.UniqueID() < 2 {
			t.Errorf("the id that was chosen is %d", p.UniqueID())
		}
		m.join(2147483647, false)
		canceled, cancel := context.WithCancel(m.Context())
		cancel()
		if _, err := crosspeer.Join(canceled, nil, m.net.Mesh(8, false)); !errors.Is(err, context.Canceled) {
			t.Errorf("Join with a context that is done: %v", err)
		}
	})
}

// 117, 119
func TestWhereOneRefusesNeitherHearsOfTheOther(t *testing.T) {
	inMesh(t, func(m *meshNet) {
		a := m.join(1, false)
		a.SetRefuseNewConnections(true)
		b := m.join(20, false)
		c := new(crosspeer.Peer)
		c.SetRefuseNewConnections(true) // before it joins
		m.rejoin(c, 30, false)
		m.Cleanup(func() { c.Close() })
		for _, p := range []*crosspeer.Peer{a, b, c} {
			m.heard(p)
			if n := p.Stats().Peers; n != 0 {
				t.Errorf("member %d has %d peers", p.UniqueID(), n)
			}
		}
		if s := a.Stats(); s.Refused != 1 {
			t.Errorf("%d members were refused, want 1", s.Refused)
		}
		if s := c.Stats(); s.Refused != 2 {
			t.Errorf("%d members were refused, want 2", s.Refused)
		}
		a.SetRefuseNewConnections(false)
		m.join(40, false)
		m.heard(a, "+40")
	})
}

func TestAFullMemberLetsNobodyIn(t *testing.T) {
	inMesh(t, func(m *meshNet) {
		a := m.join(1, false, crosspeer.Config{MaxPeers: 1})
		b, c := m.join(20, false), m.join(30, false)
		m.heard(a, "+20")
		m.heard(b, "+1", "+30")
		m.heard(c, "+20")
		d := m.join(40, false, crosspeer.Config{MaxPeers: 2})
		m.heard(d, "+20", "+30")
		m.stands(a, crosspeer.Connected, 1, 20)
	})
}

// Before 65,536 signals wait a member lets everybody in, and then nobody, so
// that a program which does not look does not fill the memory.
func TestAMemberThatDoesNotLookLetsNobodyInInTheEnd(t *testing.T) {
	inMesh(t, func(m *meshNet) {
		idle, guest := m.join(1, false), new(crosspeer.Peer)
		var rounds int
		for rounds = 0; rounds < 40000; rounds++ {
			m.rejoin(guest, 20, false)
			if len(guest.Peers()) == 0 {
				break
			}
			guest.Close()
		}
		guest.Close()
		if rounds != 32768 { // each is two signals
			t.Errorf("it let in %d, want 32768", rounds)
		}
		if n := idle.Stats().Refused; n != 1 {
			t.Errorf("%d were refused, want 1", n)
		}
	})
}

func TestMembersThatJoinAtOnceAllMeet(t *testing.T) {
	inMesh(t, func(m *meshNet) {
		const n = 12
		members := make([]*crosspeer.Peer, n)
		var work sync.WaitGroup
		for i := range members {
			members[i] = new(crosspeer.Peer)
			work.Go(func() {
				for range 3 {
					if err := members[i].Join(m.Context(), m.net.Mesh(crosspeer.PeerID(i+1), i%2 == 0)); err != nil {
						t.Error(err)
					}
					members[i].Send(crosspeer.Packet{Mode: crosspeer.Reliable, Data: []byte("hello")})
					if i != 0 {
						members[i].Close()
					}
					if i == 0 {
						break
					}
				}
				if i != 0 {
					if err := members[i].Join(m.Context(), m.net.Mesh(crosspeer.PeerID(i+1), i%2 == 0)); err != nil {
						t.Error(err)
					}
				}
			})
		}
		work.Wait()
		synctest.Wait()
		for i, p := range members {
			if got := len(p.Peers()); got != n-1 {
				t.Errorf("member %d has %d peers, want %d: %v", i+1, got, n-1, p.Peers())
			}
			defer p.Close()
		}
	})
}
