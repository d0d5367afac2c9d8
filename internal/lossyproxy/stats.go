package lossyproxy

import "crosspeer/internal/simnet"

// Stats are totals since the start of a proxy.
type Stats struct {
	Clients int       `json:"clients"`
	Refused int       `json:"refused"` // datagrams of clients beyond MaxClients
	Up      Direction `json:"up"`
	Down    Direction `json:"down"`
}

// Direction counts the datagrams of one direction.
type Direction struct {
	Sent       int `json:"sent"`
	Lost       int `json:"lost"`
	Duplicated int `json:"duplicated"`
	Delivered  int `json:"delivered"`
}

// Stats returns the totals.
func (p *Proxy) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.counts.Lock()
	defer p.counts.Unlock()
	s := p.stats
	s.Up, s.Down = p.counts.up, p.counts.down
	return s
}

// count is the tap of the wire.
func (p *Proxy) count(e simnet.Event) {
	p.counts.Lock()
	defer p.counts.Unlock()
	d := &p.counts.up
	if e.To.Addr().As4()[1] == nearSide {
		d = &p.counts.down
	}
	switch e.Kind {
	case simnet.Sent:
		d.Sent++
	case simnet.Lost:
		d.Lost++
	case simnet.Duplicated:
		d.Duplicated++
	case simnet.Delivered:
		d.Delivered++
	}
}
