package signaling

import "crosspeer/link/rtclink/signaling/internal/protocol"

// Event is something that a Client hears of: Welcome, PeerConnect,
// PeerDisconnect, Joined, Offer, Answer, Candidate, Sealed or Closed.
//
// Who joins a lobby gets Welcome, a PeerConnect for each member that is there,
// and Joined, in this order.
type Event interface{ event() }

// Welcome gives the client its id.
type Welcome struct {
	ID int32 // HostID for who created the lobby

	// Mesh says that every pair of members connects. Without it members
	// connect to the host only. In the text dialect it is always true.
	Mesh bool

	// ICEServers are those that the server offers, if it does.
	ICEServers []ICEServer
}

// Joined says that the client is in a lobby. Others join it by its name.
type Joined struct{ Lobby string }

// PeerConnect says that another member is there.
type PeerConnect struct{ ID int32 }

// PeerDisconnect says that another member has gone.
type PeerDisconnect struct{ ID int32 }

// Offer is a session description from another member.
type Offer struct {
	From int32
	SDP  string
}

// Answer is the answer of another member to an offer.
type Answer struct {
	From int32
	SDP  string
}

// Candidate is an ICE candidate of another member. ParseCandidate reads Data.
type Candidate struct {
	From int32
	Data string
}

// Sealed says that nobody can join any more, and that the server is going to
// close the connection.
type Sealed struct{}

// Closed is the last event of every Client.
type Closed struct {
	Code   int    // WebSocket close code; 1006 if the connection just broke
	Reason string // the server's words, as "Lobby does not exists"
	Err    error  // what broke the connection, nil if it was closed
}

func (Welcome) event()        {}
func (Joined) event()         {}
func (PeerConnect) event()    {}
func (PeerDisconnect) event() {}
func (Offer) event()          {}
func (Answer) event()         {}
func (Candidate) event()      {}
func (Sealed) event()         {}
func (Closed) event()         {}

// eventOf translates what a server sends, nil for what none does.
func eventOf(d Dialect, m protocol.Message) Event {
	switch m.Kind {
	case protocol.ID:
		return Welcome{m.ID, d == Text || m.Data == "true", m.ICEServers}
	case protocol.Join:
		return Joined{m.Data}
	case protocol.PeerConnect:
		return PeerConnect{m.ID}
	case protocol.PeerDisconnect:
		return PeerDisconnect{m.ID}
	case protocol.Offer:
		return Offer{m.ID, m.Data}
	case protocol.Answer:
		return Answer{m.ID, m.Data}
	case protocol.Candidate:
		return Candidate{m.ID, m.Data}
	case protocol.Seal:
		return Sealed{}
	}
	return nil
}
