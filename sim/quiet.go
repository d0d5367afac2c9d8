package sim

import (
	"fmt"
	"slices"
	"time"

	"crosspeer"
)

const (
	// firstQuiet is when the session is first compared, and quietEvery how
	// long it goes on then.
	firstQuiet = 30 * time.Second
	quietEvery = 10 * time.Minute

	// settling is how long it may take until all is quiet: a connection that
	// has just gone dark is lost after 30 s.
	settling = 90 * time.Second

	// calm is how long before that nobody is made to vanish.
	calm = 35 * time.Second
)

// quiet lets nothing new begin, mends what is broken, waits until all is quiet
// and compares.
func (w *world) quiet() {
	w.drowsy = w.now
	for _, p := range w.people {
		p.asleep, p.dawdles, p.hurries = w.now, w.now, 0
		if p.at != away {
			p.mend()
		}
	}
	var why error
	for end := w.now + settling; w.now < end && w.laws.broken == nil; {
		w.move()
		for _, p := range w.people {
			switch p.at {
			case dialing:
				p.wait()
			case here:
				p.look()
			}
		}
		if w.now/tick%8 == 0 {
			if why = w.unsettled(); why == nil {
				break
			}
		}
	}
	if why != nil {
		w.laws.fail("all should be quiet: %w", why)
	}
	w.laws.forget()
	w.laws.count.Quiets++
	w.nextQuiet = w.now + quietEvery
	w.nextState = w.now
}

// unsettled says what is missing until all is quiet.
func (w *world) unsettled() error {
	h := w.laws.house
	everybody := make([]crosspeer.PeerID, 0, len(h.members)+1)
	for _, v := range h.members {
		if v.over {
			return fmt.Errorf("%v has gone and is still a member", v)
		}
		everybody = append(everybody, v.id)
	}
	if got := w.server.Peers(); !slices.Equal(got, everybody) {
		return fmt.Errorf("the server knows %v, members are %v", got, everybody)
	}
	if v := h.server; v.told < len(h.history) {
		return fmt.Errorf("the server's program was told %d of %d changes", v.told, len(h.history))
	}
	everybody = slices.Insert(everybody, 0, crosspeer.TargetServer)
	for _, p := range w.people {
		switch {
		case p.at == dialing:
			return fmt.Errorf("%v still connects", p.visit)
		case p.at == away:
			continue
		case p.visit.house != h || p.visit.left:
			return fmt.Errorf("%v believes to be in the session", p.visit)
		}
		want := slices.DeleteFunc(slices.Clone(everybody), func(id crosspeer.PeerID) bool { return id == p.visit.id })
		if got := p.peer.Peers(); !slices.Equal(got, want) {
			return fmt.Errorf("%v knows %v, the others are %v", p.visit, got, want)
		}
		if len(p.visit.known) != len(want)-1 {
			return fmt.Errorf("%v was told of %d others, there are %d", p.visit, len(p.visit.known), len(want)-1)
		}
	}
	return w.undelivered()
}

// undelivered says which reliable packet has not arrived, and what waits.
func (w *world) undelivered() error {
	h := w.laws.house
	all := append([]*visit{h.server}, h.members...)
	for _, r := range all {
		for _, s := range all {
			for f := r.from[s.seat]; f != nil; f = f.older {
				for k := range f.owed {
					if f.sender == s.number && f.owed[k].len() > 0 {
						return fmt.Errorf("%v has not received number %d and %d more of stream %d of %v", r, *f.owed[k].first(), f.owed[k].len()-1, k, s)
					}
				}
			}
		}
	}
	for _, v := range h.members {
		if info, err := w.server.PeerInfo(v.id); err != nil || info.QueuedPackets+info.QueuedBytes > 0 {
			return fmt.Errorf("%d packets, %d bytes wait for %v, %v", info.QueuedPackets, info.QueuedBytes, v, err)
		}
	}
	return nil
}

// parted checks a client's end: if the server let it go in order and it heard
// so, it has everything reliable that the server had sent to it.
func (l *laws) parted(v *visit, r crosspeer.Reason) {
	if !v.parting || v.cut || r.By != crosspeer.ByRemote || v.house.over {
		return
	}
	for k, q := range l.flow(v.house.server, v).owed {
		if q.len() > 0 {
			l.fail("%v was let go in order (%v) without number %d and %d more of stream %d of the server", v, r, *q.first(), q.len()-1, k)
		}
	}
}
