package lossyproxy

import (
	"errors"
	"net"
	"net/netip"
	"syscall"

	"crosspeer/internal/simnet"
)

// client is one client of the proxy: a pair of endpoints on the wire and a
// socket towards the server.
type client struct {
	proxy *Proxy
	addr  netip.AddrPort // real address
	inner *net.UDPConn   // towards the server

	near, far         *simnet.Conn // the client's and the server's end
	nearAddr, farAddr netip.AddrPort
}

// The addresses on the wire are made up, so that a run does not depend on the
// ports the system hands out. The last two bytes are the number of the client.
const nearSide, farSide = 1, 2

func wireAddr(side byte, number int) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, side, byte(number >> 8), byte(number)}), 1)
}

func newClient(p *Proxy, addr netip.AddrPort, number int) (*client, error) {
	c := &client{proxy: p, addr: addr, nearAddr: wireAddr(nearSide, number), farAddr: wireAddr(farSide, number)}
	var err error
	if c.near, err = p.wire.Listen(c.nearAddr); err != nil {
		return nil, err
	}
	if c.far, err = p.wire.Listen(c.farAddr); err != nil {
		return nil, errors.Join(err, c.near.Close())
	}
	if c.inner, err = net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(p.config.Target)); err != nil {
		return nil, errors.Join(err, c.near.Close(), c.far.Close())
	}
	_ = c.inner.SetReadBuffer(1 << 20)
	c.setConditions(p.up, p.down)
	p.done.Go(c.fromServer)
	p.done.Go(c.toServer)
	p.done.Go(c.toClient)
	return c, nil
}

func (c *client) setConditions(up, down simnet.Conditions) {
	c.proxy.wire.SetPath(c.nearAddr, c.farAddr, up)
	c.proxy.wire.SetPath(c.farAddr, c.nearAddr, down)
}

// send puts a datagram of the client on the wire. It fails only when the wire
// is closed.
func (c *client) send(datagram []byte) {
	_, _ = c.near.WriteToUDPAddrPort(datagram, c.farAddr)
}

// fromServer puts what the server sends on the wire.
func (c *client) fromServer() {
	buf := make([]byte, simnet.MaxDatagram)
	for {
		n, err := c.inner.Read(buf)
		if err != nil {
			if nobodyThere(err) {
				continue
			}
			return
		}
		_, _ = c.far.WriteToUDPAddrPort(buf[:n], c.nearAddr)
	}
}

// toServer sends on what arrives at the far end of the wire.
func (c *client) toServer() {
	deliver(c.far, func(datagram []byte) {
		_, err := c.inner.Write(datagram)
		if err != nil && nobodyThere(err) {
			// The write returned the report instead of sending.
			_, _ = c.inner.Write(datagram)
		}
	})
}

// toClient sends on what arrives at the near end.
func (c *client) toClient() {
	deliver(c.near, func(datagram []byte) { _, _ = c.proxy.outer.WriteToUDPAddrPort(datagram, c.addr) })
}

// deliver hands on what arrives at an end of the wire until that is closed.
func deliver(end *simnet.Conn, send func([]byte)) {
	buf := make([]byte, simnet.MaxDatagram)
	for {
		n, _, err := end.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		send(buf[:n])
	}
}

// nobodyThere tells the report that an earlier datagram found no socket, which
// says nothing about later ones.
func nobodyThere(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }
