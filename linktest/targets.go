package linktest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"crosspeer"
)

var modes = []crosspeer.TransferMode{crosspeer.Unreliable, crosspeer.UnreliableOrdered, crosspeer.Reliable}

// board keeps account of packets: who must get each and how it must look. Any
// other arrival is an error.
type board struct {
	*room
	sent   map[string]*sending
	fences int
}

type sending struct {
	packet crosspeer.Packet
	to     []*member
	times  int             // how often it was sent
	got    map[*member]int // how often it arrived
}

func newBoard(r *room) *board { return &board{room: r, sent: make(map[string]*sending)} }

// send sends a packet that must reach some members.
func (b *board) send(from *member, pkt crosspeer.Packet, to ...*member) {
	b.Helper()
	key := string(pkt.Data)
	if b.sent[key] == nil {
		pkt.From = from.id
		b.sent[key] = &sending{packet: pkt, to: to, got: make(map[*member]int)}
	}
	b.sent[key].times++
	from.send(pkt)
}

// settle waits until what was sent reliably has arrived, and takes account of
// what came. Notes on all channels that were used say that it has: a client's
// goes to the server, and the server's answers to all.
func (b *board) settle(channels ...int) {
	b.Helper()
	b.fences++
	fence := func(m *member, to crosspeer.PeerID) {
		for _, ch := range channels {
			m.send(crosspeer.Packet{To: to, Mode: crosspeer.Reliable, Channel: ch, Data: fmt.Appendf(nil, "fence %d %d", b.fences, ch)})
		}
	}
	for _, c := range b.clients {
		fence(c, crosspeer.TargetServer)
		b.until(b.srv, c.id, channels)
	}
	if len(b.clients) == 0 {
		return
	}
	fence(b.srv, crosspeer.TargetBroadcast)
	for _, c := range b.clients {
		b.until(c, crosspeer.TargetServer, channels)
	}
}

// until reads a member's packets up to the fences of a sender.
func (b *board) until(m *member, from crosspeer.PeerID, channels []int) {
	b.Helper()
	for missing := slices.Clone(channels); len(missing) > 0; {
		pkt := m.packet()
		i := slices.IndexFunc(missing, func(ch int) bool {
			return pkt.From == from && string(pkt.Data) == fmt.Sprintf("fence %d %d", b.fences, ch)
		})
		if i < 0 {
			b.arrived(m, pkt)
			continue
		}
		missing = slices.Delete(missing, i, i+1)
	}
}

// arrived takes account of a packet.
func (b *board) arrived(m *member, pkt crosspeer.Packet) {
	b.Helper()
	s := b.sent[string(pkt.Data)]
	switch {
	case s == nil && bytes.HasPrefix(pkt.Data, []byte("fence")):
		b.Fatalf("%s got %s, which is not for it\ntransport: keep Frame.To",
			m.name, describe(crosspeer.PacketReceived{Packet: pkt}))
	case s == nil:
		b.Fatalf("%s got %s, which nobody has sent\ntransport: keep the bytes, and one packet per frame",
			m.name, describe(crosspeer.PacketReceived{Packet: pkt}))
	case m.id == s.packet.From:
		b.Fatalf("%s got its own packet %s back\ntransport: deliver a frame at the other end only", m.name, brief(pkt.Data))
	case !slices.Contains(s.to, m):
		b.Fatalf("%s got packet %s, which is not for it", m.name, brief(pkt.Data))
	}
	want := s.packet
	if b.ReliableOnly {
		want.Mode = crosspeer.Reliable
	}
	if b.NoChannels {
		want.Channel = pkt.Channel
	} else if want.Channel == 0 {
		want.Channel = defaultChannel(s.packet.Mode)
	}
	if pkt.From != want.From || pkt.To != want.To || pkt.Mode != want.Mode || pkt.Channel != want.Channel {
		b.Fatalf("%s got %s, sent from %d to %d, %v, channel %d\ntransport: keep From, To, Mode and Channel of frames",
			m.name, describe(crosspeer.PacketReceived{Packet: pkt}), want.From, want.To, want.Mode, want.Channel)
	}
	s.got[m]++
	if s.got[m] > s.times {
		b.Fatalf("%s got packet %s %d times, sent %d times\ntransport: deliver each frame once",
			m.name, brief(pkt.Data), s.got[m], s.times)
	}
}

// missing gives somebody who must have got a packet and has not.
func (b *board) missing(key string) *member {
	s := b.sent[key]
	for _, m := range s.to {
		if s.got[m] == 0 || s.got[m] < s.times && !b.canLose(s.packet.Mode) {
			return m
		}
	}
	return nil
}

// canLose says whether a packet may be lost though no queue is full.
func (s *suite) canLose(m crosspeer.TransferMode) bool {
	return s.Lossy && !s.ReliableOnly && m != crosspeer.Reliable
}

// defaultChannel is the channel of packets that name none.
func defaultChannel(m crosspeer.TransferMode) int {
	if m == crosspeer.Reliable {
		return 1
	}
	return 2
}

// tries is how often an unreliable packet is sent before it counts as never
// arriving.
const tries = 20

// check sends a packet and checks who gets it. Where packets can be lost it is
// sent again until it arrives.
func (b *board) check(from *member, pkt crosspeer.Packet, to ...*member) {
	b.Helper()
	channels := []int{1, 2}
	if pkt.Channel > 2 {
		channels = append(channels, pkt.Channel)
	}
	for range tries {
		b.send(from, pkt, to...)
		b.settle(channels...)
		m := b.missing(string(pkt.Data))
		if m == nil {
			return
		}
		if !b.canLose(pkt.Mode) {
			b.Fatalf("%s did not get packet %s\ntransport: a frame that Link.Send has accepted must arrive", m.name, brief(pkt.Data))
		}
	}
	b.Fatalf("packet %s was sent %d times and did not reach everybody", brief(pkt.Data), tries)
}

// wrong checks that a packet to this target is an error, and goes nowhere.
func (b *board) wrong(from *member, pkt crosspeer.Packet) {
	b.Helper()
	err := b.within("Send", func(context.Context) error { return from.Send(pkt) })
	if !errors.Is(err, crosspeer.ErrUnknownPeer) {
		b.Errorf("%s: Send to %d: %v, want ErrUnknownPeer", from.name, pkt.To, err)
	}
}

// stranger is an id that nobody in the room has.
func (r *room) stranger() crosspeer.PeerID {
	id := crosspeer.PeerID(12345)
	for slices.Contains(r.ids(), id) {
		id++
	}
	return id
}

func targetsWithRelay(s *suite) {
	r := s.newRoom(nil, 3)
	b := newBoard(r)
	srv, c1, c2, c3 := r.srv, r.clients[0], r.clients[1], r.clients[2]
	none := r.stranger()
	for _, mode := range modes {
		packet := func(from *member, to crosspeer.PeerID) crosspeer.Packet {
			return crosspeer.Packet{To: to, Mode: mode, Data: fmt.Appendf(nil, "%v, %s to %d", mode, from.name, to)}
		}
		for _, row := range []struct {
			from *member
			to   crosspeer.PeerID
			got  []*member
		}{
			{c1, 0, []*member{srv, c2, c3}},
			{c1, 1, []*member{srv}},
			{c1, -1, []*member{c2, c3}},
			{c1, c2.id, []*member{c2}},
			{c1, -c2.id, []*member{srv, c3}},
			{c3, 0, []*member{srv, c1, c2}},
			{c3, -c1.id, []*member{srv, c2}},
			{srv, 0, []*member{c1, c2, c3}},
			{srv, c2.id, []*member{c2}},
			{srv, -c2.id, []*member{c1, c3}},
		} {
			b.check(row.from, packet(row.from, row.to), row.got...)
		}
		for _, to := range []crosspeer.PeerID{c1.id, -c1.id, none, -none} {
			b.wrong(c1, packet(c1, to))
		}
		for _, to := range []crosspeer.PeerID{1, -1, none, -none} {
			b.wrong(srv, packet(srv, to))
		}
	}
	b.settle(1, 2)
}

func targetsWithoutRelay(s *suite) {
	r := s.newRoom(&crosspeer.Config{Relay: crosspeer.RelayOff}, 3)
	b := newBoard(r)
	srv, c1, c2, c3 := r.srv, r.clients[0], r.clients[1], r.clients[2]
	for _, mode := range modes {
		packet := func(from *member, to crosspeer.PeerID) crosspeer.Packet {
			return crosspeer.Packet{To: to, Mode: mode, Data: fmt.Appendf(nil, "%v, %s to %d", mode, from.name, to)}
		}
		b.check(c1, packet(c1, 0)) // nobody, not even the server
		b.check(c1, packet(c1, -1))
		b.check(c1, packet(c1, 1), srv)
		b.check(srv, packet(srv, 0), c1, c2, c3)
		b.check(srv, packet(srv, c2.id), c2)
		b.check(srv, packet(srv, -c2.id), c1, c3)
		b.wrong(c1, packet(c1, c2.id))
		b.wrong(c1, packet(c1, -c2.id))
	}
	b.settle(1, 2)
}
