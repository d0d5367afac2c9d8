package engine

import "time"

// Every reliable command is acknowledged by itself, with the time of the
// transmission that arrived. So a sender sees what a receiver is missing: what
// was sent later is acknowledged, and this is not. The ideas are those of RFC
// 8985 and RFC 9002; the wire is libenet's.

// notice takes from an acknowledgement how far the remote has got, and whether
// its command was sent again in vain: then acknowledgements come later than
// was thought, and the peer is given more time.
func (p *Peer) notice(c *command, echo uint16) {
	if echo != millis(c.sentAt) {
		if c.attempts > 1 {
			p.stats.Useless++
			p.patience = min(p.patience+patienceStep, mostPatience)
		}
		return
	}
	if p.patience > 0 {
		p.patience--
	}
	p.ackedAt = max(p.ackedAt, c.sentAt)
}

// overtaken says whether something has arrived that was sent later, by more
// than datagrams usually overtake each other: the path carries what is sent, and
// has lost only this.
func (p *Peer) overtaken(c *command) bool {
	return p.host.pol.seeGaps && p.ackedAt-c.sentAt > time.Duration(p.rtt.variance)*p.host.pol.tick
}

// An overtaken command counts as lost when three quarters of the ordinary slack
// are over. Each command that was sent again in vain, its acknowledgement being
// under way, adds a sixteenth, up to the ordinary slack, and each
// acknowledgement in time takes a 64th of that back, so that no more than about
// one in 64 is sent in vain.
//
// Beside libenet's rules, in virtual time (TestRecovery): p99 0.96, 0.62 and
// 0.08 at 1, 5 and 20 % loss, at most 1.4 % of the transmissions in vain.
const (
	overtakenSlack = 768 // of 1024
	patienceStep   = 64
	mostPatience   = 256
)

// due is when a command in flight counts as lost.
func (p *Peer) due(c *command) time.Duration {
	if !p.overtaken(c) {
		return c.sentAt + c.rto
	}
	slack := p.slack() * time.Duration(overtakenSlack+p.patience) / 1024
	return c.sentAt + min(c.rto, time.Duration(p.rtt.rtt)*p.host.pol.tick+slack)
}

// hurry brings the peer's timer forward if the oldest command of a window,
// for which the others wait, has been overtaken.
func (p *Peer) hurry(w *window) {
	if !p.host.pol.seeGaps || w.n == 0 || p.state == Connecting {
		return
	}
	if c := w.at(0); c.state == inFlight {
		if at := p.due(c); at < p.timeoutAt {
			p.timeoutAt = at
			p.host.wake(p)
		}
	}
}
