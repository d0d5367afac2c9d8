package browser

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"crosspeer"
)

// JoinStock joins a session as a stock Godot 3 game does that was exported for
// browsers. url is the signalling's, "rtc+ws://...".
func (b *Browser) JoinStock(base, url string) *Member {
	b.t.Helper()
	m := &Member{Tab: b.Open(base)}
	m.Eval(fmt.Sprintf("stock(%s)", literal(strings.TrimPrefix(url, "rtc+"))), &m.ID)
	return m
}

// TestAStockGodotGameIsAMemberLikeOthers has two stock games in a session with
// the server, a Go program, and pages over WebSocket and WebRTC; every mode and
// form of target from everybody.
func TestAStockGodotGameIsAMemberLikeOthers(t *testing.T) {
	s := serve(t, nil)
	b := browse(t)
	g := s.join()
	ws, rtc := b.Join(s.base, s.url("websocket")), b.Join(s.base, s.url("webrtc"))
	one, two := b.JoinStock(s.base+"/blank", s.url("webrtc")), b.JoinStock(s.base+"/blank", s.url("webrtc"))
	stock := map[crosspeer.PeerID]bool{one.ID: true, two.ID: true}
	all := []*someone{
		{participant: s, id: crosspeer.TargetServer},
		{participant: g, id: g.UniqueID()},
		{participant: ws, id: ws.ID, reliable: true},
		{participant: rtc, id: rtc.ID},
		{participant: one, id: one.ID},
		{participant: two, id: two.ID},
	}
	for _, p := range all {
		p.Sees(len(all) - 1)
	}
	send := func(from *someone, to crosspeer.PeerID, mode crosspeer.TransferMode, text string) {
		t.Helper()
		from.Send(to, mode, text)
		for _, p := range all {
			if !reached(from.id, to, p.id) {
				continue
			}
			arrives, target := mode, to
			if from.reliable || p.reliable {
				arrives = crosspeer.Reliable
			}
			if stock[from.id] || stock[p.id] {
				target = p.id // its connections are from one member to one member
			}
			p.want = append(p.want, Packet{from.id, target, arrives.String(), text, len(text)})
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
	for _, from := range all { // nothing too much comes behind it
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

	t.Run("it sees others leave, and is missed", func(t *testing.T) {
		g.Close()
		one.Sees(len(all) - 2)
		two.Kill()
		s.Left(two.ID)
		one.Sees(len(all) - 3)
		ws.Sees(len(all) - 3)
	})
	t.Run("it is told why it is disconnected", func(t *testing.T) {
		if err := s.Disconnect(one.ID, "out of bounds"); err != nil {
			t.Fatal(err)
		}
		events := one.Events("closed")
		i := slices.IndexFunc(events, func(e Event) bool { return e.Type == "closed" })
		if events[i].Reason != "out of bounds" {
			t.Errorf("%+v", events[i])
		}
		s.Left(one.ID)
	})
}

func TestAStockGodotGameGetsEverythingInOrder(t *testing.T) {
	s := serve(t, nil)
	b := browse(t)
	m, ws := b.JoinStock(s.base+"/blank", s.url("webrtc")), b.Join(s.base, s.url("websocket"))
	m.Sees(2)
	ws.Sees(2)
	const n = 1000
	loop := fmt.Sprintf(`for (let i = 0; i < %d; i++) peer.send({to: 0, mode: "reliable", data: String(i)})`, n)
	m.Eval(loop, nil)
	ws.Eval(loop, nil)
	for name, tt := range map[string]struct {
		got  []Packet
		from crosspeer.PeerID
	}{
		"the server": {s.Packets(2 * n), m.ID}, "the page": {ws.Packets(n), m.ID}, "the game": {m.Packets(n), ws.ID},
	} {
		next := 0
		for _, p := range tt.got {
			if p.From == tt.from {
				if p.Data != fmt.Sprint(next) {
					t.Fatalf("%s got %q as number %d", name, p.Data, next)
				}
				next++
			}
		}
		if next != n {
			t.Errorf("%s got %d packets, want %d", name, next, n)
		}
	}
}
