package linktest

import (
	"context"
	"errors"
	"fmt"

	"crosspeer"
)

// member is a Peer in a session under test.
type member struct {
	*crosspeer.Peer
	s    *suite
	name string
	id   crosspeer.PeerID
}

// newMember makes a Peer that is closed when the case is over.
func (s *suite) newMember(name string, cfg *crosspeer.Config) *member {
	s.Helper()
	p, err := crosspeer.New(cfg)
	if err != nil {
		s.Fatal(err)
	}
	m := &member{Peer: p, s: s, name: name}
	s.Cleanup(func() { m.close() })
	return m
}

// close closes the Peer, which must not take long.
func (m *member) close() {
	m.s.Helper()
	if err := m.s.within(m.name+": Close", func(context.Context) error { return m.Close() }); err != nil {
		m.s.Errorf("%s: Close: %v", m.name, err)
	}
}

// send sends and must succeed at once.
func (m *member) send(pkt crosspeer.Packet) {
	m.s.Helper()
	m.s.in(m.name+": Send", func(context.Context) error { return m.Send(pkt) })
}

// reliable sends text reliably.
func (m *member) reliable(to crosspeer.PeerID, text string) {
	m.s.Helper()
	m.send(crosspeer.Packet{To: to, Mode: crosspeer.Reliable, Data: []byte(text)})
}

// next waits for an event.
func (m *member) next(want string) crosspeer.Event {
	m.s.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), m.s.Patience)
	defer cancel()
	ev, err := m.Next(ctx)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		m.s.Fatalf("%s waits for %s since %v\n"+
			"transport: was it lost, or Port.Deliver or Port.Detach not called? Did the session drop it? Stats here:\n%+v",
			m.name, want, m.s.Patience, m.Stats())
	case err != nil:
		m.s.Fatalf("%s waits for %s: %v", m.name, want, err)
	}
	return ev
}

// connected waits for peers to be announced, in this order.
func (m *member) connected(ids ...crosspeer.PeerID) {
	m.s.Helper()
	for _, id := range ids {
		if ev := m.next(fmt.Sprintf("PeerConnected %d", id)); ev != (crosspeer.PeerConnected{ID: id}) {
			m.s.Fatalf("%s got %s, want PeerConnected %d", m.name, describe(ev), id)
		}
	}
}

// disconnected waits for a peer to go.
func (m *member) disconnected(id crosspeer.PeerID) crosspeer.Reason {
	m.s.Helper()
	ev := m.next(fmt.Sprintf("PeerDisconnected %d", id))
	d, ok := ev.(crosspeer.PeerDisconnected)
	if !ok || d.ID != id {
		m.s.Fatalf("%s got %s, want PeerDisconnected %d", m.name, describe(ev), id)
	}
	return d.Reason
}

// lost waits for the server to go, and for the end of the events.
func (m *member) lost() crosspeer.Reason {
	m.s.Helper()
	ev := m.next("ServerDisconnected")
	d, ok := ev.(crosspeer.ServerDisconnected)
	if !ok {
		m.s.Fatalf("%s got %s, want ServerDisconnected", m.name, describe(ev))
	}
	if st := m.ConnectionStatus(); st != crosspeer.Disconnected {
		m.s.Errorf("%s is %v after ServerDisconnected", m.name, st)
	}
	m.ended()
	return d.Reason
}

// ended checks that no event is left or comes any more.
func (m *member) ended() {
	m.s.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), m.s.Patience)
	defer cancel()
	if ev, err := m.Next(ctx); !errors.Is(err, crosspeer.ErrClosed) {
		m.s.Fatalf("%s got %s after the end of its session (error %v)\ntransport: call Port.Detach once, and last",
			m.name, describe(ev), err)
	}
}

// packet waits for a packet.
func (m *member) packet() crosspeer.Packet {
	m.s.Helper()
	ev := m.next("a packet")
	p, ok := ev.(crosspeer.PacketReceived)
	if !ok {
		m.s.Fatalf("%s got %s, want a packet", m.name, describe(ev))
	}
	return p.Packet
}

// texts waits for packets of one sender with these texts, in this order.
func (m *member) texts(from crosspeer.PeerID, texts ...string) {
	m.s.Helper()
	for _, want := range texts {
		if p := m.packet(); p.From != from || string(p.Data) != want {
			m.s.Fatalf("%s got %s, want %s from %d\ntransport: reliable frames must arrive once and in order",
				m.name, describe(crosspeer.PacketReceived{Packet: p}), brief([]byte(want)), from)
		}
	}
}

// numbered are n texts.
func numbered(n int) []string {
	texts := make([]string, n)
	for i := range texts {
		texts[i] = fmt.Sprintf("number %d", i)
	}
	return texts
}

// describe is an event in words.
func describe(ev crosspeer.Event) string {
	switch ev := ev.(type) {
	case nil:
		return "nothing"
	case crosspeer.PacketReceived:
		return fmt.Sprintf("packet %s from %d to %d, %v, channel %d", brief(ev.Data), ev.From, ev.To, ev.Mode, ev.Channel)
	case crosspeer.PeerDisconnected:
		return fmt.Sprintf("PeerDisconnected %d (%v)", ev.ID, ev.Reason)
	case crosspeer.ServerDisconnected:
		return fmt.Sprintf("ServerDisconnected (%v)", ev.Reason)
	case crosspeer.PeerConnected:
		return fmt.Sprintf("PeerConnected %d", ev.ID)
	}
	return fmt.Sprintf("%T", ev)
}

// brief is a packet's bytes, or their number.
func brief(b []byte) string {
	if len(b) > 40 {
		return fmt.Sprintf("%q... (%d bytes)", b[:16], len(b))
	}
	return fmt.Sprintf("%q", b)
}
