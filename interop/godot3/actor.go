package godot3

import "time"

// Actor is one peer of a session as a test sees it: a stock engine, or a peer
// written in Go behind an adapter. Methods that return a number return the
// engine's error numbers, [OK] for success.
//
// The reading half is what an embedded [Log] provides.
type Actor interface {
	// Name tells actors apart in failures.
	Name() string

	// ID is the peer's own id: 1 on a server.
	ID() int32

	// Status is the connection status.
	Status() int

	// Put sends data in one packet.
	Put(target int32, mode Mode, data []byte) int

	// PutPattern sends the packet Pattern(length, seed).
	PutPattern(target int32, mode Mode, length, seed int) int

	// Disconnect makes a server remove a client, at once or after what is
	// queued for it was delivered.
	Disconnect(id int32, now bool)

	// Close ends the peer's part in the session in an orderly way.
	Close()

	// Expect waits until the next events are exactly these.
	Expect(want ...Event)

	// WaitFor skips to the next event that matches.
	WaitFor(match func(Event) bool) Event

	// Until returns the events before the next one that equals last.
	Until(last Event) []Event

	// SetPatience changes how long a wait lasts before it fails.
	SetPatience(time.Duration)

	// Quiet fails the test when there are events that were not read. An actor
	// first handles what has reached its socket.
	Quiet()
}

// Client is an actor that knows which server to join.
type Client interface {
	Actor

	// Join starts a connection attempt and returns at once. A client that has
	// left or was removed can join again.
	Join() int
}
