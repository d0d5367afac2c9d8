package cenet

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strings"
)

// Kind is the kind of an event.
type Kind string

// The kinds of events.
const (
	Connect    Kind = "connect"
	Receive    Kind = "receive"
	Disconnect Kind = "disconnect"
)

// Flags are the flags of a packet. ENet reports those it was received with: a
// packet too big for a datagram comes as Reliable unless it was sent with
// UnreliableFragment.
type Flags uint32

// The flags of packets.
const (
	Unreliable         Flags = 0
	Reliable           Flags = 1
	Unsequenced        Flags = 2
	UnreliableFragment Flags = 8
)

// AnyPeer stands for every connection in an event to compare with.
const AnyPeer = -1

// Event is an event of an ENet host.
type Event struct {
	Kind Kind
	Peer int    // number of the connection
	Data uint32 // of Connect and Disconnect

	// Of Receive.
	Channel uint8
	Flags   Flags
	Length  int
	Hash    uint64
	Bytes   []byte // the packet, if it has 1 to 64 bytes

	Addr netip.AddrPort // of the other side, with Connect
}

// Connected is the event of a connection that is up. The data is that of the
// client, or 0 at the client itself.
func Connected(peer int, data uint32) Event { return Event{Kind: Connect, Peer: peer, Data: data} }

// Disconnected is the event of a connection that has ended.
func Disconnected(peer int, data uint32) Event {
	return Event{Kind: Disconnect, Peer: peer, Data: data}
}

// Received is the event of a packet with the pattern of [Payload].
func Received(peer int, channel uint8, flags Flags, length int, seed uint64) Event {
	return ReceivedBytes(peer, channel, flags, Payload(length, seed))
}

// ReceivedBytes is the event of a packet with these bytes.
func ReceivedBytes(peer int, channel uint8, flags Flags, packet []byte) Event {
	return Event{Kind: Receive, Peer: peer, Channel: channel, Flags: flags, Length: len(packet), Hash: Hash(packet)}
}

// is compares an event with an expected one, which need not say its address,
// its bytes beside their hash, or its connection.
func (e Event) is(want Event) bool {
	return e.Kind == want.Kind && (want.Peer == AnyPeer || e.Peer == want.Peer) && e.Data == want.Data &&
		e.Channel == want.Channel && e.Flags == want.Flags && e.Length == want.Length && e.Hash == want.Hash &&
		(want.Bytes == nil || bytes.Equal(e.Bytes, want.Bytes)) && (!want.Addr.IsValid() || e.Addr == want.Addr)
}

// String returns the event on one line.
func (e Event) String() string {
	peer := fmt.Sprint(e.Peer)
	if e.Peer == AnyPeer {
		peer = "any"
	}
	if e.Kind == Receive {
		return fmt.Sprintf("receive from %s on channel %d: %d bytes, flags %d, hash %016x", peer, e.Channel, e.Length, e.Flags, e.Hash)
	}
	return fmt.Sprintf("%s %s, data %d", e.Kind, peer, e.Data)
}

// parseEvent reads a line of the C side.
func parseEvent(line string) (Event, error) {
	var (
		e           Event
		addr, bytes string
		err         error
	)
	kind, rest, _ := strings.Cut(line, " ")
	e.Kind = Kind(kind)
	switch e.Kind {
	case Connect:
		if _, err = fmt.Sscanf(rest, "%d %d %s", &e.Peer, &e.Data, &addr); err == nil {
			e.Addr, err = netip.ParseAddrPort(addr)
		}
	case Disconnect:
		_, err = fmt.Sscanf(rest, "%d %d", &e.Peer, &e.Data)
	case Receive:
		_, err = fmt.Sscanf(rest, "%d %d %d %d %x %s", &e.Peer, &e.Channel, &e.Flags, &e.Length, &e.Hash, &bytes)
		if err == nil && bytes != "-" {
			e.Bytes, err = hex.DecodeString(bytes)
		}
	default:
		err = fmt.Errorf("no such event")
	}
	if err != nil {
		return Event{}, fmt.Errorf("line %q of the C peer: %w", line, err)
	}
	return e, nil
}
