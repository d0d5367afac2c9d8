package engine

// channel is one of a peer's channels, both directions.
type channel struct {
	number uint8

	// Sending.
	outReliable   uint16        // last number given
	outUnreliable uint16        // last number given since that
	queue         ring[command] // reliable commands not sent
	sent          window        // reliable commands sent and not acknowledged
	blocked       bool          // within one pass: the sequence window is full

	// Receiving.
	inReliable   uint16 // last number delivered
	inUnreliable uint16 // last unreliable number delivered since that
	early        map[uint16]*arrival
	held         []*arrival
	incomplete   int // fragmented packets in held
}

// arrival is a packet that cannot be delivered yet: it is ahead of its turn,
// or fragments are missing.
type arrival struct {
	rel     uint16 // reliable number, of fragment 0 for fragments
	number  uint16 // unreliable number
	flags   Flags
	packet  *Packet   // nil while incomplete, and for a packet to be skipped
	parts   *assembly // fragmented packets only
	waiting int       // bytes counted in Peer.waiting
}

// complete says whether the packet can be delivered, or skipped.
func (a *arrival) complete() bool { return a.parts == nil || a.parts.done }

// span is how many reliable numbers the packet takes.
func (a *arrival) span() uint16 {
	if a.parts == nil {
		return 1
	}
	return uint16(a.parts.count)
}

func (c *channel) dropIncoming(p *Peer) {
	for _, a := range c.early {
		p.discard(a)
	}
	for _, a := range c.held {
		p.discard(a)
	}
	c.early, c.held, c.incomplete = nil, nil, 0
}

// discard lets go of an arrival that will not be delivered.
func (p *Peer) discard(a *arrival) {
	p.unwait(a.waiting)
	if a.packet != nil {
		a.packet.Release()
	}
	if a.parts != nil {
		a.parts.release()
	}
}

// wait counts n received bytes that the application has not taken. It fails
// when the peer is at its limit; the remote then sends again later, since
// nothing is acknowledged.
func (p *Peer) wait(n int) bool {
	if p.choked || p.waiting >= p.host.cfg.MaxWaitingBytes || p.waitingNo >= p.host.cfg.MaxWaitingPackets {
		p.stats.WaitingFull++
		return false
	}
	p.waiting += n
	p.waitingNo++
	return true
}

// Choke refuses the remote's packets until it is called with false: they are
// neither stored nor acknowledged, so the remote sends reliable ones again. It
// gives up after its time-out.
func (p *Peer) Choke(on bool) { p.choked = on }

func (p *Peer) unwait(n int) {
	p.waiting -= n
	p.waitingNo--
}
