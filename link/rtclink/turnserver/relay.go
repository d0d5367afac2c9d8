package turnserver

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"strconv"
	"sync"

	"github.com/pion/turn/v5"
)

// Errors that pion answers with "insufficient capacity".
var (
	errFull     = errors.New("turnserver: all relays are in use")
	errUserFull = errors.New("turnserver: all relays of the user are in use")
	errNoPort   = errors.New("turnserver: no port is free")
	errTCP      = errors.New("turnserver: relays are UDP only")
)

// relays opens the sockets of relays and counts them. It is pion's
// RelayAddressGenerator.
type relays struct {
	cfg      *Config
	bind     netip.Addr // what relays are bound to
	announce netip.Addr

	mu     sync.Mutex
	total  int
	byUser map[string]int
}

// Validate implements turn.RelayAddressGenerator.
func (r *relays) Validate() error { return nil }

// AllocatePacketConn implements turn.RelayAddressGenerator.
func (r *relays) AllocatePacketConn(c turn.AllocateListenerConfig) (net.PacketConn, net.Addr, error) {
	if want := network(r.bind); c.Network != want {
		return nil, nil, fmt.Errorf("turnserver: a relay for %s was asked for, there is %s", c.Network, want)
	}
	if err := r.reserve(c.UserID); err != nil {
		return nil, nil, err
	}
	conn, port, err := r.listen(c.Network, c.RequestedPort)
	if err != nil {
		r.release(c.UserID)
		return nil, nil, err
	}
	counted := &relay{PacketConn: conn, release: func() { r.release(c.UserID) }}
	return counted, net.UDPAddrFromAddrPort(netip.AddrPortFrom(r.announce, uint16(port))), nil
}

func network(a netip.Addr) string {
	if a.Is4() {
		return "udp4"
	}
	return "udp6"
}

// listen opens a socket on the port, or if that is 0 on any of the range,
// beginning at random.
func (r *relays) listen(network string, port int) (net.PacketConn, int, error) {
	lowest, span := int(r.cfg.MinPort), int(r.cfg.MaxPort)-int(r.cfg.MinPort)+1
	first, tries := rand.IntN(span), min(span, 256) // more is a waste when others hold the range
	if port != 0 {
		if first, tries = port-lowest, 1; first < 0 || first >= span {
			return nil, 0, fmt.Errorf("%w: %d is not in the range", errNoPort, port)
		}
	}
	for i := range tries {
		port := lowest + (first+i)%span
		conn, err := net.ListenPacket(network, net.JoinHostPort(r.bind.String(), strconv.Itoa(port)))
		if err == nil {
			return conn, port, nil
		}
	}
	return nil, 0, errNoPort
}

func (r *relays) reserve(user string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.total >= r.cfg.MaxAllocations:
		return errFull
	case r.byUser[user] >= r.cfg.MaxPerUser:
		return errUserFull
	}
	r.total++
	r.byUser[user]++
	return nil
}

func (r *relays) release(user string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.total--
	if r.byUser[user]--; r.byUser[user] == 0 {
		delete(r.byUser, user)
	}
}

// within is asked by pion before it asks for a relay, so that a client is told
// that it is its own limit that it has reached.
func (r *relays) within(user, _ string, _ net.Addr) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.byUser[user] < r.cfg.MaxPerUser
}

// AllocateListener implements turn.RelayAddressGenerator.
func (r *relays) AllocateListener(turn.AllocateListenerConfig) (net.Listener, net.Addr, error) {
	return nil, nil, errTCP
}

// AllocateConn implements turn.RelayAddressGenerator.
func (r *relays) AllocateConn(turn.AllocateConnConfig) (net.Conn, error) { return nil, errTCP }

// relay is the socket of a relay.
type relay struct {
	net.PacketConn
	once    sync.Once
	release func()
}

// Close closes the socket and gives its place free.
func (r *relay) Close() error {
	r.once.Do(r.release)
	return r.PacketConn.Close()
}
