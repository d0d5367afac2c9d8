package lobby

import "time"

// Config is what a Hall needs to know. No field has a default.
type Config struct {
	MaxPeers   int           // most connections
	MaxLobbies int           // most lobbies, sealed ones included
	MaxMembers int           // most members of a lobby, the host included
	JoinTime   time.Duration // until which a connection must have joined
	SealTime   time.Duration // after which a sealed lobby is closed

	// Rate is how many messages a connection may send per second in the long
	// run, Burst how many at once.
	Rate, Burst int

	// Session is the name of the lobby whose host is the program, empty if
	// there is none. Alone means that it is also the lobby of those who name
	// none, and that there are no others.
	Session string
	Alone   bool

	// NewID draws an id, NewName the name of a lobby.
	NewID   func() int32
	NewName func() string
}
