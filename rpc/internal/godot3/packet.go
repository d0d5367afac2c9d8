package godot3

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"crosspeer/rpc/internal/dialect"
)

// Commands, the first byte of a packet. Godot 3.2, MultiplayerAPI.
const (
	remoteCall   = 0 // node, name, number of arguments, arguments, perhaps the path
	remoteSet    = 1 // node, name, value, perhaps the path
	simplifyPath = 2 // number, path
	confirmPath  = 3 // path
	raw          = 4 // bytes of the game
)

// inFull marks a node that is the offset of its path in the packet. Other
// nodes are numbers that were announced.
const inFull = 1 << 31

// headSize is the command and the node.
const headSize = 5

var le = binary.LittleEndian

// message is a packet taken apart. It shares the packet's memory.
type message struct {
	command byte
	number  uint32 // of the path, unless it is there in full
	path    []byte // in full, announced or confirmed
	full    bool   // a call or set that has its path
	name    []byte
	argc    int
	args    []byte // to the end of the packet
	data    []byte
}

// parse takes a packet apart. Commands that it does not know are no error, as
// in the engine.
func parse(p []byte) (m message, err error) {
	if len(p) == 0 {
		return m, fmt.Errorf("%w: no bytes", dialect.ErrMalformed)
	}
	m.command = p[0]
	switch m.command {
	case remoteCall, remoteSet:
		err = m.parseCall(p)
	case simplifyPath:
		if len(p) < headSize {
			return m, short(p, headSize, "an announcement")
		}
		m.number, m.path = le.Uint32(p[1:]), text(p[headSize:])
	case confirmPath:
		if len(p) < 2 {
			return m, short(p, 2, "a confirmation")
		}
		m.path = text(p[1:])
	case raw:
		if len(p) < 2 {
			return m, short(p, 2, "bytes of the game")
		}
		m.data = p[1:]
	}
	return m, err
}

func (m *message) parseCall(p []byte) error {
	if len(p) <= headSize {
		return short(p, headSize+1, "a call or set")
	}
	m.number = le.Uint32(p[1:])
	if m.number&inFull != 0 {
		m.full = true
		m.number &^= inFull
		if uint64(m.number) >= uint64(len(p)) {
			return fmt.Errorf("%w: the path is at %d of %d bytes", dialect.ErrMalformed, m.number, len(p))
		}
		m.path = text(p[m.number:])
	}
	end := bytes.IndexByte(p[headSize:], 0)
	if end < 0 {
		return fmt.Errorf("%w: a name without end at %d", dialect.ErrMalformed, headSize)
	}
	m.name, m.args = p[headSize:headSize+end], p[headSize+end+1:]
	m.argc = 1
	if m.command == remoteCall {
		if len(m.args) == 0 {
			return short(p, len(p)+1, "a call's number of arguments")
		}
		m.argc, m.args = int(m.args[0]), m.args[1:]
	}
	return nil
}

func short(p []byte, want int, what string) error {
	return fmt.Errorf("%w: %d bytes, %s has at least %d", dialect.ErrMalformed, len(p), what, want)
}

// text is what stands before the first zero byte.
func text(p []byte) []byte {
	before, _, _ := bytes.Cut(p, []byte{0})
	return before
}

// appendHead begins a call or set.
func appendHead(dst []byte, command byte, node uint32) []byte {
	return le.AppendUint32(append(dst, command), node)
}

// appendText appends a text and its end.
func appendText(dst []byte, s string) []byte { return append(append(dst, s...), 0) }

// appendAnnouncement appends the packet that gives a path a number.
func appendAnnouncement(dst []byte, number uint32, path string) []byte {
	return appendText(appendHead(dst, simplifyPath, number), path)
}

// appendConfirmation appends the packet that confirms a path.
func appendConfirmation(dst []byte, path string) []byte {
	return appendText(append(dst, confirmPath), path)
}

// appendBody appends what follows the node of a call or set.
func appendBody(dst []byte, m *dialect.Outgoing) []byte {
	dst = appendText(dst, m.Name)
	if !m.Set {
		dst = append(dst, byte(m.Argc))
	}
	return append(dst, m.Args...)
}
