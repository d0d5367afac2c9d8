// Package dialect says what package rpc asks of each version of Godot: how
// remote calls look on the wire, and what is remembered of each peer for them.
package dialect

import (
	"errors"

	"crosspeer"
	"crosspeer/variant"
)

// Dialect is the remote calls of a version of Godot, towards all peers of a
// session, as a value without I/O. It belongs to one goroutine at a time.
type Dialect interface {
	// Send gives the packets of a call or set to put, in the order in which
	// they are to be sent. An error of put ends nothing for other targets; it is
	// in the error of Send.
	Send(m *Outgoing, put Put) error

	// Receive reads a packet of a peer. What is only between the two ends, it
	// answers by put, and says Nothing. Bytes in what it returns are those of
	// the packet.
	Receive(from crosspeer.PeerID, packet []byte, values variant.Config, put Put) (Incoming, error)

	// AppendRaw appends the packet that carries bytes of the game.
	AppendRaw(dst, data []byte) []byte

	// Forget drops what is remembered of a peer that has gone.
	Forget(id crosspeer.PeerID)

	// Renew drops what a peer was told, for another process has its id now. What
	// the former one has told stays until its packets were read and Forget.
	Renew(id crosspeer.PeerID)
}

// Watcher reads the packets of peers that pass by on their way to others, as a
// value without I/O. It belongs to one goroutine at a time.
type Watcher interface {
	// Watch reads a packet. Bytes in what it returns are those of the packet.
	// An announcement is Nothing, and an error if it is not to be believed.
	Watch(from crosspeer.PeerID, packet []byte, values variant.Config) (Incoming, error)

	// Forget drops what is remembered of a peer that has gone.
	Forget(id crosspeer.PeerID)
}

// Put queues a packet. It borrows the bytes.
type Put func(crosspeer.Packet) error

// Outgoing is a call or a set to be sent.
type Outgoing struct {
	Set  bool
	Path string // from the root node, in the form of NodePath.String
	Name string // of the method or property
	Argc int    // of a set, one
	Args []byte // encoded, one after the other

	To      crosspeer.PeerID
	Targets []crosspeer.PeerID // who that is now, in ascending order
	Mode    crosspeer.TransferMode
}

// Kind is what a packet is for.
type Kind uint8

// Kinds.
const (
	Nothing Kind = iota // it was between the two ends, or unknown
	Call
	Set
	Raw
)

// Incoming is a packet that was read.
type Incoming struct {
	Kind Kind
	Path string         // of a call or set, as the sender wrote it
	Name []byte         // of the method or property
	Argc int            // of a set, 1
	Args variant.Reader // at the first
	Data []byte         // of Raw
}

// Errors of packets.
var (
	// ErrMalformed: bytes that are no packet of the dialect.
	ErrMalformed = errors.New("rpc: malformed packet")

	// ErrUnknownPath: a number that the sender has not announced, or the
	// confirmation of a path that was not announced.
	ErrUnknownPath = errors.New("rpc: path was not announced")

	// ErrLimit: an announcement beyond the limit of paths. Its sender goes on
	// writing the path in full.
	ErrLimit = errors.New("rpc: too many paths announced")

	// ErrRenumbered: a peer announces another path with a number that it has
	// used.
	ErrRenumbered = errors.New("rpc: a path's number is used again")

	// ErrTooManyArguments: a call with more than 255.
	ErrTooManyArguments = errors.New("rpc: too many arguments")

	// ErrName: a name that the wire cannot carry.
	ErrName = errors.New("rpc: invalid name")
)
