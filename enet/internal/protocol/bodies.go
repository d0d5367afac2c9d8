package protocol

import "encoding/binary"

var be = binary.BigEndian

// Acknowledge answers one command.
//
//	4  2  the command's reliable sequence number
//	6  2  the sent time of the datagram that carried it
type Acknowledge struct {
	Channel  uint8
	Seq      uint16
	SentTime uint16
}

// AcknowledgeSize is the size of an ACKNOWLEDGE command.
const AcknowledgeSize = 8

// Put writes the command, AcknowledgeSize bytes.
func (a Acknowledge) Put(b []byte) {
	put(b, OpAcknowledge, 0, a.Channel, a.Seq)
	be.PutUint16(b[4:], a.Seq)
	be.PutUint16(b[6:], a.SentTime)
}

// AcknowledgeFields reads the fields that a receiver uses; the sequence number of
// the ACKNOWLEDGE command itself is not one of them.
func (c *Command) AcknowledgeFields() Acknowledge {
	return Acknowledge{c.Channel, be.Uint16(c.Body), be.Uint16(c.Body[2:])}
}

// Connect opens a connection; VERIFY_CONNECT answers it with the same fields
// up to ConnectID, as seen by the initiator.
//
//	4   2  peer ID: the slot that the receiver must address
//	6   1  incoming session ID
//	7   1  outgoing session ID
//	8   4  MTU
//	12  4  window size
//	16  4  channel count
//	20  4  incoming bandwidth, bytes per second, 0 = unlimited
//	24  4  outgoing bandwidth
//	28  4  packet throttle interval, milliseconds
//	32  4  packet throttle acceleration
//	36  4  packet throttle deceleration
//	40  4  connection identifier, opaque
//	44  4  application data, CONNECT only
type Connect struct {
	PeerID            uint16
	IncomingSession   uint8
	OutgoingSession   uint8
	MTU               uint32
	WindowSize        uint32
	ChannelCount      uint32
	IncomingBandwidth uint32
	OutgoingBandwidth uint32
	Throttle          Throttle
	ConnectID         [4]byte
	Data              uint32
}

// Throttle holds the parameters of the packet throttle.
type Throttle struct {
	Interval     uint32 // milliseconds
	Acceleration uint32
	Deceleration uint32
}

// ConnectFields reads CONNECT or VERIFY_CONNECT.
func (c *Command) ConnectFields() Connect {
	b := c.Body
	f := Connect{
		PeerID:            be.Uint16(b),
		IncomingSession:   b[2],
		OutgoingSession:   b[3],
		MTU:               be.Uint32(b[4:]),
		WindowSize:        be.Uint32(b[8:]),
		ChannelCount:      be.Uint32(b[12:]),
		IncomingBandwidth: be.Uint32(b[16:]),
		OutgoingBandwidth: be.Uint32(b[20:]),
		Throttle: Throttle{
			Interval:     be.Uint32(b[24:]),
			Acceleration: be.Uint32(b[28:]),
			Deceleration: be.Uint32(b[32:]),
		},
		ConnectID: [4]byte(b[36:40]),
	}
	if c.Op == OpConnect {
		f.Data = be.Uint32(b[40:])
	}
	return f
}

// Put writes the command; op is OpConnect or OpVerifyConnect and decides
// whether Data is part of it. It returns the command's size.
func (f *Connect) Put(b []byte, op Op, seq uint16) int {
	put(b, op, FlagAcknowledge, ControlChannel, seq)
	be.PutUint16(b[4:], f.PeerID)
	b[6] = f.IncomingSession
	b[7] = f.OutgoingSession
	be.PutUint32(b[8:], f.MTU)
	be.PutUint32(b[12:], f.WindowSize)
	be.PutUint32(b[16:], f.ChannelCount)
	be.PutUint32(b[20:], f.IncomingBandwidth)
	be.PutUint32(b[24:], f.OutgoingBandwidth)
	be.PutUint32(b[28:], f.Throttle.Interval)
	be.PutUint32(b[32:], f.Throttle.Acceleration)
	be.PutUint32(b[36:], f.Throttle.Deceleration)
	copy(b[40:44], f.ConnectID[:])
	if op == OpConnect {
		be.PutUint32(b[44:], f.Data)
	}
	return op.Size()
}

// DisconnectData reads the application data of DISCONNECT.
func (c *Command) DisconnectData() uint32 { return be.Uint32(c.Body) }

// PutDisconnect writes DISCONNECT. With flag FlagAcknowledge the receiver
// answers it, with FlagUnsequenced it does not.
func PutDisconnect(b []byte, flag uint8, seq uint16, data uint32) {
	put(b, OpDisconnect, flag, ControlChannel, seq)
	be.PutUint32(b[4:], data)
}

// PutPing writes PING.
func PutPing(b []byte, seq uint16) {
	put(b, OpPing, FlagAcknowledge, ControlChannel, seq)
}

// BandwidthFields reads BANDWIDTH_LIMIT: the sender's incoming and outgoing
// bandwidth in bytes per second, 0 = unlimited.
func (c *Command) BandwidthFields() (incoming, outgoing uint32) {
	return be.Uint32(c.Body), be.Uint32(c.Body[4:])
}

// PutBandwidthLimit writes BANDWIDTH_LIMIT.
func PutBandwidthLimit(b []byte, seq uint16, incoming, outgoing uint32) {
	put(b, OpBandwidthLimit, FlagAcknowledge, ControlChannel, seq)
	be.PutUint32(b[4:], incoming)
	be.PutUint32(b[8:], outgoing)
}

// ThrottleFields reads THROTTLE_CONFIGURE.
func (c *Command) ThrottleFields() Throttle {
	return Throttle{be.Uint32(c.Body), be.Uint32(c.Body[4:]), be.Uint32(c.Body[8:])}
}

// PutThrottleConfigure writes THROTTLE_CONFIGURE.
func PutThrottleConfigure(b []byte, seq uint16, t Throttle) {
	put(b, OpThrottleConfigure, FlagAcknowledge, ControlChannel, seq)
	be.PutUint32(b[4:], t.Interval)
	be.PutUint32(b[8:], t.Acceleration)
	be.PutUint32(b[12:], t.Deceleration)
}
