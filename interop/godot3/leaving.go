package godot3

import "testing"

// Leave lets a client close its connection. It hears nothing itself; the
// server and, with relay, the other clients hear that it is gone.
func (s *Session) Leave(t testing.TB, c Client) {
	t.Helper()
	defer during(t, "leaving of %s", c.Name())
	gone := s.take(t, c)
	c.Close()
	s.hearOf(gone)
	s.alone(t, c)
	s.Quiet(t)
}

// Kick lets the server remove a client, at once or after what is queued for
// it. The client hears that the server is gone.
func (s *Session) Kick(t testing.TB, c Client, now bool) {
	t.Helper()
	defer during(t, "kicking of %s, now: %t", c.Name(), now)
	gone := s.take(t, c)
	s.Server.Disconnect(gone.id, now)
	s.hearOf(gone)
	c.Expect(ServerDisconnected())
	s.alone(t, c)
	s.Quiet(t)
}

// End lets the server close. Each client hears that the server is gone, and
// nothing about the other clients. The server hears nothing.
func (s *Session) End(t testing.TB) {
	t.Helper()
	defer during(t, "closing of %s", s.Server.Name())
	s.Server.Close()
	for _, m := range s.present {
		m.Expect(ServerDisconnected())
		s.alone(t, m.Client)
	}
	s.present = nil
	s.alone(t, s.Server)
}

// hearOf checks that those who stay hear of a client that has gone.
func (s *Session) hearOf(gone member) {
	s.Server.Expect(PeerDisconnected(gone.id))
	if s.NoRelay {
		return
	}
	for _, m := range s.present {
		m.Expect(PeerDisconnected(gone.id))
	}
}

// alone checks an actor that is no longer in a session.
func (s *Session) alone(t testing.TB, a Actor) {
	t.Helper()
	if status := a.Status(); status != Disconnected {
		t.Fatalf("%s: status outside of a session is %d, want %d", a.Name(), status, Disconnected)
	}
	if result := a.Put(Everyone, Reliable, []byte("anybody?")); result != ErrUnconfigured {
		t.Fatalf("%s: put outside of a session returned %d, want %d", a.Name(), result, ErrUnconfigured)
	}
	a.Quiet()
}
