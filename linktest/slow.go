package linktest

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"crosspeer"
)

// pushback is what the cases of slow programs ask of a transport.
const pushback = "when Port.Deliver gives Wait, deliver that frame again after Resume, and nothing else before"

// joinSlow brings in a client with room for a few packets, which does not read
// unless it is told to.
func (r *room) joinSlow(packets int) *member {
	r.Helper()
	return r.join(&crosspeer.Config{MaxInboxPackets: packets}, 0)
}

// fill sends a client more than it has room for, and than a datagram or two
// can hold.
func (r *room) fill(c *member) []string {
	r.Helper()
	size := min(16<<10, r.MaxPacketBytes)
	texts := numbered(min(64, r.MaxQueuedBytes/2/size))
	for i := range texts {
		texts[i] += strings.Repeat(".", size-len(texts[i]))
		r.srv.reliable(c.id, texts[i])
	}
	r.eventually(c.name+" has all the packets that it has room for", pushback, func() bool {
		return c.Stats().InboxPackets > 0
	})
	return texts
}

func slowServer(s *suite) {
	const room, n = 8, 200
	r := s.newRoom(&crosspeer.Config{MaxInboxPackets: room}, 3)
	srv, c1, c2, c3 := r.srv, r.clients[0], r.clients[1], r.clients[2]
	texts := numbered(room + n)
	for _, text := range texts[:room] {
		c1.reliable(crosspeer.TargetServer, text)
	}
	s.eventually("the server's inbox is full", "a frame must arrive without further ones", func() bool {
		return srv.Stats().InboxPackets == room
	})
	if !s.ReliableOnly {
		s.eventually("Stats().InboxDropped of the server counts unreliable packets that it had no room for",
			"deliver unreliable frames also while the program does not read", func() bool {
				c1.send(crosspeer.Packet{To: crosspeer.TargetServer, Data: []byte("lost")})
				return srv.Stats().InboxDropped > 0
			})
	}
	for _, text := range texts[room:] {
		c1.reliable(crosspeer.TargetServer, text)
	}
	// c2 has its share of the server's room.
	for _, text := range texts {
		c2.reliable(crosspeer.TargetServer, text)
	}
	// Meanwhile the others go on.
	for i := range 20 {
		text := fmt.Sprintf("meanwhile %d", i)
		c3.reliable(c2.id, text)
		c2.texts(c3.id, text)
		srv.reliable(c3.id, text)
		c3.texts(crosspeer.TargetServer, text)
	}
	if got := srv.Stats().InboxPackets; got != room {
		s.Errorf("the server's inbox has %d packets, its limit is %d\ntransport: %s", got, room, pushback)
	}
	got := make(map[crosspeer.PeerID]int)
	for range 2 * len(texts) {
		pkt := srv.packet()
		for string(pkt.Data) == "lost" {
			pkt = srv.packet()
		}
		if i := got[pkt.From]; i >= len(texts) || string(pkt.Data) != texts[i] {
			s.Fatalf("the server got %s as number %d of %d\ntransport: %s", brief(pkt.Data), i, pkt.From, pushback)
		}
		got[pkt.From]++
	}
	r.intact()
}

func slowClient(s *suite) {
	r := s.newRoom(nil, 2)
	slow := r.joinSlow(4)
	texts := numbered(200)
	for _, text := range texts {
		r.srv.reliable(crosspeer.TargetBroadcast, text)
	}
	for _, c := range r.clients[:2] {
		c.texts(crosspeer.TargetServer, texts...)
	}
	r.clients[0].reliable(r.clients[1].id, "past the slow one")
	r.clients[1].texts(r.clients[0].id, "past the slow one")
	slow.texts(crosspeer.TargetServer, texts...)
	r.intact()
}

func slowShutdown(s *suite) {
	r := s.newRoom(nil, 1)
	slow := r.joinSlow(4)
	texts := r.fill(slow)
	done := make(chan error, 1)
	go func() { done <- s.within("Shutdown", r.srv.Shutdown) }()
	slow.texts(crosspeer.TargetServer, texts...)
	r.clients[0].lost()
	slow.lost()
	s.in("Shutdown", func(context.Context) error { return <-done })
}

func slowLink(s *suite) {
	r := s.newRoom(nil, 2)
	stuck := r.joinSlow(1)
	size := min(64<<10, s.MaxPacketBytes, s.MaxQueuedBytes/4)
	data := pattern(size, 1)
	// To it alone: the program is told.
	fill := func() {
		s.Helper()
		var err error
		for sent := 0; err == nil; sent += size {
			if sent > 4*s.MaxQueuedBytes {
				s.Fatalf("%d bytes were sent to a client that does not read, and all were taken\n"+
					"transport: bound the queue; Link.Send gives SendFull at its limit", sent)
			}
			err = s.within("Send", func(context.Context) error {
				return r.srv.Send(crosspeer.Packet{To: stuck.id, Mode: crosspeer.Reliable, Data: data})
			})
		}
		if !errors.Is(err, crosspeer.ErrQueueFull) {
			s.Fatalf("Send to a client that does not read: %v, want ErrQueueFull", err)
		}
	}
	fill()
	if !s.ReliableOnly {
		for sent := 0; r.srv.Stats().LinkDropped == 0; sent += size {
			if sent > s.MaxQueuedBytes {
				s.Fatalf("unreliable packets do not count as dropped though reliable ones do not fit\n" +
					"transport: Link.Send gives SendDropped where an unreliable frame has no room")
			}
			r.srv.send(crosspeer.Packet{To: stuck.id, Data: data})
		}
	}
	// To all: it is disconnected, they are not. The system's buffers may have
	// taken a little more in between.
	sent := 0
	for ; r.srv.Stats().Slow == 0 && sent < 100; sent++ {
		fill()
		r.srv.send(crosspeer.Packet{Mode: crosspeer.Reliable, Data: data})
	}
	r.left(stuck)
	why := r.srv.disconnected(stuck.id)
	s.wantReason(why, crosspeer.ReasonSlow, crosspeer.ByPolicy)
	for _, c := range r.clients {
		c.sameAnd(data, sent, stuck.id)
	}
	if n := r.srv.Stats().Slow; n != 1 {
		s.Errorf("Stats().Slow is %d, want 1", n)
	}
	for lost := false; !lost; {
		_, lost = stuck.next("ServerDisconnected").(crosspeer.ServerDisconnected)
	}
	r.intact()
}

// sameAnd waits for n packets with these bytes and for a peer to go, in any
// order.
func (m *member) sameAnd(data []byte, n int, id crosspeer.PeerID) {
	m.s.Helper()
	for range n + 1 {
		switch ev := m.next("a packet and PeerDisconnected").(type) {
		case crosspeer.PacketReceived:
			if string(ev.Data) != string(data) {
				m.s.Fatalf("%s got %s", m.name, describe(ev))
			}
		case crosspeer.PeerDisconnected:
			if ev.ID != id {
				m.s.Fatalf("%s got %s, want PeerDisconnected %d", m.name, describe(ev), id)
			}
		default:
			m.s.Fatalf("%s got %s", m.name, describe(ev))
		}
	}
}
