package lossyproxy

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"

	"crosspeer/internal/simnet"
)

// Config says between whom a Proxy stands and what it does.
type Config struct {
	// Target is the address of the server.
	Target netip.AddrPort
	// Listen is the address for clients. The zero value is a free port of
	// 127.0.0.1.
	Listen netip.AddrPort
	// Seed chooses the random numbers.
	Seed uint64
	// Up holds from client to server, Down from server to client.
	Up, Down simnet.Conditions
	// MaxClients bounds the clients, which are told apart by address and are
	// never forgotten. 0 is 4096. Datagrams of further ones are dropped.
	MaxClients int
}

// Proxy forwards datagrams until it is closed.
type Proxy struct {
	config Config
	outer  *net.UDPConn // towards the clients
	wire   *simnet.Wire

	mu       sync.Mutex
	clients  map[netip.AddrPort]*client
	up, down simnet.Conditions
	stats    Stats // without the directions
	closed   bool

	// The tap counts under the lock of the wire, while mu is held around calls
	// of the wire: its counts need a lock of their own.
	counts struct {
		sync.Mutex
		up, down Direction
	}

	done sync.WaitGroup // the forwarding goroutines
}

// Start opens a proxy.
func Start(config Config) (*Proxy, error) {
	if err := errors.Join(config.Up.Validate(), config.Down.Validate()); err != nil {
		return nil, fmt.Errorf("lossyproxy: %w", err)
	}
	if !config.Target.IsValid() || config.Target.Port() == 0 {
		return nil, fmt.Errorf("lossyproxy: no target: %v", config.Target)
	}
	if !config.Listen.IsValid() {
		config.Listen = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), 0)
	}
	if config.MaxClients == 0 {
		config.MaxClients = 4096
	}
	if config.MaxClients < 0 || config.MaxClients > 1<<16 {
		return nil, fmt.Errorf("lossyproxy: MaxClients = %d, want 0..%d", config.MaxClients, 1<<16)
	}
	outer, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(config.Listen))
	if err != nil {
		return nil, fmt.Errorf("lossyproxy: %w", err)
	}
	// All clients share this socket, and the kernel must not add a loss.
	_ = outer.SetReadBuffer(4 << 20)
	_ = outer.SetWriteBuffer(4 << 20)
	p := &Proxy{
		config:  config,
		outer:   outer,
		wire:    simnet.NewWire(config.Seed, simnet.Conditions{}),
		clients: map[netip.AddrPort]*client{},
		up:      config.Up,
		down:    config.Down,
	}
	p.wire.Tap(p.count)
	p.done.Go(p.fromClients)
	return p, nil
}

// Addr returns the address for clients.
func (p *Proxy) Addr() netip.AddrPort { return p.outer.LocalAddr().(*net.UDPAddr).AddrPort() }

// SetConditions changes both directions of all clients from now on. Conditions
// that are out of range panic.
func (p *Proxy) SetConditions(up, down simnet.Conditions) {
	if err := errors.Join(up.Validate(), down.Validate()); err != nil {
		panic(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.up, p.down = up, down
	for _, c := range p.clients {
		c.setConditions(up, down)
	}
}

// Close stops forwarding, drops what is under way and waits for the end of all
// goroutines. Closing again is harmless.
func (p *Proxy) Close() error {
	p.mu.Lock()
	p.closed = true
	for _, c := range p.clients {
		c.inner.Close()
	}
	p.mu.Unlock()
	err := p.outer.Close()
	if errors.Is(err, net.ErrClosed) {
		err = nil
	}
	p.wire.Close()
	p.done.Wait()
	return err
}

// fromClients puts what clients send on the wire.
func (p *Proxy) fromClients() {
	buf := make([]byte, simnet.MaxDatagram)
	for {
		n, from, err := p.outer.ReadFromUDPAddrPort(buf)
		if err != nil {
			if nobodyThere(err) {
				continue
			}
			return
		}
		if c := p.client(from); c != nil {
			c.send(buf[:n])
		}
	}
}

// client returns the client with an address, which is a new one if it has not
// been heard of; nil when there can be no more.
func (p *Proxy) client(from netip.AddrPort) *client {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c := p.clients[from]; c != nil {
		return c
	}
	if p.closed || len(p.clients) >= p.config.MaxClients {
		p.stats.Refused++
		return nil
	}
	c, err := newClient(p, from, len(p.clients))
	if err != nil {
		p.stats.Refused++
		return nil
	}
	p.clients[from] = c
	p.stats.Clients++
	return c
}
