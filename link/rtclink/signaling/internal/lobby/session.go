package lobby

import (
	"errors"

	"crosspeer/link/rtclink/signaling/internal/protocol"
)

// Errors of Accept and Post.
var (
	ErrGone       = errors.New("the member has gone")
	ErrNotMember  = errors.New("the member was not accepted")
	ErrIsMember   = errors.New("the member was accepted before")
	ErrInvalidID  = errors.New("not an id that a member can have")
	ErrIDInUse    = errors.New("another member of the session has the id")
	ErrWrongPlace = errors.New("the connection did not ask for the session")
)

// Seat is the place that the session's program gives a member.
type Seat struct {
	ID         int32                // 2 to 2147483647, which no other member has
	Mesh       bool                 // what a JSON client is told
	Peers      []int32              // whom the member hears of before it is in
	Name       string               // the lobby's name as the member hears it
	ICEServers []protocol.ICEServer // nil for those given to Open
}

// Accept lets a connection that asked into the session.
func (h *Hall) Accept(id ConnID, s Seat) error {
	c := h.conns[id]
	switch {
	case c == nil:
		return ErrGone
	case c.stage == joined && c.lobby == &h.session:
		return ErrIsMember
	case c.stage != asking:
		return ErrWrongPlace
	case s.ID <= protocol.Host:
		return ErrInvalidID
	case h.session.find(s.ID) != nil:
		return ErrIDInUse
	}
	if s.ICEServers == nil {
		s.ICEServers = c.ice
	}
	c.stage, c.lobby, c.id = joined, &h.session, s.ID
	h.session.members = append(h.session.members, c)
	h.stats.Joins++
	h.stats.Members++
	h.send(protocol.Message{Kind: protocol.ID, ID: s.ID, Data: meshText(s.Mesh), ICEServers: s.ICEServers}, c)
	for _, peer := range s.Peers {
		h.send(protocol.Message{Kind: protocol.PeerConnect, ID: peer}, c)
	}
	h.send(protocol.Message{Kind: protocol.Join, Data: s.Name}, c)
	return nil
}

// Post sends a member of the session a message in its dialect.
func (h *Hall) Post(id ConnID, m protocol.Message) error {
	c := h.conns[id]
	switch {
	case c == nil:
		return ErrGone
	case c.stage != joined || c.lobby != &h.session:
		return ErrNotMember
	}
	if m.Kind.Relayed() {
		h.stats.Relayed++
	}
	h.send(m, c)
	return nil
}
