package crosspeer

import "sync/atomic"

// Drops counts packets that went no further, by cause. In Stats they are those
// of all members; in PeerInfo those that this one sent, and copies that were
// for it.
type Drops struct {
	// What the member sent.
	Spoofed       uint64 // packets with somebody else's id as source
	UnknownTarget uint64 // packets for an id that nobody has
	NotRelayed    uint64 // packets for others while relaying is off
	Malformed     uint64 // frames that have no place in the protocol
	RateDropped   uint64 // unreliable packets beyond its rate
	RatePaused    uint64 // times that it was pushed back because of its rate; nothing is lost
	Filtered      uint64 // packets that Config.Filter did not let pass
	InboxDropped  uint64 // unreliable packets for this program when it did not keep up

	// Copies that were for the member.
	LinkDropped uint64 // of unreliable packets that its link had no room for
	NoChannel   uint64 // its connection lacks the channel
	TooLarge    uint64 // its connection cannot carry so much
}

// cause is why a packet went no further.
type cause uint8

const (
	spoofed cause = iota
	unknownTarget
	notRelayed
	malformed
	rateDropped
	ratePaused
	filtered
	inboxDropped
	linkDropped
	noChannel
	tooLarge
	causes
)

// tally is the live form of Drops.
type tally [causes]atomic.Uint64

// drop counts a packet of a member, or for it.
func (p *Port) drop(c cause) {
	p.drops[c].Add(1)
	p.hub.stats.drops[c].Add(1)
}

func (t *tally) snapshot() Drops {
	return Drops{
		Spoofed:       t[spoofed].Load(),
		UnknownTarget: t[unknownTarget].Load(),
		NotRelayed:    t[notRelayed].Load(),
		Malformed:     t[malformed].Load(),
		RateDropped:   t[rateDropped].Load(),
		RatePaused:    t[ratePaused].Load(),
		Filtered:      t[filtered].Load(),
		InboxDropped:  t[inboxDropped].Load(),
		LinkDropped:   t[linkDropped].Load(),
		NoChannel:     t[noChannel].Load(),
		TooLarge:      t[tooLarge].Load(),
	}
}
