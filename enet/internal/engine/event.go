package engine

import "time"

// EventKind says what happened.
type EventKind uint8

// The kinds of events. Per peer the order is Connect, packets in the order of
// delivery, Disconnect.
const (
	EventConnect EventKind = iota + 1
	EventReceive
	EventDisconnect
)

// Flags are a packet's delivery flags, with libenet's numbers.
type Flags uint8

// Flags of a packet. Zero means unreliable and ordered.
const (
	Reliable           Flags = 1
	Unsequenced        Flags = 2
	UnreliableFragment Flags = 8
)

// Reason says why a connection ended.
type Reason uint8

// Reasons of a Disconnect event.
const (
	ReasonRemote    Reason = iota + 1 // the remote said goodbye
	ReasonLocal                       // our own Disconnect was acknowledged
	ReasonTimeout                     // nothing was acknowledged for too long
	ReasonNoReply                     // the address never answered our CONNECT
	ReasonRefused                     // the remote answered CONNECT with DISCONNECT
	ReasonHandshake                   // VERIFY_CONNECT did not match our CONNECT
	ReasonCut                         // what carried the datagrams is gone
)

// Event is something that the application must hear of.
type Event struct {
	Kind    EventKind
	Reason  Reason // Disconnect only
	Channel uint8  // Receive only
	Flags   Flags  // Receive only
	Data    uint32 // Connect at the acceptor, Disconnect by the remote
	Peer    *Peer
	Packet  *Packet       // Receive only; the reference belongs to the taker
	Silent  time.Duration // Disconnect by time-out: how long nothing was acknowledged
}

// Event takes the oldest event. Taking a packet makes room in its peer's
// waiting data.
func (h *Host) Event() (Event, bool) {
	for h.events.len() > 0 {
		ev := *h.events.at(0)
		h.events.pop()
		if ev.Kind == EventConnect && ev.Peer.accepted {
			h.unseen--
		}
		if ev.Kind == EventReceive {
			ev.Peer.unwait(len(ev.Packet.data))
			if ev.Peer.deaf {
				ev.Packet.Release()
				continue
			}
		}
		return ev, true
	}
	h.events.shrink(hostRing)
	return Event{}, false
}

// Pending is the number of events that wait.
func (h *Host) Pending() int { return h.events.len() }
