package godot3

import "fmt"

// Mode is a transfer mode with the engine's number.
type Mode int

// The transfer modes of NetworkedMultiplayerPeer.
const (
	Unreliable        Mode = 0
	UnreliableOrdered Mode = 1
	Reliable          Mode = 2
)

// Modes lists the transfer modes.
var Modes = []Mode{Unreliable, UnreliableOrdered, Reliable}

func (m Mode) String() string {
	switch m {
	case Unreliable:
		return "unreliable"
	case UnreliableOrdered:
		return "unreliable ordered"
	case Reliable:
		return "reliable"
	default:
		return fmt.Sprintf("mode %d", int(m))
	}
}

// Targets with a meaning of their own.
const (
	Everyone int32 = 0
	ServerID int32 = 1
)

// Connection states as [Actor.Status] returns them.
const (
	Disconnected = 0
	Connecting   = 1
	Connected    = 2
)

// The engine's error numbers that peers return.
const (
	OK                  = 0
	ErrUnavailable      = 2
	ErrUnconfigured     = 3
	ErrCantCreate       = 20
	ErrAlreadyInUse     = 22
	ErrCantResolve      = 26
	ErrInvalidParameter = 31
)

// Compression is a compression mode of NetworkedMultiplayerENet.
type Compression int

// The compression modes with the engine's numbers.
const (
	None       Compression = 0
	RangeCoder Compression = 1
	FastLZ     Compression = 2
	Zlib       Compression = 3
	Zstd       Compression = 4
)

// Compressions lists the compression modes.
var Compressions = []Compression{None, RangeCoder, FastLZ, Zlib, Zstd}

func (c Compression) String() string {
	switch c {
	case None:
		return "no compression"
	case RangeCoder:
		return "range coder"
	case FastLZ:
		return "FastLZ"
	case Zlib:
		return "zlib"
	case Zstd:
		return "Zstandard"
	default:
		return fmt.Sprintf("compression %d", int(c))
	}
}
