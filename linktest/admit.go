package linktest

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"crosspeer"
)

// admitted opens a session whose program decides with f, and brings in a
// client that says "sesame".
func (s *suite) admitted(f func(context.Context, crosspeer.Hello) (crosspeer.Grant, error)) (*room, *member) {
	s.Helper()
	r := s.newRoom(&crosspeer.Config{Admit: f}, 0)
	return r, r.enter("sesame")
}

// enter brings in a client that has said a word, if there is one.
func (r *room) enter(word string) *member {
	r.Helper()
	c := r.newMember(fmt.Sprintf("client %d", len(r.clients)+1), nil)
	r.in(c.name+": Dial", func(ctx context.Context) error { return c.Dial(ctx, r.dial(r.srv.Peer, 0)) })
	c.id = c.UniqueID()
	if word != "" {
		c.reliable(crosspeer.TargetServer, word)
	}
	r.srv.connected(c.id)
	c.connected(crosspeer.TargetServer)
	c.next("ConnectionSucceeded")
	for _, other := range r.clients {
		other.connected(c.id)
	}
	c.connected(r.ids()...)
	r.clients = append(r.clients, c)
	return c
}

// turnedAway brings a client that the program refuses, and says why it was
// told: by Dial, or later.
func (r *room) turnedAway(word string) crosspeer.Reason {
	r.Helper()
	before := r.srv.Stats().Refused
	c := r.newMember("the refused client", nil)
	err := r.within("Dial", func(ctx context.Context) error { return c.Dial(ctx, r.dial(r.srv.Peer, 0)) })
	var why *crosspeer.DisconnectError
	var reason crosspeer.Reason
	switch {
	case errors.As(err, &why):
		c.failed(err)
		reason = why.Reason
	case err != nil:
		r.Fatalf("Dial of a refused client: %v, want a *DisconnectError", err)
	default:
		if word != "" {
			c.Send(crosspeer.Packet{To: crosspeer.TargetServer, Mode: crosspeer.Reliable, Data: []byte(word)})
		}
		c.connected(crosspeer.TargetServer)
		c.next("ConnectionSucceeded")
		reason = c.lost()
	}
	r.eventually("Stats().Refused counts the client", "call Hub.Knock or Hub.Attach, and Port.Detach after Link.Close",
		func() bool { return r.srv.Stats().Refused == before+1 })
	return reason
}

var errNoTicket = errors.New("no ticket")

func admitDecides(s *suite) {
	var open atomic.Bool
	open.Store(true)
	r, first := s.admitted(func(_ context.Context, h crosspeer.Hello) (crosspeer.Grant, error) {
		if h.Transport == "" {
			return crosspeer.Grant{}, errors.New("Hello.Transport is empty")
		}
		if !open.Load() {
			return crosspeer.Grant{}, errNoTicket
		}
		return crosspeer.Grant{Metadata: "a ticket"}, nil
	})
	r.srv.texts(first.id, "sesame") // not taken: nobody asked for a first packet
	open.Store(false)
	if why := r.turnedAway(""); !s.NoReasons {
		s.wantText(why, errNoTicket.Error())
	}
	first.reliable(crosspeer.TargetServer, "still here")
	r.srv.texts(first.id, "still here") // and the server heard of nobody
	open.Store(true)
	second := r.enter("") // and the first client neither
	if info, err := r.srv.PeerInfo(second.id); err != nil || info.Metadata != "a ticket" {
		s.Errorf("metadata is %v, %v", info.Metadata, err)
	}
}

func admitFirstPacket(s *suite) {
	r, first := s.admitted(func(ctx context.Context, h crosspeer.Hello) (crosspeer.Grant, error) {
		word, err := h.FirstPacket(ctx)
		if err == nil && string(word) != "sesame" {
			err = fmt.Errorf("%w: %q", errNoTicket, word)
		}
		return crosspeer.Grant{}, err
	})
	first.reliable(crosspeer.TargetServer, "hello")
	r.srv.texts(first.id, "hello")
	if why := r.turnedAway("open"); !s.NoReasons {
		s.wantText(why, `no ticket: "open"`)
	}
	first.reliable(crosspeer.TargetServer, "still here")
	r.srv.texts(first.id, "still here")
	second := r.enter("sesame")
	second.reliable(first.id, "made it")
	first.texts(second.id, "made it")
}
