package engine

import "time"

// policy gathers every choice that the wire leaves to one side alone.
//
// modern is what the package does. libenet makes the choices of libenet
// 1.3.17 and exists so that recordings of it can be compared byte by byte.
type policy struct {
	// predictable picks the lowest free slot, remembers session IDs per slot,
	// and puts number 1 and the clock into VERIFY_CONNECT. Otherwise all four
	// are drawn at random: the remote must echo 44 to 46 bits that only a
	// receiver at its address can know.
	predictable bool

	// tick is the unit of the round-trip estimator. With milliseconds,
	// truncation stops the estimate up to 7 ms short of the truth.
	tick time.Duration

	// noise is the change of round-trip time that the packet throttle takes
	// for noise, and throttleFloor the lowest value it can fall to: without
	// them the throttle can stay at zero for ever on a path whose delay rose
	// for good.
	noise         time.Duration
	throttleFloor uint32

	// scaleWindow lets the packet throttle shrink the reliable window too.
	scaleWindow bool

	// minSlack is the least time that the retransmission time-out leaves
	// above the round-trip time.
	minSlack time.Duration

	// backoffCap bounds the doubling of the retransmission time-out, zero
	// for no bound. Never below the time-out of a first transmission.
	backoffCap time.Duration

	// seeGaps takes from acknowledgements of later transmissions that a command
	// was lost; see recovery.go.
	seeGaps bool

	// restful leaves probing a connection to its initiator.
	restful bool

	// train is how many datagrams a peer gets in a row.
	train int

	// onePeerTimer keeps one retransmission timer per peer, that of the
	// oldest command, instead of one per command.
	onePeerTimer bool

	// countChecksum makes the checksum part of the MTU.
	countChecksum bool

	// ownMTU makes an acceptor honour its own MTU.
	ownMTU bool

	// tellAgain sends a last DISCONNECT also for a peer whose orderly one was
	// not acknowledged: it may never have been sent, or was lost.
	tellAgain bool

	// verifyOnly lets nothing but VERIFY_CONNECT answer a CONNECT. A bare
	// acknowledgement would otherwise end its retransmission, and with it
	// every time-out of the attempt.
	verifyOnly bool

	// doubt probes a remote that says it leaves while somebody guesses at its
	// connection; see guess.go.
	doubt bool

	// announceAll sends BANDWIDTH_LIMIT to every peer after every join and
	// leave, instead of only where a value changed.
	announceAll bool
}

var modern = policy{
	tick:          time.Microsecond,
	noise:         10 * time.Millisecond,
	throttleFloor: 8,
	minSlack:      12 * time.Millisecond,
	backoffCap:    250 * time.Millisecond,
	seeGaps:       true,
	train:         16,
	restful:       true,
	countChecksum: true,
	ownMTU:        true,
	tellAgain:     true,
	verifyOnly:    true,
	doubt:         true,
}

var libenet = policy{
	predictable:  true,
	tick:         time.Millisecond,
	scaleWindow:  true,
	onePeerTimer: true,
	train:        1,
	announceAll:  true,
}
