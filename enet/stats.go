package enet

import (
	"time"

	"crosspeer/enet/internal/engine"
)

// HostStats counts what a host did since it was made.
type HostStats struct {
	Peers    int // connections now, in both directions
	HalfOpen int // handshakes remembered now

	DatagramsReceived, BytesReceived uint64
	DatagramsSent, BytesSent         uint64
	SendErrors                       uint64 // datagrams that the system did not take
	ReadErrors                       uint64 // reads of the socket that failed

	Connects uint64 // requests to connect received, repeated ones included
	Accepted uint64 // incoming connections made

	// Datagrams dropped, by cause.
	DropShort       uint64 // shorter than the header
	DropOversize    uint64 // longer than 4096 bytes
	DropSource      uint64 // from port 0 or no unicast address
	DropUnknown     uint64 // for a peer that does not exist at that address
	DropSession     uint64 // for an earlier connection, or forged
	DropCompression uint64 // compressed in a way that was not understood
	DropChecksum    uint64
	Guesses         uint64 // of DropUnknown and DropSession, those from a peer's address: late, or somebody guesses at its connection
	Doubted         uint64 // ends of connections that were not believed at once, because of Guesses
	Malformed       uint64 // cut off at a command that did not belong

	// Requests to connect that were not followed up, by cause.
	Full         uint64 // the host had no room
	Refused      uint64 // Config.Admit or Config.MaxPeersPerIP
	HalfOpenFull uint64 // too many from one network while the table was under pressure
	RepliesHeld  uint64 // the answer would have been larger than the request
	RepliesFull  uint64 // too many answers waited to be sent
}

// Stats gives the host's counters.
func (h *Host) Stats() HostStats {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.core.Stats()
	return HostStats{
		Peers:    h.core.PeerCount(),
		HalfOpen: h.core.HalfOpen(),

		DatagramsReceived: s.DatagramsReceived, BytesReceived: s.BytesReceived,
		DatagramsSent: s.DatagramsSent, BytesSent: s.BytesSent,
		SendErrors: h.sendErrors, ReadErrors: h.readErrors,

		Connects: s.Connects, Accepted: s.Accepted,

		DropShort: s.DropShort, DropOversize: s.DropOversize, DropSource: s.DropSource,
		DropUnknown: s.DropUnknown, DropSession: s.DropSession,
		DropCompression: s.DropCompression, DropChecksum: s.DropChecksum, Guesses: s.Guesses, Doubted: s.Doubted, Malformed: s.Malformed,

		Full: s.Full, Refused: s.Refused, HalfOpenFull: s.HalfOpenFull,
		RepliesHeld: s.RepliesHeld, RepliesFull: s.RepliesFull,
	}
}

// PeerStats is the state of a connection and what happened on it.
type PeerStats struct {
	RTT         time.Duration // smoothed round-trip time; 500 ms until it is measured
	RTTVariance time.Duration
	Loss        float64 // share of commands not acknowledged in time, smoothed over intervals of 10 s, 0 to 1
	Throttle    int     // 0 to 32: share of unreliable packets that is sent

	Window         int // most reliable payload bytes in flight
	InFlightBytes  int // reliable payload bytes sent and not acknowledged
	QueuedBytes    int // payload bytes accepted by Send and not sent or not acknowledged
	QueuedPackets  int
	WaitingBytes   int // payload bytes received and not taken by the program
	WaitingPackets int

	DatagramsReceived, BytesReceived uint64
	DatagramsSent, BytesSent         uint64
	PacketsReceived, PacketsSent     uint64

	Resent      uint64 // reliable commands sent again
	Useless     uint64 // of those, the ones whose earlier transmission had arrived, and its acknowledgement was only late
	TimedOut    uint64 // reliable commands not acknowledged in time
	Throttled   uint64 // unreliable packets dropped by the packet throttle
	Malformed   uint64 // datagrams cut off at a command that did not belong
	WaitingFull uint64 // commands refused because too much waited to be taken
	HeldFull    uint64 // unreliable packets given up while they waited for others
	QueueFull   uint64 // packets that Send refused
}

// Stats gives the connection's state and counters. After its end they are
// those of its last moment.
func (p *Peer) Stats() PeerStats {
	s := get(p, (*engine.Peer).Snapshot)
	return PeerStats{
		RTT: s.RTT, RTTVariance: s.RTTVariance, Loss: s.Loss, Throttle: s.Throttle,

		Window: s.Window, InFlightBytes: s.InFlightBytes,
		QueuedBytes: s.QueuedBytes, QueuedPackets: s.QueuedPackets,
		WaitingBytes: s.WaitingBytes, WaitingPackets: s.WaitingPackets,

		DatagramsReceived: s.DatagramsReceived, BytesReceived: s.BytesReceived,
		DatagramsSent: s.DatagramsSent, BytesSent: s.BytesSent,
		PacketsReceived: s.PacketsReceived, PacketsSent: s.PacketsSent,

		Resent: s.Resent, Useless: s.Useless, TimedOut: s.TimedOut, Throttled: s.Throttled, Malformed: s.Malformed,
		WaitingFull: s.WaitingFull, HeldFull: s.HeldFull, QueueFull: s.QueueFull,
	}
}
