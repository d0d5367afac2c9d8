package rpc

import (
	"errors"
	"fmt"

	"crosspeer"
	"crosspeer/rpc/internal/dialect"
)

// Errors, for errors.Is. Returned errors say more.
var (
	// ErrMalformed: bytes that are no remote call.
	ErrMalformed = dialect.ErrMalformed

	// ErrUnknownPath: a number for a path that its sender has not announced, or
	// the confirmation of a path that was not announced.
	ErrUnknownPath = dialect.ErrUnknownPath

	// ErrLimit: a peer announces more paths than Config.MaxPaths. It goes on
	// writing them in full.
	ErrLimit = dialect.ErrLimit

	// ErrRenumbered: a peer announces another path with a number that it has
	// used. Only a Filter says that.
	ErrRenumbered = dialect.ErrRenumbered

	// ErrUnknownNode: no such node is registered.
	ErrUnknownNode = errors.New("rpc: unknown node")

	// ErrUnknownName: the node has no method or property of that name.
	ErrUnknownName = errors.New("rpc: unknown name")

	// ErrRefused: the mode of the method or property, and the node's master, do
	// not let this caller.
	ErrRefused = errors.New("rpc: refused")

	// ErrArguments: too many or too few arguments, or of a wrong type.
	ErrArguments = errors.New("rpc: wrong arguments")

	// ErrTooManyArguments: a call with more than 255.
	ErrTooManyArguments = dialect.ErrTooManyArguments

	// ErrName: a name that the wire cannot carry: empty, or with a zero byte.
	ErrName = dialect.ErrName

	// ErrPath: a path that leads to no node: empty, or out of the tree.
	ErrPath = errors.New("rpc: invalid path")

	// ErrSignature: a Go function or value that remote calls cannot be made for.
	ErrSignature = errors.New("rpc: wrong signature")

	// ErrRegistered: the node has a method or property of that name.
	ErrRegistered = errors.New("rpc: registered already")

	// ErrNoLocalCall: a call to this peer itself, and the mode does not allow
	// it.
	ErrNoLocalCall = errors.New("rpc: no local call")

	// ErrEmpty: no bytes to send. Godot: ERR_INVALID_DATA.
	ErrEmpty = errors.New("rpc: no bytes")
)

// Error is why something that a peer sent came to nothing.
type Error struct {
	From crosspeer.PeerID
	Path string // of the node as the sender wrote it; empty if it is not known
	Name string // of the method or property; empty if it is not known
	Set  bool   // of a property
	Err  error  // one of the package's errors, or that of a function that was called
}

// Error says what was sent by whom, and why it came to nothing. Texts of the
// sender are quoted and cut.
func (e *Error) Error() string {
	what := "packet"
	switch {
	case e.Set:
		what = "set"
	case e.Name != "":
		what = "call"
	}
	if e.Name != "" {
		what += fmt.Sprintf(" of %.64q", e.Name)
	}
	if e.Path != "" {
		what += fmt.Sprintf(" at %.128q", e.Path)
	}
	return fmt.Sprintf("%s from %d: %v", what, e.From, e.Err)
}

// Unwrap gives Err.
func (e *Error) Unwrap() error { return e.Err }
