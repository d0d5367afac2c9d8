package godot3

import (
	"testing"
)

// Large sends a packet of length bytes from everybody to everybody in every
// mode. It must be long enough for ENet to cut it up: then it travels
// reliably in every mode, on the channel of its mode.
func (s *Session) Large(t testing.TB, length int) {
	t.Helper()
	for from := range s.actors() {
		for _, mode := range Modes {
			s.large(t, from, mode, length)
		}
	}
	s.Quiet(t)
}

func (s *Session) large(t testing.TB, from int, mode Mode, length int) {
	t.Helper()
	sender := s.actors()[from]
	defer during(t, "%d bytes from %s, %v", length, sender.Name(), mode)
	// Any number that differs from packet to packet.
	seed := 10*from + int(mode)
	if result := sender.PutPattern(Everyone, mode, length, seed); result != OK {
		t.Fatalf("%s: put returned %d", sender.Name(), result)
	}
	packet := Packet(s.id(from), Pattern(length, seed), s.channel(mode))
	for i, a := range s.actors() {
		if i != from {
			a.Expect(packet)
		}
	}
}

// InOrder sends count reliable packets from each actor in turn to everyone,
// without waiting in between; they arrive complete and in order.
func (s *Session) InOrder(t testing.TB, count int) {
	t.Helper()
	for from, sender := range s.actors() {
		var packets []Event
		for range count {
			data := s.mark()
			s.put(t, sender, Everyone, Reliable, data)
			packets = append(packets, Packet(s.id(from), data, s.channel(Reliable)))
		}
		for i, a := range s.actors() {
			if i != from {
				a.Expect(packets...)
			}
		}
	}
	s.Quiet(t)
}
