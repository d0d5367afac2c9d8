package signaling

import (
	"fmt"
	"strings"

	"crosspeer/link/rtclink/signaling/internal/protocol"
)

// Dialect is one of the two forms of the protocol. They cannot be mixed in a
// lobby: in the Godot 4 demo the larger id offers to the smaller, in the Godot
// 3 demo the smaller to the larger.
type Dialect = protocol.Dialect

// Dialects.
const (
	JSON = protocol.JSON // the demo for Godot 4.0 and later
	Text = protocol.Text // the demo for Godot 3.1 to 3.5
)

// ParseDialect is the inverse of Dialect.String; case does not matter.
func ParseDialect(s string) (Dialect, error) {
	for _, d := range []Dialect{JSON, Text} {
		if strings.EqualFold(s, d.String()) {
			return d, nil
		}
	}
	return 0, fmt.Errorf("signaling: dialect %q: want json or text", s)
}

// HostID is the id of a lobby's host towards all of its members.
const HostID = protocol.Host

// ICECandidate is an ICE candidate in parts: Mid, the media stream's name,
// Index, its number, and Candidate, the candidate's own line.
type ICECandidate = protocol.ICE

// ICEServer is a STUN or TURN server that a member may use. Its fields are
// those of the browsers' RTCIceServer: URLs, Username, Credential.
type ICEServer = protocol.ICEServer

// Offers says which of two members makes the offer, so that not both do and
// not none: true if it is the one with the id own. The generations of the demo
// are opposite. In JSON the larger id offers, in text the smaller, which the
// host always has.
func Offers(d Dialect, own, other int32) bool {
	if d == Text {
		return own < other
	}
	return own > other
}
