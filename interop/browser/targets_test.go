package browser

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"crosspeer"
)

// participant is a member of a session, in a page or in Go.
type participant interface {
	Send(to crosspeer.PeerID, mode crosspeer.TransferMode, text string)
	Packets(n int) []Packet
	Sees(n int)
}

// someone is a participant with its id, and what it is to get.
type someone struct {
	participant
	id       crosspeer.PeerID
	reliable bool // everything arrives at it as reliable
	want     []Packet
}

// everyone is a server, a Go client, and two pages over a transport.
func everyone(t *testing.T, transport string) []*someone {
	s := serve(t, nil)
	b := browse(t)
	g := s.join()
	one, two := b.Join(s.base, s.url(transport)), b.Join(s.base, s.url(transport))
	reliable := transport == "websocket"
	all := []*someone{
		{participant: s, id: crosspeer.TargetServer},
		{participant: g, id: g.UniqueID()},
		{participant: one, id: one.ID, reliable: reliable},
		{participant: two, id: two.ID, reliable: reliable},
	}
	for _, p := range all {
		p.Sees(len(all) - 1)
	}
	return all
}

// reached says whether a target of one is another, by the table in
// docs/sessions.md.
func reached(from, to, id crosspeer.PeerID) bool {
	switch {
	case id == from:
		return false
	case to > 0:
		return id == to
	}
	return id != -to
}

// sortPackets puts packets into an order that does not depend on who was
// first.
func sortPackets(p []Packet) {
	slices.SortStableFunc(p, func(a, b Packet) int { return strings.Compare(a.Data, b.Data) })
}

func TestEveryTargetAndModeReachesThoseItIsForAndNobodyElse(t *testing.T) {
	every(t, func(t *testing.T, transport string) {
		all := everyone(t, transport)
		send := func(from *someone, to crosspeer.PeerID, mode crosspeer.TransferMode, text string) {
			t.Helper()
			from.Send(to, mode, text)
			for _, p := range all {
				if !reached(from.id, to, p.id) {
					continue
				}
				arrives := mode
				if from.reliable || p.reliable {
					arrives = crosspeer.Reliable
				}
				p.want = append(p.want, Packet{from.id, to, arrives.String(), text, len(text)})
			}
		}
		for _, from := range all {
			for _, mode := range []crosspeer.TransferMode{crosspeer.Unreliable, crosspeer.UnreliableOrdered, crosspeer.Reliable} {
				for _, target := range targets(all, from) {
					send(from, target, mode, fmt.Sprintf("%d to %d %v", from.id, target, mode))
				}
			}
		}
		for _, p := range all {
			p.Packets(len(p.want))
		}
		// A last word from everybody shows that nothing too much comes behind.
		for _, from := range all {
			send(from, crosspeer.TargetBroadcast, crosspeer.Reliable, fmt.Sprintf("%d is done", from.id))
		}
		for _, p := range all {
			got := p.Packets(len(p.want))
			sortPackets(got)
			sortPackets(p.want)
			if !slices.Equal(got, p.want) {
				t.Errorf("%d got\n%v\nwant\n%v", p.id, got, p.want)
			}
		}
	})
}

// targets are all forms of target that a member has.
func targets(all []*someone, from *someone) (found []crosspeer.PeerID) {
	found = append(found, crosspeer.TargetBroadcast)
	for _, p := range all {
		if p.id != from.id {
			found = append(found, p.id, crosspeer.AllExcept(p.id))
		}
	}
	return found
}

func TestReliablePacketsOfAPageKeepTheirOrder(t *testing.T) {
	every(t, func(t *testing.T, transport string) {
		s := serve(t, nil)
		b := browse(t)
		one, two := b.Join(s.base, s.url(transport)), b.Join(s.base, s.url(transport))
		const n = 2000
		one.Sees(2)
		one.Eval(fmt.Sprintf(`for (let i = 0; i < %d; i++) peer.send({data: String(i)})`, n), nil)
		for name, got := range map[string][]Packet{"the server": s.Packets(n), "the other page": two.Packets(n)} {
			if len(got) != n {
				t.Errorf("%s got %d packets, want %d", name, len(got), n)
			}
			for i, p := range got {
				if p.Data != fmt.Sprint(i) {
					t.Fatalf("%s got %q as number %d", name, p.Data, i)
				}
			}
		}
	})
}

func TestLargeAndEmptyPacketsPassWhole(t *testing.T) {
	every(t, func(t *testing.T, transport string) {
		s := serve(t, nil)
		m := browse(t).Join(s.base, s.url(transport))
		for i, size := range []int{0, 1, 1400, 60_000} {
			m.Eval(fmt.Sprintf(`peer.send({to: 1, data: new Uint8Array(%d).fill(120)})`, size), nil)
			if got := s.Packets(i + 1)[i]; got.Size != size || strings.Trim(got.Data, "x") != "" {
				t.Errorf("the server got %d bytes, want %d", got.Size, size)
			}
			s.Send(m.ID, crosspeer.Reliable, strings.Repeat("y", size))
			if got := m.Packets(i + 1)[i]; got.Size != size || strings.Trim(got.Data, "y") != "" {
				t.Errorf("the page got %d bytes, want %d", got.Size, size)
			}
		}
	})
}

func TestAPageIsToldWhyItCannotSend(t *testing.T) {
	every(t, func(t *testing.T, transport string) {
		s := serve(t, nil)
		m := browse(t).Join(s.base, s.url(transport))
		for packet, code := range map[string]string{
			`{to: 12345, data: "x"}`:                          "unknown-peer",
			`{to: -12345, data: "x"}`:                         "unknown-peer",
			`{to: peer.id, data: "x"}`:                        "unknown-peer",
			`{to: 0.5, data: "x"}`:                            "bad-target",
			`{data: new Uint8Array(peer.maxPacketBytes + 1)}`: "too-large",
			`{data: "x", mode: "often"}`:                      "bad-mode",
			`(peer.close(), {data: "x"})`:                     "not-connected",
		} {
			if code == "not-connected" {
				continue // last: it ends the connection
			}
			m.refuses(packet, code)
		}
		m.refuses(`(peer.close(), {data: "x"})`, "not-connected")
	})
}

// refuses expects send to throw.
func (m *Member) refuses(packet, code string) {
	m.t.Helper()
	var got string
	m.Eval(fmt.Sprintf(`(() => { try { peer.send(%s); return "sent"; } catch (e) { return e instanceof crosspeer.SendError ? e.code : String(e); } })()`, packet), &got)
	if got != code {
		m.t.Errorf("%s: %s, want %s", packet, got, code)
	}
}
