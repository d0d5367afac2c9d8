package crosspeer

import "errors"

// Errors, for errors.Is. Returned errors say more.
var (
	// ErrNotConnected: the Peer is in no session. Godot: ERR_UNCONFIGURED.
	ErrNotConnected = errors.New("crosspeer: not connected")

	// ErrAlreadyActive: the Peer is in a session already. Godot:
	// ERR_ALREADY_IN_USE.
	ErrAlreadyActive = errors.New("crosspeer: already active")

	// ErrUnknownPeer: nobody in the session has that id. Godot:
	// ERR_INVALID_PARAMETER.
	ErrUnknownPeer = errors.New("crosspeer: unknown peer")

	// ErrQueueFull: the receiver does not drain; nothing was queued for it.
	ErrQueueFull = errors.New("crosspeer: send queue is full")

	// ErrTooLarge: the packet is larger than Config.MaxPacketBytes or than the
	// transport can carry.
	ErrTooLarge = errors.New("crosspeer: packet is too large")

	// ErrChannel: the receiver's connection has no such channel.
	ErrChannel = errors.New("crosspeer: no such channel")

	// ErrNoPacket: no packet is waiting. Godot: ERR_UNAVAILABLE.
	ErrNoPacket = errors.New("crosspeer: no packet available")

	// ErrClosed: the Peer was closed.
	ErrClosed = errors.New("crosspeer: closed")

	// ErrServerOnly: only the server of a session can do that.
	ErrServerOnly = errors.New("crosspeer: only a server can do that")

	// ErrRefused: the session takes no new peers at the moment.
	ErrRefused = errors.New("crosspeer: new connections are refused")

	// ErrBanned: the remote's address is banned.
	ErrBanned = errors.New("crosspeer: banned")

	// ErrTooOften: the remote's address has tried to join too often.
	ErrTooOften = errors.New("crosspeer: too many attempts to join")

	// ErrFull: the session has as many peers as it may have.
	ErrFull = errors.New("crosspeer: session is full")

	// ErrInvalidID: an id that no client may have: 0, 1 or negative.
	ErrInvalidID = errors.New("crosspeer: invalid peer id")

	// ErrDuplicateID: somebody in the session has that id.
	ErrDuplicateID = errors.New("crosspeer: peer id is in use")
)
