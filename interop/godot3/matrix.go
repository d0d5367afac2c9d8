package godot3

import (
	"slices"
	"testing"
)

// ENet drops unreliable packets when round trips get longer, as they do on a
// busy machine, and may stay that way for long. Its throttle then still lets
// one of any 32 in a row through. So a cell whose packet was lost is repeated
// with burst packets at a time, which gets one over one throttled hop, and as
// many times, which gets one over the two hops of a relay.
const (
	burst     = 32
	maxBursts = 32
)

// Matrix sends one packet from everybody to every kind of target in every
// mode and checks what the sender is told and who receives it. It needs two
// clients or more; the third is the first that is neither sender nor target.
func (s *Session) Matrix(t testing.TB) {
	t.Helper()
	if len(s.present) < 2 {
		t.Fatalf("the matrix needs two clients, there are %d", len(s.present))
	}
	targets := []int32{Everyone, ServerID, -ServerID}
	for _, id := range append(s.ids(), s.stranger()) {
		targets = append(targets, id, -id)
	}
	for from := range s.actors() {
		for _, target := range targets {
			for _, mode := range Modes {
				s.deliver(t, from, target, mode)
			}
		}
	}
	s.Quiet(t)
}

// deliver checks one cell. Actors are meant by their place in s.actors().
func (s *Session) deliver(t testing.TB, from int, target int32, mode Mode) {
	t.Helper()
	actors := s.actors()
	sender := actors[from]
	defer during(t, "%s to %s, %v", sender.Name(), s.describe(target), mode)
	want, receivers := s.rule(from, target)
	reached := make(map[int]bool)
	count := 1
	for try := 0; ; try++ {
		var sent []Event
		for range count {
			data := s.mark()
			if result := sender.Put(target, mode, data); result != want {
				t.Fatalf("%s: put returned %d, want %d", sender.Name(), result, want)
			}
			sent = append(sent, Packet(s.id(from), data, s.channel(mode)))
		}
		for i, got := range s.gather(t, from) {
			var meant []Event
			if slices.Contains(receivers, i) {
				meant = sent
			}
			if !arrivedAs(mode, got, meant) {
				t.Fatalf("%s: expected up to the marker, %v:\n%s\ngot:\n%s", actors[i].Name(), mode, list(meant, -1), list(got, -1))
			}
			if len(got) > 0 {
				reached[i] = true
			}
		}
		if len(reached) == len(receivers) {
			return
		}
		if try == maxBursts {
			t.Fatalf("%s: of %d receivers, %d got none of %d packets", sender.Name(), len(receivers), len(receivers)-len(reached), 1+try*burst)
		}
		t.Logf("%s to %s, %v: lost, sent again", sender.Name(), s.describe(target), mode)
		count = burst
	}
}

// arrivedAs says whether packets that were sent may arrive like this: none
// that was not sent, none twice, and what else the mode promises.
func arrivedAs(mode Mode, got, sent []Event) bool {
	if mode == Reliable {
		return slices.Equal(got, sent)
	}
	next := 0
	seen := make(map[Event]bool)
	for _, e := range got {
		at := slices.Index(sent, e)
		if at < 0 || seen[e] || mode == UnreliableOrdered && at < next {
			return false
		}
		seen[e], next = true, at
	}
	return true
}

// gather returns what each actor has received since the last marker, once it
// is certain that a packet sent before from the same actor is no longer under
// way. The sender marks its path to the server, then the server its paths to
// everybody.
//
// It does so twice. A transport may put reliable data before unreliable data
// when both are waiting, so that the first marker can overtake the packet; the
// second marker leaves when the first has arrived and cannot.
func (s *Session) gather(t testing.TB, from int) [][]Event {
	t.Helper()
	actors := s.actors()
	got := make([][]Event, len(actors))
	until := func(at int, mark Event) { got[at] = append(got[at], actors[at].Until(mark)...) }
	for range 2 {
		if from != 0 {
			mark := s.mark()
			s.put(t, actors[from], ServerID, Reliable, mark)
			until(0, Packet(s.id(from), mark, s.channel(Reliable)))
		}
		mark := s.mark()
		s.put(t, s.Server, Everyone, Reliable, mark)
		for i := range s.present {
			until(i+1, Packet(ServerID, mark, s.channel(Reliable)))
		}
	}
	s.Server.Quiet()
	return got
}

// rule says what put returns and who receives the packet.
func (s *Session) rule(from int, target int32) (result int, receivers []int) {
	known := func(i int) bool {
		return i != from && (!s.NoRelay || from == 0 || i == 0)
	}
	valid := target == Everyone
	for i := range s.actors() {
		if known(i) && (target == s.id(i) || target == -s.id(i)) {
			valid = true
		}
	}
	if !valid {
		return ErrInvalidParameter, nil
	}
	if s.NoRelay && from != 0 && target != ServerID {
		// Accepted by the client and dropped by the server, which does not
		// even take its own part of a broadcast.
		return OK, nil
	}
	for i := range s.actors() {
		id := s.id(i)
		if i != from && (target == Everyone || target == id || target < 0 && target != -id) {
			receivers = append(receivers, i)
		}
	}
	return OK, receivers
}

// actors lists the server and then the clients.
func (s *Session) actors() []Actor {
	all := []Actor{s.Server}
	for _, m := range s.present {
		all = append(all, m.Client)
	}
	return all
}

// id is the id of an actor by its place in s.actors().
func (s *Session) id(at int) int32 {
	if at == 0 {
		return ServerID
	}
	return s.present[at-1].id
}

// stranger returns an id that nobody has.
func (s *Session) stranger() int32 {
	id := int32(2)
	for slices.Contains(s.ids(), id) {
		id++
	}
	return id
}

// describe names a target for people.
func (s *Session) describe(target int32) string {
	for i, a := range s.actors() {
		switch target {
		case s.id(i):
			return a.Name()
		case -s.id(i):
			return "all but " + a.Name()
		}
	}
	switch {
	case target == Everyone:
		return "everyone"
	case target < 0:
		return "all but a stranger"
	default:
		return "a stranger"
	}
}
