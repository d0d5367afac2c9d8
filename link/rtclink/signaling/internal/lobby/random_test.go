package lobby_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	. "crosspeer/link/rtclink/signaling/internal/lobby"
	"crosspeer/link/rtclink/signaling/internal/protocol"
)

// ghost is what a client can know of itself.
type ghost struct {
	dialect  protocol.Dialect
	spoke    bool
	lobby    string // with the dialect in front; "" before JOIN
	id       int32
	mesh     bool
	known    map[int32]bool // of whom it was told
	accepted bool           // in the session
}

// model holds what the clients of a Hall have heard and checks that it fits.
type model struct {
	t      *testing.T
	h      *Hall
	rnd    *rand.Rand
	now    time.Duration
	conns  map[ConnID]*ghost
	sealed map[string]bool
	posted map[string]string // what was relayed in this step: text to lobby
	sealer string            // the lobby whose host sealed in this step
	asking []ConnID
	next   ConnID
}

func TestRandomOperations(t *testing.T) {
	seeds := 300
	if testing.Short() {
		seeds = 30
	}
	for seed := range seeds {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			m := &model{
				t: t, rnd: rand.New(rand.NewPCG(uint64(seed), 1)),
				conns: map[ConnID]*ghost{}, sealed: map[string]bool{},
			}
			name := 0
			m.h = New(Config{
				MaxPeers: 16, MaxLobbies: 4, MaxMembers: 6, JoinTime: time.Second, SealTime: 10 * time.Second,
				Rate: 50, Burst: 200, Session: "session",
				NewID:   func() int32 { return m.rnd.Int32N(24) - 2 }, // collides, and is bad at times
				NewName: func() string { name++; return fmt.Sprintf("room%d", name) },
			})
			for range 400 {
				m.step()
				if t.Failed() {
					return
				}
			}
			for id := range m.conns {
				m.h.Gone(id)
			}
			if n := m.h.IDs(); n != 0 {
				t.Errorf("%d ids are kept when all have gone", n)
			}
		})
	}
}

func (m *model) pick() (ConnID, *ghost) {
	ids := slices.Sorted(maps.Keys(m.conns))
	if len(ids) == 0 {
		return 0, nil
	}
	id := ids[m.rnd.IntN(len(ids))]
	return id, m.conns[id]
}

// step does one thing at random and checks everything.
func (m *model) step() {
	m.posted, m.sealer = map[string]string{}, ""
	id, g := m.pick()
	switch n := m.rnd.IntN(100); {
	case g == nil || n < 15:
		m.next++
		m.conns[m.next] = &ghost{known: map[int32]bool{}}
		m.h.Open(m.now, m.next, nil)
	case n < 80 && !g.spoke:
		g.dialect = protocol.Dialect(m.rnd.IntN(2))
		join := protocol.Message{Kind: protocol.Join, ID: m.rnd.Int32N(2)}
		if m.rnd.IntN(4) > 0 {
			join.Data = m.someLobby(g)
		}
		m.say(id, g, join)
	case n < 75:
		kind := protocol.Offer + protocol.Kind(m.rnd.IntN(3))
		text := fmt.Sprintf("%d by %d", m.rnd.Int64(), id)
		m.posted[text] = g.lobby
		m.say(id, g, protocol.Message{Kind: kind, ID: m.someID(g), Data: text})
	case n < 78 && (g.id == 1 || m.rnd.IntN(8) == 0):
		if g.id == 1 {
			m.sealer = g.lobby
		}
		m.say(id, g, protocol.Message{Kind: protocol.Seal})
	case n < 79:
		m.say(id, g, protocol.Message{Kind: protocol.Join})
	case n < 80:
		m.h.Receive(m.now, id, []byte("garbage"))
	case n < 86:
		m.h.Gone(id)
		delete(m.conns, id)
	case n < 92 && len(m.asking) > 0:
		asking := m.asking[0]
		m.asking = m.asking[1:]
		if g := m.conns[asking]; g != nil && m.rnd.IntN(4) > 0 {
			g.accepted = m.h.Accept(asking, Seat{ID: 100 + int32(m.next)*8 + m.rnd.Int32N(8), Mesh: true, Peers: []int32{1}, Name: "session"}) == nil
		} else {
			m.h.Close(asking, Refused, "no")
		}
	default:
		m.now += time.Duration(m.rnd.Int64N(int64(2 * time.Second)))
		m.h.Advance(m.now)
	}
	m.hear()
	m.check()
}

func (m *model) say(id ConnID, g *ghost, msg protocol.Message) {
	g.spoke = true
	m.h.Receive(m.now, id, g.dialect.Append(nil, msg))
}

// someLobby is the name of a lobby that is there or was sealed, mostly in the
// client's dialect, or the session's, or none.
func (m *model) someLobby(g *ghost) string {
	names := map[string]bool{"jsonnowhere": true}
	for _, o := range m.conns {
		if o.lobby != "" && (o.dialect == g.dialect || m.rnd.IntN(8) == 0) {
			names[o.lobby] = true
		}
	}
	if m.rnd.IntN(8) == 0 {
		return "session"
	}
	sorted := slices.Sorted(maps.Keys(names))
	return sorted[m.rnd.IntN(len(sorted))][4:]
}

// someID is mostly the id of a member of one's lobby.
func (m *model) someID(g *ghost) int32 {
	if m.rnd.IntN(20) == 0 {
		return m.rnd.Int32N(24)
	}
	if len(g.known) == 0 {
		return g.id
	}
	known := slices.Sorted(maps.Keys(g.known))
	return known[m.rnd.IntN(len(known))]
}

// hear takes what the Hall says to clients.
func (m *model) hear() {
	for _, o := range m.h.Outputs() {
		g := m.conns[o.Conn]
		if g == nil {
			m.t.Errorf("output for %d, who has gone", o.Conn)
			return
		}
		switch o.Kind {
		case Close:
			if o.Cause == HostLeft && g.id == 1 || o.Cause == NotHost && g.id == 1 || o.Cause == SealComplete && !m.sealed[g.lobby] {
				m.t.Errorf("member %d was closed because of %v", g.id, o.Cause)
			}
			delete(m.conns, o.Conn)
		case Ask:
			m.asking = append(m.asking, o.Conn)
		case Tell:
			if !g.accepted {
				m.t.Errorf("the program hears of %d, who is not accepted", o.Conn)
			}
		case Send:
			msg, err := g.dialect.Parse(o.Data)
			if err != nil {
				m.t.Fatalf("%q was sent to a client of %v", o.Data, g.dialect)
			}
			m.listen(g, msg)
		}
	}
}

func (m *model) listen(g *ghost, msg protocol.Message) {
	switch msg.Kind {
	case protocol.ID:
		g.id, g.mesh = msg.ID, g.dialect == protocol.Text || msg.Data == "true"
	case protocol.Join:
		if g.id == 0 || g.lobby != "" {
			m.t.Errorf("joined with id %d from lobby %q", g.id, g.lobby)
		}
		g.lobby = g.dialect.String() + msg.Data
		if m.sealed[g.lobby] {
			m.t.Errorf("%s was joined, and is sealed", g.lobby)
		}
	case protocol.PeerConnect:
		if g.id == 0 || g.known[msg.ID] || msg.ID == g.id {
			m.t.Errorf("member %d hears of %d, knowing %v", g.id, msg.ID, g.known)
		}
		g.known[msg.ID] = true
	case protocol.PeerDisconnect:
		if !g.known[msg.ID] && g.mesh {
			m.t.Errorf("member %d hears that %d has left, whom it does not know", g.id, msg.ID)
		}
		delete(g.known, msg.ID)
	case protocol.Seal:
		if m.sealed[g.lobby] = true; m.sealer != g.lobby {
			m.t.Errorf("%s was sealed, and not by its host", g.lobby)
		}
	default:
		if from, ok := m.posted[msg.Data]; !ok || from != g.lobby {
			m.t.Errorf("%q of lobby %q arrives in %q", msg.Data, from, g.lobby)
		}
	}
}

// check compares what all clients know with each other.
func (m *model) check() {
	members := map[string][]*ghost{}
	ids := map[int32]bool{}
	joined := 0
	for _, g := range m.conns {
		if g.lobby == "" {
			continue
		}
		joined++
		members[g.lobby] = append(members[g.lobby], g)
		if g.id != 1 && !g.accepted {
			if g.id < 1 || ids[g.id] {
				m.t.Errorf("id %d is in use twice, or bad", g.id)
			}
			ids[g.id] = true
		}
	}
	lobbies := 0
	for name, all := range members {
		if name == "jsonsession" || name == "textsession" {
			m.checkSession(all)
			continue
		}
		lobbies++
		hosts := 0
		for _, g := range all {
			if g.id == 1 {
				hosts++
			}
			want := map[int32]bool{}
			for _, o := range all {
				if o != g && (g.mesh || g.id == 1 || o.id == 1) {
					want[o.id] = true
				}
			}
			if !maps.Equal(want, g.known) {
				m.t.Errorf("member %d of %s knows %v, want %v", g.id, name, g.known, want)
			}
		}
		if hosts != 1 {
			m.t.Errorf("%s has %d hosts among %d", name, hosts, len(all))
		}
	}
	if s := m.h.Stats(); s.Conns != len(m.conns) || s.Lobbies != lobbies || s.Members != joined {
		m.t.Errorf("%+v, want %d connections, %d lobbies, %d members", s, len(m.conns), lobbies, joined)
	}
}

// checkSession: members hear of the host alone, as the test's Seat says.
func (m *model) checkSession(all []*ghost) {
	for _, g := range all {
		if !maps.Equal(g.known, map[int32]bool{1: true}) || !g.accepted {
			m.t.Errorf("member %d of the session knows %v", g.id, g.known)
		}
	}
}
