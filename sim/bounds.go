package sim

import "crosspeer"

// bounds checks what waits.
func (w *world) bounds() {
	within := func(who any, what string, n, most int) {
		if n > most {
			w.laws.fail("%v has %d %s waiting, the bound is %d", who, n, what, most)
		}
	}
	inbox := func(who any, p *crosspeer.Peer, packets int) {
		s := p.Stats()
		within(who, "packets", s.InboxPackets, packets)
		within(who, "bytes", s.InboxBytes, inboxBytes+maxMessage)
	}
	inbox("the server", w.server, serverInbox)
	within("the server", "bytes behind its inbox", w.host.Backlog(), backlog)
	for _, v := range w.laws.house.members {
		if info, err := w.server.PeerInfo(v.id); err == nil {
			within(v, "packets to be sent to it", info.QueuedPackets, enetQueuePackets)
			within(v, "bytes to be sent to it", info.QueuedBytes, enetQueueBytes+maxMessage)
		}
	}
	for _, p := range w.people {
		if p.at == here {
			inbox(p.visit, p.peer, clientInbox)
			if p.host != nil {
				within(p.visit, "bytes behind its inbox", p.host.Backlog(), backlog)
			}
			if info, err := p.peer.PeerInfo(crosspeer.TargetServer); err == nil {
				within(p.visit, "packets to be sent", info.QueuedPackets, enetQueuePackets)
				within(p.visit, "bytes to be sent", info.QueuedBytes, enetQueueBytes+maxMessage)
			}
		}
	}
}
