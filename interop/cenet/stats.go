package cenet

import "fmt"

// State is the state of a connection in ENet.
type State uint32

// The states in which a connection can be seen for longer.
const (
	StateDisconnected    State = 0
	StateConnecting      State = 1
	StateConnected       State = 5
	StateDisconnectLater State = 6
	StateDisconnecting   State = 7
)

// Stats are values of one connection, as ENet has them. Times are in
// milliseconds, bandwidths in bytes per second.
type Stats struct {
	State                               State
	MTU, Channels, WindowSize           uint32
	IncomingBandwidth                   uint32 // of the other side
	OutgoingBandwidth                   uint32
	RoundTripTime                       uint32
	RoundTripTimeVariance               uint32
	PacketLoss                          uint32 // mean, 65536 is all
	PacketThrottle, PacketThrottleLimit uint32 // of 32
	PacketThrottleInterval              uint32
	PacketThrottleAcceleration          uint32
	PacketThrottleDeceleration          uint32
	ReliableDataInTransit               uint32 // bytes
	IncomingPeerID, OutgoingPeerID      uint32
}

// Stats returns the values of a connection.
func (p *Peer) Stats(peer int) Stats {
	p.t.Helper()
	var s Stats
	p.scan(fmt.Sprint("stats ", peer), &s.State, &s.MTU, &s.Channels, &s.WindowSize, &s.IncomingBandwidth,
		&s.OutgoingBandwidth, &s.RoundTripTime, &s.RoundTripTimeVariance, &s.PacketLoss, &s.PacketThrottle,
		&s.PacketThrottleLimit, &s.PacketThrottleInterval, &s.PacketThrottleAcceleration, &s.PacketThrottleDeceleration,
		&s.ReliableDataInTransit, &s.IncomingPeerID, &s.OutgoingPeerID)
	return s
}

// Totals are counts of the host since its start.
type Totals struct {
	Connected                        int // connections that are up now
	DatagramsSent, BytesSent         uint64
	DatagramsReceived, BytesReceived uint64
}

// Totals returns the counts of the host.
func (p *Peer) Totals() Totals {
	p.t.Helper()
	var s Totals
	p.scan("totals", &s.Connected, &s.DatagramsSent, &s.BytesSent, &s.DatagramsReceived, &s.BytesReceived)
	return s
}

// Version returns the version of the C library.
func (p *Peer) Version() string {
	p.t.Helper()
	var v string
	p.scan("version", &v)
	return v
}
