package protocol

import "encoding/binary"

// Command is one command as it stands in a datagram:
//
//	offset size
//	0      1    flags (bits 7 and 6) and number (bits 3 to 0)
//	1      1    channel, ControlChannel for commands of the connection
//	2      2    reliable sequence number
//	4      -    fields of the command, then its payload
//
// Body and Payload point into the datagram.
type Command struct {
	Op          Op
	Acknowledge bool // the sender wants an acknowledgement
	Unsequenced bool
	Channel     uint8
	Seq         uint16
	Body        []byte // the fields behind the sequence number
	Payload     []byte // application data, for the commands that carry it
}

// commandHeader is the size of what all commands have in common.
const commandHeader = 4

// Next splits the first command off b. It fails, and the rest of the datagram
// is to be dropped, when the number is invalid, when the command is cut short,
// or when its payload is longer than what is left.
func Next(b []byte) (c Command, rest []byte, ok bool) {
	if len(b) < commandHeader {
		return c, nil, false
	}
	c.Op = Op(b[0] & opMask)
	size := c.Op.Size()
	if size == 0 || len(b) < size {
		return c, nil, false
	}
	c.Acknowledge = b[0]&FlagAcknowledge != 0
	c.Unsequenced = b[0]&FlagUnsequenced != 0
	c.Channel = b[1]
	c.Seq = binary.BigEndian.Uint16(b[2:])
	c.Body = b[commandHeader:size]
	rest = b[size:]

	n := 0
	switch c.Op {
	case OpSendReliable:
		n = int(binary.BigEndian.Uint16(c.Body))
	case OpSendUnreliable, OpSendUnsequenced, OpSendFragment, OpSendUnreliableFragment:
		n = int(binary.BigEndian.Uint16(c.Body[2:]))
	}
	if n > len(rest) {
		return c, nil, false
	}
	c.Payload, rest = rest[:n:n], rest[n:]
	return c, rest, true
}

// BeginsConnect says whether the first two bytes of a command area can be those
// of a CONNECT, which is a command of the connection.
func BeginsConnect(b []byte) bool {
	return len(b) >= 2 && Op(b[0]&opMask) == OpConnect && b[1] == ControlChannel
}

// put writes what all commands have in common.
func put(b []byte, op Op, flags, channel uint8, seq uint16) {
	b[0] = uint8(op) | flags
	b[1] = channel
	binary.BigEndian.PutUint16(b[2:], seq)
}
