package site

import (
	"net"
	"net/http"
	"net/netip"
	"sync"
)

// crowd counts the connections whose requests are not taken over by a handler:
// those beyond the limits are closed before anything is read from them.
type crowd struct {
	most, mostPerAddress int

	mu    sync.Mutex
	conns map[net.Conn]netip.Addr
	from  map[netip.Addr]int
}

func newCrowd(most, mostPerAddress int) *crowd {
	return &crowd{most: most, mostPerAddress: mostPerAddress,
		conns: make(map[net.Conn]netip.Addr), from: make(map[netip.Addr]int)}
}

// watch is http.Server.ConnState.
func (c *crowd) watch(conn net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		if !c.enter(conn) {
			conn.Close()
		}
	case http.StateClosed, http.StateHijacked:
		c.leave(conn)
	}
}

func (c *crowd) enter(conn net.Conn) bool {
	from := addressOf(conn)
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.conns) >= c.most || c.from[from] >= c.mostPerAddress {
		return false
	}
	c.conns[conn] = from
	c.from[from]++
	return true
}

func (c *crowd) leave(conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	from, ok := c.conns[conn]
	if !ok {
		return // it did not get in
	}
	delete(c.conns, conn)
	if c.from[from]--; c.from[from] == 0 {
		delete(c.from, from)
	}
}

// addressOf is where a connection comes from: an IPv6 address is its /64,
// which one customer has.
func addressOf(conn net.Conn) netip.Addr {
	a, err := netip.ParseAddrPort(conn.RemoteAddr().String())
	if err != nil {
		return netip.Addr{}
	}
	addr := a.Addr().Unmap().WithZone("")
	if addr.Is6() {
		p, _ := addr.Prefix(64)
		return p.Addr()
	}
	return addr
}
