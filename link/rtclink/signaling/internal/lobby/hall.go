package lobby

import (
	"time"

	"crosspeer/link/rtclink/signaling/internal/protocol"
)

// ConnID is the driver's name of a connection. It is not used twice.
type ConnID uint64

// Hall is all lobbies of a server and all connections, joined or not. It is
// used by one goroutine at a time. now is the time since any moment that the
// owner has chosen and does not go back.
type Hall struct {
	cfg     Config
	conns   map[ConnID]*conn
	lobbies map[key]*lobby
	ids     map[int32]bool // of all who are in a lobby and not its host
	session lobby          // whose host is the program

	waiting queue[*conn]  // for a JOIN
	sealed  queue[*lobby] // to be closed

	out   []Output
	stats Stats
}

// key is what a lobby is found by: clients of different dialects would not
// understand each other.
type key struct {
	dialect protocol.Dialect
	name    string
}

// lobby is a host and those who joined it.
type lobby struct {
	key
	mesh    bool
	sealed  bool
	members []*conn // in the order of joining; the host first, but in the session
}

// stage is how far a connection has come.
type stage uint8

const (
	fresh  stage = iota // has not joined
	asking              // waits for the session's program
	joined
	gone
)

// conn is a connection.
type conn struct {
	key     ConnID
	stage   stage
	dialect protocol.Dialect
	id      int32 // within the lobby
	lobby   *lobby
	ice     []protocol.ICEServer
	bucket  bucket
}

// Stats are the figures of a Hall. Counters begin with 0 and do not go back.
type Stats struct {
	Conns   int // now
	Lobbies int // now, the session's not counted
	Members int // connections that are in a lobby now
	Joins   uint64
	Relayed uint64
	Closed  [causes]uint64 // by Cause
}

// New makes a Hall without anybody in it.
func New(cfg Config) *Hall {
	return &Hall{
		cfg:     cfg,
		conns:   map[ConnID]*conn{},
		lobbies: map[key]*lobby{},
		ids:     map[int32]bool{},
	}
}

// Open says that a connection is there. With its id it is to get ice, if it
// speaks JSON.
func (h *Hall) Open(now time.Duration, id ConnID, ice []protocol.ICEServer) {
	c := &conn{key: id, ice: ice, bucket: newBucket(now, h.cfg.Rate, h.cfg.Burst)}
	if len(h.conns) >= h.cfg.MaxPeers {
		h.stats.Closed[TooManyPeers]++
		h.emit(Output{Conn: id, Kind: Close, Cause: TooManyPeers, Reason: TooManyPeers.Reason()})
		return
	}
	h.conns[id] = c
	h.waiting.push(now+h.cfg.JoinTime, c)
}

// Gone says that a connection is over, whoever ended it.
func (h *Hall) Gone(id ConnID) {
	if c := h.conns[id]; c != nil {
		h.remove(c)
	}
}

// Close closes a connection for a cause that is the driver's to know, with the
// cause's own reason if none is given.
func (h *Hall) Close(id ConnID, why Cause, reason string) {
	if c := h.conns[id]; c != nil {
		h.close(c, why, reason)
	}
}

// Advance does what is due.
func (h *Hall) Advance(now time.Duration) {
	for c := range h.waiting.due(now, (*conn).isWaiting) {
		h.close(c, NotJoined, "")
	}
	for l := range h.sealed.due(now, (*lobby).isOpen) {
		h.end(l, SealComplete)
	}
}

// Deadline is when Advance wants to be called next, false if there is nothing
// to wait for. It may be too early, not too late.
func (h *Hall) Deadline() (time.Duration, bool) {
	a, okA := h.waiting.next((*conn).isWaiting)
	b, okB := h.sealed.next((*lobby).isOpen)
	if !okA || okB && b < a {
		return b, okB
	}
	return a, true
}

func (c *conn) isWaiting() bool { return c.stage == fresh }

func (l *lobby) isOpen() bool { return len(l.members) > 0 }

// Stats gives the figures.
func (h *Hall) Stats() Stats {
	s := h.stats
	s.Conns, s.Lobbies = len(h.conns), len(h.lobbies)
	return s
}
