package godot3

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// InlineLimit is the payload size in bytes up to which a packet event holds
// the bytes. Beyond it the event holds their number and SHA-256 sum, which the
// engine computes, so that a mebibyte need not travel as text.
const InlineLimit = 4096

// Kind says what an [Event] is. The text is the engine's name of the signal.
type Kind string

// The signals of NetworkedMultiplayerPeer, and the arrival of a packet.
const (
	KindPeerConnected      Kind = "peer_connected"
	KindPeerDisconnected   Kind = "peer_disconnected"
	KindSucceeded          Kind = "connection_succeeded"
	KindFailed             Kind = "connection_failed"
	KindServerDisconnected Kind = "server_disconnected"
	KindPacket             Kind = "packet"

	// KindCloseRequest is server_close_request or client_close_request of a
	// WebSocket peer.
	KindCloseRequest Kind = "close_request"
)

// Event is one signal or packet as a peer's user sees it. Two events are the
// same when they are equal by ==.
//
// A peer fetches packets after each poll, as a game does. Signals of a poll
// therefore come before packets of the same poll, whatever the order on the
// wire was.
type Event struct {
	Kind    Kind
	Peer    int32  // the id in the signal, or the source of the packet
	Channel int    // of a packet; -1 where the transport has no channels
	Size    int    // of a packet's payload in bytes; the code of a close request
	Data    string // the payload, when Size is at most InlineLimit; the reason of a close request
	Sum     string // SHA-256 of the payload in hex, when Size is above it
}

// PeerConnected is the signal peer_connected(id).
func PeerConnected(id int32) Event { return Event{Kind: KindPeerConnected, Peer: id} }

// PeerDisconnected is the signal peer_disconnected(id).
func PeerDisconnected(id int32) Event { return Event{Kind: KindPeerDisconnected, Peer: id} }

// Succeeded is the signal connection_succeeded().
func Succeeded() Event { return Event{Kind: KindSucceeded} }

// Failed is the signal connection_failed().
func Failed() Event { return Event{Kind: KindFailed} }

// ServerDisconnected is the signal server_disconnected().
func ServerDisconnected() Event { return Event{Kind: KindServerDisconnected} }

// CloseRequest is the arrival of a peer's close frame.
func CloseRequest(from int32, code int, reason string) Event {
	return Event{Kind: KindCloseRequest, Peer: from, Size: code, Data: reason}
}

// Packet is the arrival of data from a peer on a channel.
func Packet(from int32, data []byte, channel int) Event {
	e := Event{Kind: KindPacket, Peer: from, Channel: channel, Size: len(data)}
	if len(data) <= InlineLimit {
		e.Data = string(data)
	} else {
		sum := sha256.Sum256(data)
		e.Sum = hex.EncodeToString(sum[:])
	}
	return e
}

// String shows the event as a line of a transcript.
func (e Event) String() string {
	switch e.Kind {
	case KindPacket:
		text := fmt.Sprintf("packet from %d on channel %d, %d bytes", e.Peer, e.Channel, e.Size)
		switch {
		case e.Sum != "":
			return text + ", SHA-256 " + e.Sum
		case len(e.Data) > 64:
			return fmt.Sprintf("%s: %x...", text, e.Data[:64])
		default:
			return fmt.Sprintf("%s: %q", text, e.Data)
		}
	case KindCloseRequest:
		return fmt.Sprintf("close request from %d: %d %q", e.Peer, e.Size, e.Data)
	case KindCall, KindRaw, KindRefused:
		return fmt.Sprintf("%s from %d: %s", e.Kind, e.Peer, e.Data)
	case KindPeerConnected, KindPeerDisconnected:
		return fmt.Sprintf("%s(%d)", e.Kind, e.Peer)
	default:
		return string(e.Kind) + "()"
	}
}
