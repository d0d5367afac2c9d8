package linktest

import (
	"context"
	"fmt"

	"crosspeer"
)

// welcomed is what the case of welcomes asks of a transport.
const welcomed = "a client must know its id before anything else comes: see Welcomer, and call Hub.SetUniqueID before Hub.Attach"

// joinWelcome brings in many clients at once. The server greets each by its id
// as soon as it is announced.
func joinWelcome(s *suite) {
	const n = 12
	r := s.newRoom(nil, 0)
	ctx, cancel := context.WithTimeout(context.Background(), s.Patience)
	defer cancel()
	dialled := make(chan error, n)
	for i := range n {
		c := s.newMember(fmt.Sprintf("client %d", i+1), nil)
		r.clients = append(r.clients, c)
		go func() { dialled <- c.Dial(ctx, r.dial(r.srv.Peer, 0)) }()
	}
	for range n {
		ev, ok := r.srv.next("PeerConnected").(crosspeer.PeerConnected)
		if !ok {
			s.Fatalf("the server got no PeerConnected, though %d clients dial\ntransport: %s", n, welcomed)
		}
		r.srv.reliable(ev.ID, fmt.Sprintf("you are %d", ev.ID))
	}
	for range n {
		if err := s.within("Dial", func(context.Context) error { return <-dialled }); err != nil {
			s.Fatalf("Dial, one of %d at once: %v\ntransport: %s", n, err, welcomed)
		}
	}
	for _, c := range r.clients {
		c.id = c.UniqueID()
		c.greeted()
	}
}

// greeted reads a client's events up to the server's greeting, which must be
// for it.
func (m *member) greeted() {
	m.s.Helper()
	want := fmt.Sprintf("you are %d", m.id)
	for i := 0; ; i++ {
		ev := m.next("the server's greeting")
		pkt, isPacket := ev.(crosspeer.PacketReceived)
		_, isPeer := ev.(crosspeer.PeerConnected)
		switch {
		case i == 0 && ev == crosspeer.Event(crosspeer.PeerConnected{ID: crosspeer.TargetServer}),
			i == 1 && ev == crosspeer.Event(crosspeer.ConnectionSucceeded{}),
			i > 1 && isPeer:
		case i > 1 && isPacket && pkt.From == crosspeer.TargetServer && string(pkt.Data) == want:
			return
		default:
			m.s.Fatalf("event %d of %s is %s; its id is %d\ntransport: %s", i+1, m.name, describe(ev), m.id, welcomed)
		}
	}
}
