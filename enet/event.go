package enet

import (
	"context"
	"iter"
	"time"

	"crosspeer/enet/internal/engine"
)

// EventType says what happened.
type EventType uint8

// Types of events. For each peer the order is EventConnect, EventReceive any
// number of times, EventDisconnect. A connection that is not made gives only
// EventDisconnect. DisconnectNow, Reset and Close give none.
const (
	EventConnect    EventType = EventType(engine.EventConnect)
	EventReceive    EventType = EventType(engine.EventReceive)
	EventDisconnect EventType = EventType(engine.EventDisconnect)
)

// String names the type.
func (t EventType) String() string {
	switch t {
	case EventConnect:
		return "connect"
	case EventReceive:
		return "receive"
	case EventDisconnect:
		return "disconnect"
	}
	return "none"
}

// Event is something that happened to a peer.
type Event struct {
	Type EventType
	Peer *Peer

	// Channel, Flags and Packet belong to EventReceive. The receiver of the
	// event owns the packet; releasing it is optional.
	Channel uint8
	Flags   Flags
	Packet  Packet

	// ConnectData is what the remote gave to Connect; 0 on the side that
	// called it.
	ConnectData uint32

	// Reason, DisconnectData and Silent belong to EventDisconnect: why, what
	// the remote gave to its call, and for ReasonTimeout and ReasonNoReply how
	// long nothing had been acknowledged.
	Reason         Reason
	DisconnectData uint32
	Silent         time.Duration

	// Cause belongs to EventDisconnect with ReasonSecurity: what was wrong
	// with the encryption, in the words of Config.Security.
	Cause error
}

// Data is the content of a received packet, valid until the packet's Release.
func (ev Event) Data() []byte {
	if ev.Packet.IsZero() {
		return nil
	}
	return ev.Packet.Bytes()
}

// Err is the error form of EventDisconnect, nil for other events.
func (ev Event) Err() error {
	if ev.Type != EventDisconnect {
		return nil
	}
	return &DisconnectError{Reason: ev.Reason, Data: ev.DisconnectData, Silent: ev.Silent, Cause: ev.Cause}
}

// Next waits for an event. It fails with ctx's error when ctx is done, which
// loses nothing, and with ErrClosed once the host is closed and all events
// were given out. Several goroutines may call it; each event goes to one.
func (h *Host) Next(ctx context.Context) (Event, error) {
	for {
		if err := ctx.Err(); err != nil {
			return Event{}, err
		}
		if ev, ok := h.TryNext(); ok {
			return ev, nil
		}
		select {
		case <-h.arrived:
		case <-ctx.Done():
			return Event{}, ctx.Err()
		case <-h.done:
			if ev, ok := h.TryNext(); ok {
				return ev, nil
			}
			return Event{}, ErrClosed
		}
	}
}

// TryNext gives an event if there is one, without waiting.
func (h *Host) TryNext() (Event, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	ev, ok := h.core.Event()
	if !ok {
		return Event{}, false
	}
	if h.core.Pending() > 0 {
		h.signal() // for another caller that waits
	}
	return h.event(ev), true
}

// take is TryNext for the host's own goroutine.
func (h *Host) take() (Event, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	ev, ok := h.core.Event()
	h.current = ev.Packet
	if !ok {
		return Event{}, false
	}
	return h.event(ev), true
}

// Events gives the events until ctx is done or the host is closed.
func (h *Host) Events(ctx context.Context) iter.Seq[Event] {
	return func(yield func(Event) bool) {
		for {
			ev, err := h.Next(ctx)
			if err != nil || !yield(ev) {
				return
			}
		}
	}
}

// event translates the core's event. The lock is held.
func (h *Host) event(ev engine.Event) Event {
	out := Event{
		Type:    EventType(ev.Kind),
		Peer:    h.peer(ev.Peer),
		Channel: ev.Channel,
		Flags:   Flags(ev.Flags),
		Packet:  Packet{ev.Packet},
		Reason:  Reason(ev.Reason),
		Silent:  ev.Silent,
	}
	if ev.Kind == engine.EventConnect {
		out.ConnectData = ev.Data
	} else {
		out.DisconnectData = ev.Data
		if ev.Reason == engine.ReasonCut {
			out.Cause = out.Peer.cause
		}
	}
	return out
}
