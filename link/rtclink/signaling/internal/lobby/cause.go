package lobby

// Cause says why a connection was closed by the server.
type Cause uint8

// Causes. The first 13 are the demo's.
const (
	NotJoined      Cause = iota // said nothing for Config.JoinTime
	HostLeft                    // its lobby's host has gone
	NotHost                     // wanted to seal the lobby of another
	SealComplete                // its lobby was sealed Config.SealTime ago
	TooManyLobbies              // wanted one more
	AlreadyJoined               // wanted a second lobby
	UnknownLobby                // wanted a lobby that is not there
	LobbySealed                 // wanted a lobby that nobody can join any more
	BadFormat                   // sent something that is no message
	NotInLobby                  // wanted something else before it was in a lobby
	BadDestination              // wrote to somebody who is not in its lobby
	BadCommand                  // sent a message that clients do not send
	TooManyPeers                // was one connection too many

	LobbyFull   // wanted a lobby with Config.MaxMembers
	Flood       // sent more than Config.Rate
	TooLarge    // sent a message larger than the server reads
	TooSlow     // does not read what is sent to it
	Silent      // does not answer pings
	Refused     // was not taken into the session
	SessionOver // was closed by the session's program
	ShuttingDown

	causes // how many there are
)

// The codes that are closed with.
const (
	codeNormal    = 1000
	codeGoingAway = 1001
	codeTooLarge  = 1009
	codeError     = 4000 // the demo's, for everything that is not normal
)

var causeTable = [causes]struct {
	name   string
	code   uint16
	reason string
}{
	NotJoined:      {"not joined in time", codeError, "Have not joined lobby yet"},
	HostLeft:       {"host left", codeError, "Room host has disconnected"},
	NotHost:        {"seal by a member", codeError, "Only host can seal the lobby"},
	SealComplete:   {"seal complete", codeNormal, "Seal complete"},
	TooManyLobbies: {"too many lobbies", codeError, "Too many lobbies open, disconnecting"},
	AlreadyJoined:  {"already in a lobby", codeError, "Already in a lobby"},
	UnknownLobby:   {"unknown lobby", codeError, "Lobby does not exists"},
	LobbySealed:    {"lobby is sealed", codeError, "Lobby is sealed"},
	BadFormat:      {"bad format", codeError, "Invalid message format"},
	NotInLobby:     {"not in a lobby", codeError, "Invalid message when not in a lobby"},
	BadDestination: {"bad destination", codeError, "Invalid destination"},
	BadCommand:     {"bad command", codeError, "Invalid command"},
	TooManyPeers:   {"too many peers", codeError, "Too many peers connected"},
	LobbyFull:      {"lobby is full", codeError, "Lobby is full"},
	Flood:          {"flood", codeError, "Too many messages"},
	TooLarge:       {"message too large", codeTooLarge, "Message is too large"},
	TooSlow:        {"too slow", codeError, "Does not read its messages"},
	Silent:         {"silent", codeError, "Does not answer pings"},
	Refused:        {"refused", codeError, "Refused"},
	SessionOver:    {"session over", codeNormal, "Session is over"},
	ShuttingDown:   {"shutting down", codeGoingAway, "Server is shutting down"},
}

// String is the cause in words, for logs and counters.
func (c Cause) String() string { return causeTable[c].name }

// Code is the WebSocket close code.
func (c Cause) Code() uint16 { return causeTable[c].code }

// Reason is the close reason as it is sent. The demo's are spelled as the demo
// spells them.
func (c Cause) Reason() string { return causeTable[c].reason }

// Causes are all causes, in the order of their numbers.
func Causes() []Cause {
	all := make([]Cause, causes)
	for i := range all {
		all[i] = Cause(i)
	}
	return all
}
