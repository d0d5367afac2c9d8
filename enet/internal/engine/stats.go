package engine

import "time"

// Stats counts what a host did since it was made.
type Stats struct {
	DatagramsReceived, BytesReceived uint64
	DatagramsSent, BytesSent         uint64

	Connects uint64 // CONNECT commands received
	Accepted uint64 // incoming connections completed

	// Datagrams dropped, by cause.
	DropShort       uint64 // shorter than the header
	DropOversize    uint64 // longer than 4096 bytes
	DropSource      uint64 // port 0, multicast, broadcast or unspecified source
	DropUnknown     uint64 // for a slot that nobody has at that address
	DropSession     uint64 // with a wrong session ID
	DropCompression uint64 // compressed in a way that was not understood
	DropChecksum    uint64 // checksum wrong or missing
	Guesses         uint64 // of these, from a peer's address: late, or somebody guesses at its connection
	Doubted         uint64 // DISCONNECTs that were not believed at once, because of guesses
	Malformed       uint64 // cut off at a command that did not belong

	// CONNECTs not followed up, by cause.
	Full         uint64 // the host had no room
	Refused      uint64 // Admit, or too many from one address
	HalfOpenFull uint64 // the handshake table was under pressure
	RepliesHeld  uint64 // the answer would have been larger than the request
	RepliesFull  uint64 // too many answers waited
}

// PeerStats counts what happened on one connection.
type PeerStats struct {
	DatagramsReceived, BytesReceived uint64
	DatagramsSent, BytesSent         uint64
	PacketsReceived, PacketsSent     uint64

	Useless     uint64 // of those, the ones whose earlier transmission had arrived and was only late
	Resent      uint64 // reliable commands sent again
	TimedOut    uint64 // reliable commands that were not acknowledged in time
	Throttled   uint64 // unreliable packets dropped by the packet throttle
	Malformed   uint64 // datagrams cut off at a command that did not belong
	WaitingFull uint64 // commands refused because too much waited to be taken
	HeldFull    uint64 // unreliable packets given up while they waited
	QueueFull   uint64 // packets that Send refused
}

// Snapshot is the state of a connection at one moment.
type Snapshot struct {
	PeerStats
	RTT            time.Duration // smoothed
	RTTVariance    time.Duration
	Loss           float64 // share of commands not acknowledged in time, smoothed, 0 to 1
	LossVariance   float64
	Throttle       int // 0 to 32: share of unreliable packets that is sent
	InFlightBytes  int // reliable payload sent and not acknowledged
	QueuedBytes    int // payload accepted by Send and not done
	QueuedPackets  int
	WaitingBytes   int // payload received and not taken by the application
	WaitingPackets int
	Window         int // most reliable payload bytes in flight
}

// Stats gives the host's counters.
func (h *Host) Stats() Stats { return h.stats }

// HalfOpen is the number of handshakes that are remembered.
func (h *Host) HalfOpen() int { return h.halfOpen.n }

// QueuedPackets is the number of packets that Send accepted and that are not
// done.
func (p *Peer) QueuedPackets() int { return p.queuedNo }

// Snapshot gives the connection's counters and state.
func (p *Peer) Snapshot() Snapshot {
	tick := p.host.pol.tick
	return Snapshot{
		PeerStats:      p.stats,
		RTT:            time.Duration(p.rtt.rtt) * tick,
		RTTVariance:    time.Duration(p.rtt.variance) * tick,
		Loss:           float64(p.loss.mean) / lossScale,
		LossVariance:   float64(p.loss.variance) / lossScale,
		Throttle:       int(p.throttle.value),
		InFlightBytes:  p.inFlight,
		QueuedBytes:    p.queued,
		QueuedPackets:  p.queuedNo,
		WaitingBytes:   p.waiting,
		WaitingPackets: p.waitingNo,
		Window:         int(p.window),
	}
}

// lossStats estimates the share of commands that were not acknowledged in
// time, over intervals of ten seconds.
type lossStats struct {
	sent, lost     uint32
	mean, variance uint32 // in 1/65536
	epoch          time.Duration
	hasEpoch       bool
}

const (
	lossInterval = 10 * time.Second
	lossScale    = 1 << 16
)

// updateLoss closes an interval if one is over.
func (p *Peer) updateLoss(now time.Duration) {
	l := &p.loss
	if !l.hasEpoch {
		l.epoch, l.hasEpoch = now, true
		return
	}
	if now-l.epoch < lossInterval || l.sent == 0 {
		return
	}
	loss := uint32(min(uint64(l.lost)*lossScale/uint64(l.sent), lossScale))
	diff := max(loss, l.mean) - min(loss, l.mean)
	l.variance = (3*l.variance + diff) / 4
	l.mean = (7*l.mean + loss) / 8
	l.sent, l.lost, l.epoch = 0, 0, now
}
