package crosspeer

// ReasonCode says why a connection ended, for programs.
type ReasonCode uint8

// Reason codes.
const (
	ReasonUnknown  ReasonCode = 0
	ReasonClosed   ReasonCode = 1 // somebody said goodbye
	ReasonKicked   ReasonCode = 2 // the server disconnected the peer
	ReasonTimeout  ReasonCode = 3 // the remote stopped answering
	ReasonNoReply  ReasonCode = 4 // nothing at the address answered
	ReasonRefused  ReasonCode = 5 // the server did not let the peer in
	ReasonSlow     ReasonCode = 6 // an end did not drain what was sent to it reliably
	ReasonProtocol ReasonCode = 7 // the remote broke the transport's rules
	ReasonInvalid  ReasonCode = 8 // the peer's id was invalid or in use
	ReasonLimit    ReasonCode = 9 // the remote broke a limit of Config.Policy
)

var reasonNames = []string{
	"unknown", "closed", "kicked", "timeout", "no reply", "refused", "too slow", "protocol error", "invalid id", "limit",
}

// String names the code.
func (c ReasonCode) String() string { return enumName("reason", reasonNames, uint8(c)) }

// Party says who ended a connection.
type Party uint8

// Parties.
const (
	ByNobody Party = 0 // the network, or it cannot be told
	ByLocal  Party = 1 // the program at this end
	ByRemote Party = 2 // the other end
	ByPolicy Party = 3 // a limit of this end
)

var partyNames = []string{"nobody", "local", "remote", "policy"}

// String names the party.
func (p Party) String() string { return enumName("party", partyNames, uint8(p)) }

// Reason says why a connection ended, who ended it, and in words what
// happened. Transports that can carry the words to the other end do.
type Reason struct {
	Code ReasonCode
	By   Party
	Text string
}

// String is the words, or the code if there are none.
func (r Reason) String() string {
	if r.Text != "" {
		return r.Text
	}
	if r.By == ByNobody {
		return r.Code.String()
	}
	return r.Code.String() + " by " + r.By.String()
}

// DisconnectError is a Reason as an error: why Dial failed. With ReasonRefused
// it is ErrRefused for errors.Is.
type DisconnectError struct{ Reason Reason }

func (e *DisconnectError) Error() string { return "crosspeer: " + e.Reason.String() }

// Is implements the interface of errors.Is.
func (e *DisconnectError) Is(target error) bool {
	return target == ErrRefused && e.Reason.Code == ReasonRefused
}
