package signaling_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"crosspeer/link/rtclink/signaling"
)

// program is a Session that takes everybody, and logs.
type program struct {
	mu      sync.Mutex
	log     []string
	members []*signaling.Member
	join    func(m *signaling.Member, n int)
}

func (p *program) note(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.log = append(p.log, fmt.Sprintf(format, args...))
}

func (p *program) Join(m *signaling.Member) {
	p.note("%v joins at %s", m.Dialect(), m.Request().URL.Path)
	p.mu.Lock()
	p.members = append(p.members, m)
	n := len(p.members)
	p.mu.Unlock()
	p.join(m, n)
}

func (p *program) Offer(m *signaling.Member, to int32, sdp string) {
	p.note("%d offers %d %q", m.ID(), to, sdp)
}
func (p *program) Answer(m *signaling.Member, to int32, sdp string) {
	p.note("%d answers %d %q", m.ID(), to, sdp)
}
func (p *program) Candidate(m *signaling.Member, to int32, data string) {
	p.note("%d has a candidate for %d %q", m.ID(), to, data)
}
func (p *program) Leave(m *signaling.Member) { p.note("%d leaves", m.ID()) }

func (p *program) expect(t *testing.T, want ...string) {
	t.Helper()
	synctest.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	if fmt.Sprint(p.log) != fmt.Sprint(want) {
		t.Errorf("the program heard\n\t%q\nwant\n\t%q", p.log, want)
	}
	p.log = nil
}

func TestTheProgramIsHostOfItsSession(t *testing.T) {
	p := &program{}
	p.join = func(m *signaling.Member, n int) {
		if err := m.Offer(1, "early"); !errors.Is(err, signaling.ErrNotAccepted) {
			t.Errorf("before Accept: %v", err)
		}
		if err := m.Accept(signaling.Seat{ID: int32(70 + n)}); err != nil {
			t.Error(err)
		}
		if err := m.Offer(1, "v=0"); err != nil {
			t.Error(err)
		}
	}
	inWorld(t, signaling.Config{Session: p}, func(w *world) {
		a, b := w.connect("a"), w.connect("b")
		a.send("J: session\n")
		a.expect(texts("I: 71\n", "N: 1\n", "J: session\n", "O: 1\nv=0")...)
		b.send(`{"type":0,"id":0,"data":"session"}`)
		b.expect(texts(`{"data":"true","id":72,"type":1}`, `{"data":"","id":1,"type":2}`, `{"data":"session","id":0,"type":0}`,
			`{"data":"v=0","id":1,"type":4}`)...)
		p.expect(t, "text joins at /any/path", "json joins at /any/path")
		a.expect() // does not hear of b: that is the program's to say

		a.send("A: 1\nanswer")
		a.send("C: 72\n\nm\n0\nc")
		b.send(`{"type":4,"id":71,"data":"offer"}`)
		p.expect(t, `71 answers 1 "answer"`, `71 has a candidate for 72 "\nm\n0\nc"`, `72 offers 71 "offer"`)

		m := p.members[0]
		for _, err := range []error{
			m.PeerConnect(72), m.Offer(72, "o"), m.Answer(72, "a"), m.Candidate(72, "\nm\n0\nc"), m.PeerDisconnect(72), m.Seal(),
		} {
			if err != nil {
				t.Error(err)
			}
		}
		a.expect(texts("N: 72\n", "O: 72\no", "A: 72\na", "C: 72\n\nm\n0\nc", "D: 72\n", "S: \n")...)

		b.leave()
		p.expect(t, "72 leaves")
		if err := p.members[1].PeerConnect(71); !errors.Is(err, signaling.ErrGone) {
			t.Errorf("to who has gone: %v", err)
		}
		m.Close("")
		a.expect(`close 1000 "Session is over"`)
		p.expect(t, "71 leaves")
		if s := w.server.Stats(); s.Joins != 2 || s.Lobbies != 0 || s.Relayed != 8 {
			t.Errorf("%+v", s)
		}
	})
}

func TestOtherLobbiesLiveBesideTheSession(t *testing.T) {
	p := &program{join: func(m *signaling.Member, n int) { m.Accept(signaling.Seat{ID: 5}) }}
	inWorld(t, numbered(signaling.Config{Session: p, SessionLobby: "arena"}), func(w *world) {
		host, b, c := w.connect("host"), w.connect("b"), w.connect("c")
		host.send("J: \n")
		b.send("J: room1\n")
		c.send("J: arena\n")
		host.expect(texts("I: 1\n", "J: room1\n", "N: 100\n")...)
		c.expect(texts("I: 5\n", "N: 1\n", "J: arena\n")...)
		c.send("O: 100\nx") // an id of another lobby is the program's to refuse
		b.take()
		b.send("O: 5\nx")
		b.expect(`close 4000 "Invalid destination"`)
		c.expect()
		p.expect(t, "text joins at /any/path", `5 offers 100 "x"`)
	})
}

func TestASessionOnlyServerTakesThoseWhoNameNoLobby(t *testing.T) {
	p := &program{join: func(m *signaling.Member, n int) {
		m.Accept(signaling.Seat{ID: 5, ClientServer: true, Peers: []int32{1, 9}})
	}}
	inWorld(t, signaling.Config{Session: p, SessionOnly: true}, func(w *world) {
		a, b := w.connect("a"), w.connect("b")
		a.send(`{"type":0,"id":0,"data":""}`)
		a.expect(texts(`{"data":"","id":5,"type":1}`, `{"data":"","id":1,"type":2}`, `{"data":"","id":9,"type":2}`, `{"data":"session","id":0,"type":0}`)...)
		b.send("J: room\n")
		b.expect(`close 4000 "Lobby does not exists"`)
	})
}

func TestTheProgramRefusesWithItsWords(t *testing.T) {
	long := strings.Repeat("ä", 100) // 200 bytes
	p := &program{join: func(m *signaling.Member, n int) { m.Close([]string{"Not today", "", long}[n-1]) }}
	inWorld(t, signaling.Config{Session: p}, func(w *world) {
		for _, want := range []string{"Not today", "Refused", strings.Repeat("ä", 61)} {
			a := w.connect("a")
			a.send("J: session\n")
			a.expect(fmt.Sprintf("close 4000 %q", want))
		}
		p.expect(t, "text joins at /any/path", "0 leaves", "text joins at /any/path", "0 leaves", "text joins at /any/path", "0 leaves")
	})
}

func TestTheProgramMayTakeItsTime(t *testing.T) {
	p := &program{join: func(*signaling.Member, int) {}}
	inWorld(t, signaling.Config{Session: p}, func(w *world) {
		a := w.connect("a")
		a.send("J: session\n")
		w.pass(time.Minute)
		a.expect()
		m := p.members[0]
		for _, test := range []struct {
			seat signaling.Seat
			want error
		}{
			{signaling.Seat{ID: 1}, signaling.ErrInvalidID},
			{signaling.Seat{ID: -7}, signaling.ErrInvalidID},
			{signaling.Seat{ID: 7}, nil},
			{signaling.Seat{ID: 8}, signaling.ErrAccepted},
		} {
			if err := m.Accept(test.seat); !errors.Is(err, test.want) {
				t.Errorf("%+v: %v, want %v", test.seat, err, test.want)
			}
		}
		a.expect(texts("I: 7\n", "N: 1\n", "J: session\n")...)
		b := w.connect("b")
		b.send("J: session\n")
		if err := p.members[1].Accept(signaling.Seat{ID: 7}); !errors.Is(err, signaling.ErrDuplicateID) {
			t.Errorf("the id of another: %v", err)
		}
		b.leave()
		if err := p.members[1].Accept(signaling.Seat{ID: 9}); !errors.Is(err, signaling.ErrGone) {
			t.Errorf("who has gone: %v", err)
		}
	})
}

func TestICEServersReachTheClientAndOnlyInJSON(t *testing.T) {
	turn := signaling.ICEServer{URLs: []string{"turn:t.example"}, Username: "u", Credential: "c"}
	p := &program{join: func(m *signaling.Member, n int) {
		m.Accept(signaling.Seat{ID: int32(n + 1), ICEServers: []signaling.ICEServer{turn}})
	}}
	inWorld(t, signaling.Config{Session: p}, func(w *world) {
		for i, d := range []signaling.Dialect{signaling.JSON, signaling.Text} {
			c, err := signaling.Dial(context.Background(), "ws://p.example", signaling.Options{
				Dialect: d, Lobby: "session", HTTPClient: w.network.client(), Header: http.Header{"X-Name": {"ann"}},
			})
			if err != nil {
				t.Fatal(err)
			}
			ev, err := c.Next(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			want := signaling.Welcome{ID: int32(i + 2), Mesh: true}
			if d == signaling.JSON {
				want.ICEServers = []signaling.ICEServer{turn}
			}
			same(t, []signaling.Event{ev}, []signaling.Event{want})
			if got := p.members[i].Request().Header.Get("X-Name"); got != "ann" {
				t.Errorf("the request has the name %q", got)
			}
			c.Close()
		}
	})
}

func TestICEServersOfTheConfigReachEveryLobby(t *testing.T) {
	p := &program{join: func(m *signaling.Member, n int) { m.Accept(signaling.Seat{ID: 5}) }}
	cfg := numbered(signaling.Config{Session: p, ICEServers: func(r *http.Request) []signaling.ICEServer {
		return []signaling.ICEServer{{URLs: []string{"stun:" + r.Host}}}
	}})
	inWorld(t, cfg, func(w *world) {
		const ice = `"iceServers":[{"urls":["stun:p.example"]}]`
		p, s, q := w.connect("p"), w.connect("p"), w.connect("p")
		p.send(`{"type":0,"id":0}`)
		p.expect(texts(`{"data":"true",`+ice+`,"id":1,"type":1}`, `{"data":"room1","id":0,"type":0}`)...)
		s.send(`{"type":0,"id":0,"data":"session"}`)
		s.expect(texts(`{"data":"true",`+ice+`,"id":5,"type":1}`, `{"data":"","id":1,"type":2}`, `{"data":"session","id":0,"type":0}`)...)
		q.send("J: \n")
		q.expect(texts("I: 1\n", "J: room2\n")...)
	})
}

// Both ends of a session at once, to be run with the race detector.
func TestManyMembersComeAndGo(t *testing.T) {
	p := &program{}
	p.join = func(m *signaling.Member, n int) {
		m.Accept(signaling.Seat{ID: int32(n + 1)})
		m.Offer(1, "v=0")
	}
	srv, url := start(t, signaling.Config{Session: p})
	var clients sync.WaitGroup
	for i := range 50 {
		clients.Go(func() {
			c, err := signaling.Dial(t.Context(), url, signaling.Options{Dialect: signaling.Dialect(i % 2), Lobby: "session"})
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			for ev := range c.Events(t.Context()) {
				if o, ok := ev.(signaling.Offer); ok {
					if err := c.SendAnswer(t.Context(), o.From, "ok"); err != nil {
						t.Error(err)
					}
					return
				}
			}
			t.Error("no offer")
		})
	}
	clients.Wait()
	if err := srv.Close(t.Context()); err != nil {
		t.Error(err)
	}
	count := map[string]int{}
	for _, entry := range p.log {
		count[strings.Fields(entry)[1]]++
	}
	if count["joins"] != 50 || count["answers"] != 50 || count["leaves"] != 50 {
		t.Errorf("%v", count)
	}
}
