package enet

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"crosspeer/enet/internal/engine"
)

// Errors that calls return, for errors.Is. The returned errors say more.
var (
	// ErrClosed: the host was closed.
	ErrClosed = errors.New("enet: host is closed")

	// ErrNotConnected: the peer is not, not yet or no longer connected.
	ErrNotConnected = errors.New("enet: peer is not connected")

	// ErrChannel: the connection has no such channel.
	ErrChannel = errors.New("enet: no such channel")

	// ErrTooLarge: the packet is larger than Config.MaxPacketBytes, or needs
	// more fragments than a receiver can acknowledge.
	ErrTooLarge = errors.New("enet: packet is too large")

	// ErrQueueFull: the peer does not drain; nothing was queued.
	ErrQueueFull = errors.New("enet: send queue is full")

	// ErrHostFull: the host has as many peers as it may have.
	ErrHostFull = errors.New("enet: host is full")

	// ErrAddress: the address is not one that can be connected to.
	ErrAddress = errors.New("enet: address cannot be connected to")

	// ErrShared: a host of ListenShared cannot connect to others, as their
	// answers might come in at another host's socket.
	ErrShared = errors.New("enet: a host that shares its port cannot connect")
)

var engineErrors = map[error]error{
	engine.ErrNotConnected: ErrNotConnected,
	engine.ErrChannel:      ErrChannel,
	engine.ErrTooLarge:     ErrTooLarge,
	engine.ErrQueueFull:    ErrQueueFull,
	engine.ErrFull:         ErrHostFull,
	engine.ErrAddress:      ErrAddress,
}

func translate(err error) error {
	if err == nil {
		return nil
	}
	if e, ok := engineErrors[err]; ok {
		return e
	}
	return err
}

// stateError and queueError are put into words only when somebody asks: a
// program may send to many peers that cannot take it.

type stateError struct {
	peer  netip.AddrPort
	state State
}

func (e *stateError) Error() string {
	return fmt.Sprintf("%v: %v is %v", ErrNotConnected, e.peer, e.state)
}
func (e *stateError) Unwrap() error { return ErrNotConnected }

type queueError struct {
	peer           netip.AddrPort
	packets, bytes int
}

func (e *queueError) Error() string {
	return fmt.Sprintf("%v: %d packets with %d bytes wait for %v", ErrQueueFull, e.packets, e.bytes, e.peer)
}
func (e *queueError) Unwrap() error { return ErrQueueFull }

// Reason says why a connection ended, or was not made.
type Reason uint8

// Reasons.
const (
	ReasonRemote    Reason = Reason(engine.ReasonRemote)    // the remote disconnected
	ReasonLocal     Reason = Reason(engine.ReasonLocal)     // Disconnect or DisconnectLater of this end
	ReasonTimeout   Reason = Reason(engine.ReasonTimeout)   // the remote stopped acknowledging
	ReasonNoReply   Reason = Reason(engine.ReasonNoReply)   // nothing at the address answered
	ReasonRefused   Reason = Reason(engine.ReasonRefused)   // the remote refused the connection
	ReasonHandshake Reason = Reason(engine.ReasonHandshake) // the remote's answer did not fit the request
	ReasonSecurity  Reason = Reason(engine.ReasonCut)       // the encryption was not agreed upon, or is over: see Event.Cause
)

// String says it in words.
func (r Reason) String() string {
	switch r {
	case ReasonRemote:
		return "disconnected by the remote"
	case ReasonLocal:
		return "disconnected by this side"
	case ReasonTimeout:
		return "timeout"
	case ReasonNoReply:
		return "no reply"
	case ReasonRefused:
		return "refused by the remote"
	case ReasonHandshake:
		return "unfitting answer to the handshake"
	case ReasonSecurity:
		return "not encrypted any more"
	}
	return fmt.Sprintf("reason %d", uint8(r))
}

// DisconnectError is a connection that ended or was not made.
type DisconnectError struct {
	Reason Reason
	Data   uint32        // of the remote, if it said goodbye
	Silent time.Duration // how long nothing was acknowledged, if that was the reason
	Cause  error         // of ReasonSecurity: what the Guard says
}

// Unwrap gives the cause.
func (e *DisconnectError) Unwrap() error { return e.Cause }

func (e *DisconnectError) Error() string {
	switch e.Reason {
	case ReasonSecurity:
		if e.Cause != nil {
			return "enet: " + e.Cause.Error()
		}
	case ReasonTimeout, ReasonNoReply:
		return fmt.Sprintf("enet: %v (nothing acknowledged for %.1f s)", e.Reason, e.Silent.Seconds())
	case ReasonRemote, ReasonRefused:
		return fmt.Sprintf("enet: %v (data %d)", e.Reason, e.Data)
	}
	return "enet: " + e.Reason.String()
}
