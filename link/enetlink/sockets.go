package enetlink

import (
	"net/netip"
	"sync"

	"crosspeer/enet"
)

// listenShared opens the server's sockets.
func (h *host) listenShared(addr string) error {
	h.crowd = &crowd{most: h.cfg.MaxPeersPerIP, from: make(map[netip.Addr]int)}
	cfgs := make([]*enet.Config, h.cfg.Sockets)
	for i := range cfgs {
		cfgs[i] = h.server()
	}
	hosts, err := enet.ListenShared(addr, cfgs...)
	if err != nil {
		return err
	}
	h.host, h.more = hosts[0], hosts[1:]
	return nil
}

// crowd counts a server's clients by IP address over all of its sockets: the
// kernel divides the clients of one address among them. A nil crowd, that
// of a server with one socket, has no limit: the ENet host has it.
type crowd struct {
	most int // from one address, 0 for no limit
	mu   sync.Mutex
	from map[netip.Addr]int
}

// full says whether there may be no more from an address.
func (c *crowd) full(a netip.Addr) bool {
	if c == nil || c.most == 0 {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.from[a] >= c.most
}

// enter counts one more, unless there may be none.
func (c *crowd) enter(a netip.Addr) bool {
	if c == nil || c.most == 0 {
		return true
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.from[a] >= c.most {
		return false
	}
	c.from[a]++
	return true
}

// leave counts one less.
func (c *crowd) leave(a netip.Addr) {
	if c == nil || c.most == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.from[a]--; c.from[a] == 0 {
		delete(c.from, a)
	}
}
