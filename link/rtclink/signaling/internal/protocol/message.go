package protocol

import (
	"bytes"
	"errors"
	"strconv"
)

// Kind says what a message is about. The numbers are those of the JSON
// dialect.
type Kind uint8

// Kinds of messages.
const (
	Join           Kind = iota // join a lobby, or joined it; Data is its name, empty to create one
	ID                         // the receiver's own id; Data is "true" in a mesh
	PeerConnect                // the member ID is there
	PeerDisconnect             // the member ID has gone
	Offer                      // Data is a session description; ID is who it is for, or from
	Answer                     // likewise
	Candidate                  // Data is an ICE candidate, see FormatCandidate; ID as with Offer
	Seal                       // nobody can join any more

	// Unknown is a message that was readable and has no meaning.
	Unknown Kind = 255
)

var kindNames = [...]string{"JOIN", "ID", "PEER_CONNECT", "PEER_DISCONNECT", "OFFER", "ANSWER", "CANDIDATE", "SEAL"}

// String is the demo's name of the kind.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "kind " + strconv.Itoa(int(k))
}

// Relayed says whether messages of the kind go from member to member.
func (k Kind) Relayed() bool { return k == Offer || k == Answer || k == Candidate }

// Host is the id under which everybody in a lobby, itself included, knows the
// member that created it.
const Host int32 = 1

// Values of ID in a Join from a client in the JSON dialect.
const (
	WantMesh         int32 = 0
	WantClientServer int32 = 1
)

// Message is a message of either dialect.
type Message struct {
	Kind Kind
	ID   int32 // 0 where the kind has no use for it
	Data string

	// ICEServers go with ID in the JSON dialect. The demo has no such member,
	// and its clients ignore it.
	ICEServers []ICEServer
}

// ICEServer is a STUN or TURN server that a member may use. The names are
// those of the browsers' RTCIceServer.
type ICEServer struct {
	URLs       []string `json:"urls"`
	Username   string   `json:"username,omitempty"`
	Credential string   `json:"credential,omitempty"`
}

// ErrFormat is the error of every message that cannot be read.
var ErrFormat = errors.New("not a signalling message")

// Dialect is one of the two forms of the protocol.
type Dialect uint8

// Dialects.
const (
	JSON Dialect = iota // the demo for Godot 4
	Text                // the demo for Godot 3
)

// String is "json" or "text".
func (d Dialect) String() string {
	switch d {
	case JSON:
		return "json"
	case Text:
		return "text"
	}
	return "dialect " + strconv.Itoa(int(d))
}

// Parse reads a message. The only error is ErrFormat.
func (d Dialect) Parse(b []byte) (Message, error) {
	if d == Text {
		return parseText(b)
	}
	return parseJSON(b)
}

// Append writes a message of a known kind to dst. The text dialect has no
// place for ICEServers.
func (d Dialect) Append(dst []byte, m Message) []byte {
	if d == Text {
		return appendText(dst, m)
	}
	return appendJSON(dst, m)
}

// Recognize tells the dialect of a connection from its first message, and
// reads it. The only error is ErrFormat.
func Recognize(first []byte) (Dialect, Message, error) {
	if bytes.HasPrefix(bytes.TrimLeft(first, " \t\r\n"), []byte("{")) {
		m, err := parseJSON(first)
		return JSON, m, err
	}
	m, err := parseText(first)
	return Text, m, err
}
