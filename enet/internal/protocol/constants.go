package protocol

// Limits and defaults that both ends of a connection rely on.
const (
	// MinMTU and MaxMTU bound the size of a datagram in bytes of UDP payload.
	MinMTU = 576
	MaxMTU = 4096

	// MaxDatagram is the largest datagram that a receiver accepts.
	MaxDatagram = 4096

	// MaxStranger bounds what is decompressed for a sender who has no peer ID,
	// with its header: it holds one CONNECT, of 48 bytes, behind which libenet
	// may put a THROTTLE_CONFIGURE or some, and perhaps padding.
	MaxStranger = 128

	// MaxCommands is the most commands that a sender puts into one datagram,
	// acknowledgements included. Receivers accept any number.
	MaxCommands = 32

	// MinWindow and MaxWindow bound the reliable bytes in flight to one peer.
	MinWindow = 4096
	MaxWindow = 65536

	// MinChannels and MaxChannels bound the channel count of a connection.
	MinChannels = 1
	MaxChannels = 255

	// ControlChannel marks commands of the connection itself. They share one
	// sequence counter per peer.
	ControlChannel = 0xFF

	// NoPeer is the peer ID of a sender that has not been given one yet.
	NoPeer = 0x0FFF

	// MaxPeerID is the highest peer ID that can be given to a peer.
	MaxPeerID = NoPeer - 1

	// NoSession is the session ID that CONNECT carries before the first
	// connection.
	NoSession = 0xFF

	// SessionMask covers the session bits that a header can carry.
	SessionMask = 3

	// MaxFragments is the most fragments that one packet may claim.
	MaxFragments = 1 << 20

	// WindowSize is how many reliable sequence numbers make one sequence
	// window, Windows how many windows the number space has.
	WindowSize = 4096
	Windows    = 16

	// ReceiveWindows is the farthest window, counted from the last delivered
	// number, whose commands a receiver stores.
	ReceiveWindows = 6
)

// Op is a command number.
type Op uint8

// The commands. Numbers 0 and 13 to 15 are invalid and end a datagram.
const (
	OpNone Op = iota
	OpAcknowledge
	OpConnect
	OpVerifyConnect
	OpDisconnect
	OpPing
	OpSendReliable
	OpSendUnreliable
	OpSendFragment
	OpSendUnsequenced
	OpBandwidthLimit
	OpThrottleConfigure
	OpSendUnreliableFragment
	opCount
)

// Flags in the command byte.
const (
	FlagAcknowledge = 0x80
	FlagUnsequenced = 0x40
	opMask          = 0x0F
)

// opSize is the fixed size of each command, payload not counted.
var opSize = [16]uint8{
	OpAcknowledge:            8,
	OpConnect:                48,
	OpVerifyConnect:          44,
	OpDisconnect:             8,
	OpPing:                   4,
	OpSendReliable:           6,
	OpSendUnreliable:         8,
	OpSendFragment:           24,
	OpSendUnsequenced:        8,
	OpBandwidthLimit:         12,
	OpThrottleConfigure:      16,
	OpSendUnreliableFragment: 24,
}

// Size is the command's fixed size in bytes, payload not counted; 0 for an
// invalid number.
func (o Op) Size() int { return int(opSize[o&opMask]) }

var opNames = [opCount]string{
	"NONE", "ACKNOWLEDGE", "CONNECT", "VERIFY_CONNECT", "DISCONNECT", "PING",
	"SEND_RELIABLE", "SEND_UNRELIABLE", "SEND_FRAGMENT", "SEND_UNSEQUENCED",
	"BANDWIDTH_LIMIT", "THROTTLE_CONFIGURE", "SEND_UNRELIABLE_FRAGMENT",
}

// String is the command's name in the protocol's own vocabulary.
func (o Op) String() string {
	if o < opCount {
		return opNames[o]
	}
	return "INVALID"
}
