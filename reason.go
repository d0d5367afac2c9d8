package crosspeer

import "fmt"

// ReasonCode says why a connection ended, for programs.
type ReasonCode uint8

// Reason codes.
const (
	ReasonUnknown  ReasonCode = iota
	ReasonClosed              // somebody said goodbye
	ReasonKicked              // the server disconnected the peer
	ReasonTimeout             // the remote stopped answering
	ReasonNoReply             // nothing at the address answered
	ReasonRefused             // the server did not let the peer in
	ReasonSlow                // the peer did not drain what was sent to it reliably
	ReasonProtocol            // the remote broke the transport's rules
	ReasonInvalid             // the peer's id was invalid or in use
)

// String names the code.
func (c ReasonCode) String() string {
	names := [...]string{
		"unknown", "closed", "kicked", "timeout", "no reply", "refused", "too slow", "protocol error", "invalid id",
	}
	if int(c) < len(names) {
		return names[c]
	}
	return fmt.Sprintf("reason %d", uint8(c))
}

// Party says who ended a connection.
type Party uint8

// Parties.
const (
	ByNobody Party = iota // the network, or it cannot be told
	ByLocal               // the program at this end
	ByRemote              // the other end
	ByPolicy              // a limit of this end
)

// String names the party.
func (p Party) String() string {
	names := [...]string{"nobody", "local", "remote", "policy"}
	if int(p) < len(names) {
		return names[p]
	}
	return fmt.Sprintf("party %d", uint8(p))
}

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

// DisconnectError is a Reason as an error.
type DisconnectError struct{ Reason Reason }

func (e *DisconnectError) Error() string { return "crosspeer: " + e.Reason.String() }
