package godot3

import (
	"fmt"
	"slices"
	"testing"
)

// Session is a server and the clients that have joined it, in conversation.
// Its methods make the actors act and check what every one of them sees; each
// ends by showing that nobody saw anything else. They hold for any mix of
// stock engines and other actors.
//
// The zero value with a Server is a session with the engine's defaults.
type Session struct {
	Server Actor

	// NoRelay says that the server was created with server_relay off.
	NoRelay bool

	// TransferChannel is the transfer_channel that all actors were created
	// with; 0 means that the channel follows the mode.
	TransferChannel int

	present []member
	marks   int
}

// member is a client in the session. The id is kept because an actor that has
// left no longer knows it.
type member struct {
	Client
	id int32
}

// Join lets a client join and checks the announcements.
func (s *Session) Join(t testing.TB, c Client) {
	t.Helper()
	defer during(t, "joining of %s", c.Name())
	if result := c.Join(); result != OK {
		t.Fatalf("%s: joining returned %d", c.Name(), result)
	}
	s.Arrive(t, c)
}

// Arrive checks the announcements of a client whose attempt to connect has
// begun before.
func (s *Session) Arrive(t testing.TB, c Client) {
	t.Helper()
	defer during(t, "arriving of %s", c.Name())
	c.Expect(PeerConnected(ServerID), Succeeded())
	newcomer := member{c, c.ID()}
	s.Server.Expect(PeerConnected(newcomer.id))
	if !s.NoRelay {
		for _, id := range slices.Sorted(slices.Values(s.ids())) {
			c.Expect(PeerConnected(id))
		}
		for _, m := range s.present {
			m.Expect(PeerConnected(newcomer.id))
		}
	}
	s.present = append(s.present, newcomer)
	if status := c.Status(); status != Connected {
		t.Fatalf("%s: status after joining is %d, want %d", c.Name(), status, Connected)
	}
	s.Quiet(t)
}

// Quiet shows that nobody has anything to read: the next thing that each actor
// gets over each connection is a marker.
func (s *Session) Quiet(t testing.TB) {
	t.Helper()
	for _, m := range s.present {
		mark := s.mark()
		s.put(t, m, ServerID, Reliable, mark)
		s.Server.Expect(Packet(m.id, mark, s.channel(Reliable)))
	}
	mark := s.mark()
	s.put(t, s.Server, Everyone, Reliable, mark)
	for _, m := range s.present {
		m.Expect(Packet(ServerID, mark, s.channel(Reliable)))
	}
	s.Server.Quiet()
	for _, m := range s.present {
		m.Quiet()
	}
}

// during, deferred, names the step of a conversation in which the test failed.
// The failure itself may come from an actor, which does not know.
func during(t testing.TB, format string, args ...any) {
	if t.Failed() {
		t.Logf("during "+format, args...)
	}
}

// put sends a packet that must be accepted.
func (s *Session) put(t testing.TB, from Actor, target int32, mode Mode, data []byte) {
	t.Helper()
	if result := from.Put(target, mode, data); result != OK {
		t.Fatalf("%s: put to %d, %v, returned %d", from.Name(), target, mode, result)
	}
}

// mark returns a payload that no other packet of the session has.
func (s *Session) mark() []byte {
	s.marks++
	return fmt.Appendf(nil, "mark %d", s.marks)
}

// channel is the channel on which packets of a mode travel.
func (s *Session) channel(mode Mode) int {
	switch {
	case s.TransferChannel != 0:
		return s.TransferChannel
	case mode == Reliable:
		return 1
	default:
		return 2
	}
}

func (s *Session) ids() []int32 {
	ids := make([]int32, len(s.present))
	for i, m := range s.present {
		ids[i] = m.id
	}
	return ids
}

// take removes a client from those present.
func (s *Session) take(t testing.TB, c Client) member {
	t.Helper()
	at := slices.IndexFunc(s.present, func(m member) bool { return m.Client == c })
	if at < 0 {
		t.Fatalf("%s is not in the session", c.Name())
	}
	m := s.present[at]
	s.present = slices.Delete(s.present, at, at+1)
	return m
}
