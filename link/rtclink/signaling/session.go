package signaling

import (
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"

	"crosspeer/link/rtclink/signaling/internal/lobby"
	"crosspeer/link/rtclink/signaling/internal/protocol"
)

// Session is a program that is the host of a lobby, member 1. Its methods are
// called for one member after the other in this order: Join, then Offer, Answer
// and Candidate as they come, then Leave. Calls for different members may
// overlap. A method that takes long keeps only that member waiting. No lock is
// held, so methods of Member may be called from everywhere.
type Session interface {
	// Join says that somebody asks to come in. The program calls m.Accept or
	// m.Close, in Join or later.
	Join(m *Member)

	// Offer, Answer and Candidate came from an accepted member and are for
	// the member with id to: 1 for the program. That somebody has the id is
	// the program's to check. data is what ParseCandidate reads.
	Offer(m *Member, to int32, sdp string)
	Answer(m *Member, to int32, sdp string)
	Candidate(m *Member, to int32, data string)

	// Leave says that the connection of somebody who asked to come in is
	// over, also if it was not accepted. Methods of m do nothing from now on.
	Leave(m *Member)
}

// Errors of a Member's methods, for errors.Is.
var (
	ErrGone        = errors.New("signaling: member has gone")
	ErrNotAccepted = errors.New("signaling: member was not accepted")
	ErrAccepted    = errors.New("signaling: member was accepted before")
	ErrInvalidID   = errors.New("signaling: invalid member id")
	ErrDuplicateID = errors.New("signaling: member id is in use")
)

// Seat is the place that a program gives a member of its session.
type Seat struct {
	// ID is the member's id, 2 to 2147483647.
	ID int32

	// ClientServer tells a client of the JSON dialect that there is no mesh:
	// it has a connection to the host only. In the text dialect every lobby is
	// a mesh.
	ClientServer bool

	// Peers are those that the member hears of before it is in, in this
	// order. Default the host alone.
	Peers []int32

	// ICEServers are sent to a client of the JSON dialect with its id. Default
	// those of Config.ICEServers.
	ICEServers []ICEServer
}

// Member is a client in the session's lobby, or one that asks to come in. Its
// methods may be called from any goroutine and with any lock held. They send in
// the member's dialect, return at once, and give an error that wraps ErrGone or
// ErrNotAccepted if there is nobody to send to.
type Member struct {
	conn    *conn
	request *http.Request
	dialect Dialect
	id      atomic.Int32
}

// ID is the member's id, 0 before Accept.
func (m *Member) ID() int32 { return m.id.Load() }

// Dialect is what the member speaks. In the text dialect the smaller id offers,
// in JSON the larger.
func (m *Member) Dialect() Dialect { return m.dialect }

// Request is the HTTP request with which the member came. It must not be
// changed.
func (m *Member) Request() *http.Request { return m.request }

// Accept lets the member in: it is told its id, of the peers, and that it has
// joined. Errors wrap ErrGone, ErrAccepted, ErrInvalidID or ErrDuplicateID.
func (m *Member) Accept(s Seat) error {
	if s.Peers == nil {
		s.Peers = []int32{HostID}
	}
	srv := m.conn.server
	srv.mu.Lock()
	defer srv.mu.Unlock()
	err := srv.hall.Accept(m.conn.id, lobby.Seat{
		ID:         s.ID,
		Mesh:       !s.ClientServer,
		Peers:      s.Peers,
		Name:       srv.cfg.SessionLobby,
		ICEServers: s.ICEServers,
	})
	if err != nil {
		return memberError(err, s.ID)
	}
	m.id.Store(s.ID)
	srv.run()
	return nil
}

// memberError translates an error of the core.
func memberError(err error, id int32) error {
	switch {
	case errors.Is(err, lobby.ErrGone):
		return ErrGone
	case errors.Is(err, lobby.ErrIsMember):
		return ErrAccepted
	case errors.Is(err, lobby.ErrInvalidID):
		return fmt.Errorf("%w: %d, want 2 to 2147483647", ErrInvalidID, id)
	case errors.Is(err, lobby.ErrIDInUse):
		return fmt.Errorf("%w: %d", ErrDuplicateID, id)
	}
	return ErrNotAccepted
}

// PeerConnect tells the member that another one is there.
func (m *Member) PeerConnect(id int32) error {
	return m.post(protocol.Message{Kind: protocol.PeerConnect, ID: id})
}

// PeerDisconnect tells the member that another one has gone.
func (m *Member) PeerDisconnect(id int32) error {
	return m.post(protocol.Message{Kind: protocol.PeerDisconnect, ID: id})
}

// Offer sends the member an offer of the member from.
func (m *Member) Offer(from int32, sdp string) error {
	return m.post(protocol.Message{Kind: protocol.Offer, ID: from, Data: sdp})
}

// Answer sends the member an answer of the member from.
func (m *Member) Answer(from int32, sdp string) error {
	return m.post(protocol.Message{Kind: protocol.Answer, ID: from, Data: sdp})
}

// Candidate sends the member a candidate of the member from; data is what
// FormatCandidate wrote.
func (m *Member) Candidate(from int32, data string) error {
	return m.post(protocol.Message{Kind: protocol.Candidate, ID: from, Data: data})
}

// Seal tells the member that nobody joins any more, which to the demo's
// clients means that the end of this connection is not the end of the game.
func (m *Member) Seal() error { return m.post(protocol.Message{Kind: protocol.Seal}) }

func (m *Member) post(msg protocol.Message) error {
	srv := m.conn.server
	srv.mu.Lock()
	defer srv.mu.Unlock()
	if err := srv.hall.Post(m.conn.id, msg); err != nil {
		return memberError(err, 0)
	}
	srv.run()
	return nil
}

// Close ends the member's connection, after what was sent to it. The reason is
// at most 123 bytes, longer ones are cut; the code is 4000 for a member that
// was not accepted, else 1000.
func (m *Member) Close(reason string) {
	why := lobby.Refused
	if m.ID() != 0 {
		why = lobby.SessionOver
	}
	srv := m.conn.server
	srv.mu.Lock()
	defer srv.mu.Unlock()
	srv.hall.Close(m.conn.id, why, cut(reason))
	srv.run()
}

// maxReason is the longest close reason in bytes. RFC 6455, section 5.5.
const maxReason = 123

// cut shortens a reason at a character's end.
func cut(s string) string {
	if len(s) <= maxReason {
		return s
	}
	end := 0
	for i := range s {
		if i > maxReason {
			break
		}
		end = i
	}
	return s[:end]
}

// FormatCandidate is a candidate as the demos write it, with its leading line
// end.
func FormatCandidate(c ICECandidate) string { return protocol.FormatCandidate(c) }

// ParseCandidate is the inverse of FormatCandidate. Empty lines do not count,
// as in the demo's clients.
func ParseCandidate(data string) (ICECandidate, error) {
	c, err := protocol.ParseCandidate(data)
	if err != nil {
		return c, fmt.Errorf("signaling: candidate %q: want three lines, media stream, number and candidate", clip(data))
	}
	return c, nil
}

// clip shortens what others sent for an error's text.
func clip(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return s[:most] + "..."
}
