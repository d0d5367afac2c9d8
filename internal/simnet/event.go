package simnet

import (
	"fmt"
	"net/netip"
	"time"
)

// Kind says what happened to a datagram.
type Kind uint8

const (
	// Sent is a datagram handed to the network by an endpoint.
	Sent Kind = iota + 1
	// Injected is a datagram handed to the network by Inject.
	Injected
	// Duplicated is a datagram of which a copy is made. Its Sent came before,
	// and one more end follows.
	Duplicated
	// Delivered is a datagram handed to its receiver.
	Delivered
	// Lost is a datagram that does not arrive. Loss on the way is known, and
	// told, at the time of sending.
	Lost
)

// String returns the kind as one word.
func (k Kind) String() string {
	return name("Kind", int(k), "", "sent", "injected", "duplicated", "delivered", "lost")
}

// Cause says why a datagram was lost.
type Cause uint8

const (
	// CauseNone is the cause of every event that is no loss.
	CauseNone Cause = iota
	// CauseLoss is Conditions.Loss.
	CauseLoss
	// CauseBurst is Conditions.Burst.
	CauseBurst
	// CauseQueue is a full queue before the line, Conditions.QueueBytes.
	CauseQueue
	// CauseBlackout is a sending within one of Conditions.Blackouts.
	CauseBlackout
	// CauseMTU is a datagram bigger than Conditions.MTU.
	CauseMTU
	// CauseNoReceiver is an arrival at an address where nobody is.
	CauseNoReceiver
	// CauseBuffer is an arrival at a Conn whose receive buffer is full.
	CauseBuffer
)

// String returns the cause in words.
func (c Cause) String() string {
	return name("Cause", int(c), "none", "loss", "burst", "queue", "blackout", "mtu", "no receiver", "buffer")
}

func name(kind string, i int, names ...string) string {
	if i < len(names) && names[i] != "" {
		return names[i]
	}
	return fmt.Sprintf("%s(%d)", kind, i)
}

// Event is one step in the life of a datagram, as a tap sees it.
type Event struct {
	// Time is when it happened, since the start of the network.
	Time time.Duration
	Kind Kind
	// Cause is set when Kind is Lost.
	Cause Cause
	From  netip.AddrPort
	To    netip.AddrPort
	// ID counts the datagrams from 1 in the order in which they entered the
	// network. A copy has the ID of its original.
	ID uint64
	// SentAt is when the datagram entered the network.
	SentAt time.Duration
	// Forged is set for all events of an injected datagram.
	Forged bool
	// Datagram is valid only during the call and must not be changed.
	Datagram []byte
}

// String returns the event on one line, for the log of a test.
func (e Event) String() string {
	what := e.Kind.String()
	if e.Kind == Lost {
		what += " by " + e.Cause.String()
	}
	if e.Forged {
		what += ", forged"
	}
	return fmt.Sprintf("%v #%d %v > %v, %d bytes: %s", e.Time, e.ID, e.From, e.To, len(e.Datagram), what)
}

// Stats are totals since the start of a network. At every moment
//
//	Sent + Injected + Duplicated == Delivered + Lost() + InFlight
type Stats struct {
	// Sent and SentBytes count what the endpoints sent.
	Sent, SentBytes uint64
	// Injected counts the calls of Inject.
	Injected uint64
	// Duplicated counts the copies made.
	Duplicated uint64
	// Delivered and DeliveredBytes count what was handed to receivers, copies
	// and injected datagrams included.
	Delivered, DeliveredBytes uint64
	// InFlight counts what is under way now.
	InFlight uint64
	// The others count what was lost, by cause.
	LostLoss, LostBurst, LostQueue, LostBlackout, LostMTU, LostNoReceiver, LostBuffer uint64
}

// Lost returns the datagrams lost by any cause.
func (s Stats) Lost() uint64 {
	return s.LostLoss + s.LostBurst + s.LostQueue + s.LostBlackout + s.LostMTU + s.LostNoReceiver + s.LostBuffer
}

// count takes one event in.
func (s *Stats) count(k Kind, c Cause, bytes int) {
	switch k {
	case Sent:
		s.Sent++
		s.SentBytes += uint64(bytes)
	case Injected:
		s.Injected++
	case Duplicated:
		s.Duplicated++
	case Delivered:
		s.Delivered++
		s.DeliveredBytes += uint64(bytes)
	}
	switch c {
	case CauseLoss:
		s.LostLoss++
	case CauseBurst:
		s.LostBurst++
	case CauseQueue:
		s.LostQueue++
	case CauseBlackout:
		s.LostBlackout++
	case CauseMTU:
		s.LostMTU++
	case CauseNoReceiver:
		s.LostNoReceiver++
	case CauseBuffer:
		s.LostBuffer++
	}
}
