package crosspeer

import (
	"fmt"
	"strconv"
	"strings"

	"crosspeer/wire"
)

// PeerID names a member of a session, or as a target several of them: the
// server is 1, clients are 2 to 2147483647, 0 as a target is everybody, and a
// negative target is everybody but the member with its absolute value.
type PeerID int32

// Targets that are not the id of a client. Godot 3.2,
// NetworkedMultiplayerPeer.
const (
	TargetBroadcast PeerID = 0 // everybody but the sender
	TargetServer    PeerID = 1
)

// AllExcept is the target of everybody but one member (and the sender).
func AllExcept(id PeerID) PeerID { return min(id, -id) }

// String is the number.
func (id PeerID) String() string { return strconv.Itoa(int(id)) }

// isClient says whether the id can be a client's.
func (id PeerID) isClient() bool { return id > TargetServer }

// TransferMode says how a packet travels. The numbers are Godot's.
type TransferMode uint8

// Transfer modes.
const (
	// Unreliable packets may be lost or arrive out of order.
	Unreliable TransferMode = 0

	// UnreliableOrdered packets may be lost; one that was overtaken by a later
	// one is dropped.
	UnreliableOrdered TransferMode = 1

	// Reliable packets arrive once and in order.
	Reliable TransferMode = 2
)

var modeNames = []string{"unreliable", "ordered", "reliable"}

// String is "unreliable", "ordered" or "reliable".
func (m TransferMode) String() string { return enumName("mode", modeNames, uint8(m)) }

// ParseTransferMode is the inverse of String; case does not matter.
func ParseTransferMode(s string) (TransferMode, error) {
	for m, name := range modeNames {
		if strings.EqualFold(s, name) {
			return TransferMode(m), nil
		}
	}
	return 0, fmt.Errorf("crosspeer: transfer mode %q: want unreliable, ordered or reliable", s)
}

// channel is the channel that the engine uses for a mode when no transfer
// channel is set.
func (m TransferMode) channel() int {
	if m == Reliable {
		return wire.ENetReliable
	}
	return wire.ENetUnreliable
}

// ConnectionStatus says where a Peer stands. The numbers are Godot's.
type ConnectionStatus uint8

// Connection statuses.
const (
	Disconnected ConnectionStatus = 0
	Connecting   ConnectionStatus = 1
	Connected    ConnectionStatus = 2
)

var statusNames = []string{"disconnected", "connecting", "connected"}

// String is "disconnected", "connecting" or "connected".
func (s ConnectionStatus) String() string { return enumName("status", statusNames, uint8(s)) }

// enumName gives the name of an enumeration's value, or for one that has none
// the kind and the number.
func enumName(kind string, names []string, v uint8) string {
	if int(v) < len(names) {
		return names[v]
	}
	return fmt.Sprintf("%s %d", kind, v)
}

// maxChannel is the highest channel number: ENet has 255 channels.
const maxChannel = 254

// Packet is a message of the game.
type Packet struct {
	// From is the sender. Send ignores it: it is always this Peer.
	From PeerID

	// To is the target: TargetBroadcast, an id, or AllExcept(id). In a packet
	// that was received it is what the sender wrote.
	To PeerID

	// Mode is how the packet travels. The zero value is Unreliable.
	Mode TransferMode

	// Channel separates packets that need not wait for each other, 1 to 254.
	// 0 means the mode's own: 1 for Reliable, 2 for the others. Transports
	// without channels ignore it. Received packets carry the channel they
	// came on.
	Channel int

	// Data is the game's bytes; it may be empty. Send only borrows them; those
	// of a received packet belong to the receiver.
	Data []byte
}
