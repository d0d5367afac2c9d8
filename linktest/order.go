package linktest

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"sync"

	"crosspeer"
)

func orderOne(s *suite) {
	r := s.newRoom(nil, 2)
	const n = 1000
	texts := numbered(n)
	for _, row := range []struct {
		from *member
		to   crosspeer.PeerID
		got  []*member
	}{
		{r.clients[0], 0, []*member{r.srv, r.clients[1]}},
		{r.clients[0], 1, []*member{r.srv}},
		{r.srv, 0, r.clients},
	} {
		for _, text := range texts {
			err := row.from.Send(crosspeer.Packet{To: row.to, Mode: crosspeer.Reliable, Data: []byte(text)})
			if err != nil {
				s.Fatalf("%s: Send: %v", row.from.name, err)
			}
		}
		for _, m := range row.got {
			m.texts(row.from.id, texts...)
		}
	}
	r.intact()
}

func orderMany(s *suite) {
	const clients, n = 5, 200
	r := s.newRoom(nil, clients)
	var work sync.WaitGroup
	errs := make(chan error, clients+1)
	for _, m := range r.all() {
		work.Go(func() {
			for i := range n {
				data := binary.LittleEndian.AppendUint32(nil, uint32(i))
				if err := m.Send(crosspeer.Packet{Mode: crosspeer.Reliable, Data: data}); err != nil {
					errs <- fmt.Errorf("%s: Send: %w", m.name, err)
					return
				}
			}
		})
	}
	// All read while all send, so that no queue need be long.
	for _, m := range r.all() {
		work.Go(func() {
			if err := m.countUp(clients*n, s.Transport); err != nil {
				errs <- fmt.Errorf("%s: %w", m.name, err)
			}
		})
	}
	work.Wait()
	close(errs)
	for err := range errs {
		s.Error(err)
	}
}

// countUp reads packets that each sender has numbered from 0.
func (m *member) countUp(n int, tr *Transport) error {
	ctx, cancel := context.WithTimeout(context.Background(), tr.Patience)
	defer cancel()
	next := make(map[crosspeer.PeerID]uint32)
	for got := range n {
		ev, err := m.Next(ctx)
		if err != nil {
			return fmt.Errorf("after %d of %d packets: %w; the next would be %v", got, n, err, next)
		}
		pkt, ok := ev.(crosspeer.PacketReceived)
		if !ok || len(pkt.Data) != 4 || pkt.From == m.id {
			return fmt.Errorf("got %s", describe(ev))
		}
		if i := binary.LittleEndian.Uint32(pkt.Data); i != next[pkt.From] {
			return fmt.Errorf("got number %d of %d, want %d\ntransport: call Port.Deliver for one frame at a time, in order",
				i, pkt.From, next[pkt.From])
		}
		next[pkt.From]++
	}
	return nil
}

func orderUnreliable(s *suite) {
	r := s.newRoom(nil, 2)
	const n = 500
	for _, mode := range []crosspeer.TransferMode{crosspeer.Unreliable, crosspeer.UnreliableOrdered} {
		for _, from := range []*member{r.clients[0], r.srv} {
			for i := range n {
				data := fmt.Appendf(nil, "%v %d", mode, i)
				if err := from.Send(crosspeer.Packet{Mode: mode, Data: data}); err != nil {
					s.Fatalf("%s: Send: %v", from.name, err)
				}
			}
			for _, m := range r.all() {
				if m != from {
					m.unreliable(from, mode, n)
				}
			}
		}
	}
}

// unreliable reads what arrived of n numbered packets. Behind them marks are
// sent, in the packets' mode and reliably, until both have arrived.
func (m *member) unreliable(from *member, mode crosspeer.TransferMode, n int) {
	m.s.Helper()
	last, seen := -1, make(map[int]bool)
	for i := range tries {
		mark := fmt.Sprintf("%v end %s %d", mode, m.name, i)
		from.send(crosspeer.Packet{To: m.id, Mode: mode, Data: []byte(mark)})
		from.reliable(m.id, mark)
		marks := 0 // either may come first, and the unreliable one not at all
		for more := true; more; {
			pkt := m.packet()
			var number int
			_, err := fmt.Sscanf(string(pkt.Data), mode.String()+" %d", &number)
			switch {
			case string(pkt.Data) == mark:
				marks++
				more = marks < 2 && (m.s.ReliableOnly || pkt.Mode != crosspeer.Reliable)
			case err != nil: // an earlier mark, or packet, that comes late
			case seen[number]:
				m.s.Fatalf("%s got %s twice\ntransport: deliver each frame once", m.name, brief(pkt.Data))
			case mode == crosspeer.UnreliableOrdered && number < last:
				m.s.Fatalf("%s got %s after number %d\ntransport: drop an ordered frame that comes too late",
					m.name, brief(pkt.Data), last)
			default:
				seen[number], last = true, number
			}
		}
		if m.s.canLose(mode) && marks == 2 || len(seen) == n {
			return
		}
	}
	m.s.Fatalf("%s got %d of %d packets, %v\ntransport: if unreliable packets may be lost, set Transport.Lossy",
		m.name, len(seen), n, mode)
}

// orderMembership lets clients come, talk and go while a witness listens.
func orderMembership(s *suite) {
	r := s.newRoom(nil, 1)
	witness := r.clients[0]
	const visitors, visits, words = 3, 8, 5
	var work, last sync.WaitGroup
	errs := make(chan error, visitors+1)
	for i := range visitors {
		work.Go(func() {
			for j := range visits {
				if err := r.visit((i+j)%2 == 0, words, "hello"); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	last.Go(func() {
		work.Wait()
		if err := r.visit(true, 1, lastWord); err != nil {
			errs <- err
		}
	})
	for _, m := range []*member{r.srv, witness} {
		// Who leaves at once may have gone before the server knew of it.
		if gone := m.watch(); gone < visitors*visits/2 {
			s.Errorf("%s heard of %d visits, want at least %d", m.name, gone, visitors*visits/2)
		}
	}
	last.Wait()
	select {
	case err := <-errs:
		s.Error(err)
	default:
	}
}

// lastWord is what the last visitor says.
const lastWord = "the end"

// visit joins, says something to all, and leaves, in order or at once.
func (r *room) visit(inOrder bool, words int, word string) error {
	ctx, cancel := context.WithTimeout(context.Background(), r.Patience)
	defer cancel()
	p, err := crosspeer.Dial(ctx, nil, r.dial(r.srv.Peer, 0))
	if err != nil {
		return fmt.Errorf("a visitor: Dial: %w", err)
	}
	defer p.Close()
	for range words {
		if err := p.Send(crosspeer.Packet{Mode: crosspeer.Reliable, Data: []byte(word)}); err != nil {
			return fmt.Errorf("a visitor: Send: %w", err)
		}
	}
	if inOrder {
		if err := p.Shutdown(ctx); err != nil {
			return fmt.Errorf("a visitor: Shutdown: %w", err)
		}
	}
	return nil
}

// watch reads until the last visitor has gone, and checks that each was heard
// only while it was there. It gives the number of visits.
func (m *member) watch() (gone int) {
	m.s.Helper()
	var here []crosspeer.PeerID
	var last crosspeer.PeerID
	for {
		switch ev := m.next("the end of all visits").(type) {
		case crosspeer.PeerConnected:
			here = append(here, ev.ID)
		case crosspeer.PeerDisconnected:
			if !slices.Contains(here, ev.ID) {
				m.s.Fatalf("%s got PeerDisconnected %d without PeerConnected", m.name, ev.ID)
			}
			here = slices.DeleteFunc(here, func(id crosspeer.PeerID) bool { return id == ev.ID })
			gone++
			if ev.ID == last {
				return gone
			}
		case crosspeer.PacketReceived:
			if !slices.Contains(here, ev.From) {
				m.s.Fatalf("%s heard %d, who was not there\ntransport: no Port.Deliver after Port.Detach", m.name, ev.From)
			}
			if string(ev.Data) == lastWord {
				last = ev.From
			}
		default:
			m.s.Fatalf("%s got %s", m.name, describe(ev))
		}
	}
}
