package enet

import (
	"errors"
	"fmt"
	"net/netip"
	"sync/atomic"
	"time"

	"crosspeer/enet/internal/engine"
)

// State is where a connection stands.
type State uint8

// States, with libenet's names. A peer of an incoming connection exists only
// from StateConnected on.
const (
	StateDisconnected            = State(engine.Disconnected)
	StateConnecting              = State(engine.Connecting)
	StateConnected               = State(engine.Connected)
	StateDisconnectLater         = State(engine.DisconnectLater) // everything queued is still delivered
	StateDisconnecting           = State(engine.Disconnecting)
	StateAcknowledgingDisconnect = State(engine.AcknowledgingDisconnect)
)

// String is the name in ENet's vocabulary, "CONNECTED".
func (s State) String() string { return engine.State(s).String() }

// Peer is one connection of a host. Once it has ended it stays so; connecting
// again gives a new Peer. Safe for concurrent use.
type Peer struct {
	h     *Host
	p     *engine.Peer
	addr  netip.AddrPort
	value atomic.Pointer[any]
	cause error // why it was cut; the host's lock guards it
}

// peer gives the Peer of the core's peer. The lock is held.
func (h *Host) peer(p *engine.Peer) *Peer {
	if peer, ok := p.Tag.(*Peer); ok {
		return peer
	}
	peer := &Peer{h: h, p: p, addr: p.Addr()}
	p.Tag = peer
	return peer
}

// Host is the host that the peer belongs to.
func (p *Peer) Host() *Host { return p.h }

// RemoteAddr is the remote's address.
func (p *Peer) RemoteAddr() netip.AddrPort { return p.addr }

// SetValue keeps a value of the program's with the peer.
func (p *Peer) SetValue(v any) { p.value.Store(&v) }

// Value is what SetValue was last given, nil before.
func (p *Peer) Value() any {
	if v := p.value.Load(); v != nil {
		return *v
	}
	return nil
}

// Send queues a message and returns at once; data is copied. Errors:
// ErrNotConnected, ErrChannel, ErrTooLarge, ErrQueueFull, ErrClosed.
func (p *Peer) Send(channel uint8, data []byte, flags Flags) error {
	pkt := engine.CopyPacket(data)
	err := p.SendPacket(channel, Packet{pkt}, flags)
	pkt.Release()
	return err
}

// SendPacket is Send without the copy. The caller keeps its ownership of the
// packet.
func (p *Peer) SendPacket(channel uint8, pkt Packet, flags Flags) error {
	if pkt.IsZero() {
		return errors.New("enet: SendPacket: the zero Packet is none")
	}
	p.h.mu.Lock()
	defer p.h.mu.Unlock()
	if err := p.h.usable(); err != nil {
		return err
	}
	switch err := p.p.Send(channel, pkt.p, engine.Flags(flags)); {
	case err == nil:
		p.h.sent(pkt)
		p.h.wake()
		return nil
	case errors.Is(err, engine.ErrChannel):
		return fmt.Errorf("%w: %d of %d, to %v", ErrChannel, channel, p.p.ChannelCount(), p.addr)
	case errors.Is(err, engine.ErrTooLarge):
		return fmt.Errorf("%w: %d bytes to %v at MTU %d", ErrTooLarge, len(pkt.Bytes()), p.addr, p.p.MTU())
	default:
		return p.wrap(err)
	}
}

// Disconnect ends the connection: what is queued and not yet acknowledged is
// dropped, the remote is told, and EventDisconnect follows when it has
// acknowledged that, or after its time-out. data reaches the remote's
// EventDisconnect. A connection that is still being made ends at once and
// without an event.
func (p *Peer) Disconnect(data uint32) { p.do(func() { p.p.Disconnect(data) }) }

// DisconnectLater is Disconnect once everything that was queued has been
// acknowledged. Send fails from now on.
func (p *Peer) DisconnectLater(data uint32) { p.do(func() { p.p.DisconnectLater(data) }) }

// DisconnectNow tells the remote once, without waiting for an answer, and
// forgets the connection. No event follows.
func (p *Peer) DisconnectNow(data uint32) { p.do(func() { p.p.DisconnectNow(data) }) }

// Reset forgets the connection without telling the remote, which finds out by
// its time-out. No event follows.
func (p *Peer) Reset() { p.do(p.p.Reset) }

// Choke refuses what the remote sends until it is called with false. Refused
// packets are not acknowledged, so the remote sends reliable ones again; it
// gives the connection up after its time-out. Use it while the program cannot
// keep up.
func (p *Peer) Choke(on bool) { p.do(func() { p.p.Choke(on) }) }

// Ping probes the connection now instead of when it has been idle for the
// ping interval.
func (p *Peer) Ping() error { return p.try(p.p.Ping) }

// SetPingInterval sets after how long without an acknowledgement an idle
// connection is probed. Zero means the default of 500 ms. It is not
// negotiated with the remote.
func (p *Peer) SetPingInterval(d time.Duration) { p.do(func() { p.p.SetPingInterval(d) }) }

// SetTimeout sets when a remote that acknowledges nothing is given up: after
// the time that doubling retransmissions would need to reach limit times the
// first one's time-out, but at least minimum and at most maximum. Zero values
// mean the defaults of 32, 5 s and 30 s. ENet protocol, time-out.
func (p *Peer) SetTimeout(limit uint32, minimum, maximum time.Duration) {
	p.do(func() { p.p.SetTimeout(limit, minimum, maximum) })
}

// ConfigureThrottle sets at both ends how the packet throttle reacts to
// round-trip times: interval is how often its reference is renewed (default
// 5 s), acceleration and deceleration are its steps of 32 per acknowledgement
// (default 2 and 2). A deceleration of 0 never drops unreliable packets.
func (p *Peer) ConfigureThrottle(interval time.Duration, acceleration, deceleration uint32) error {
	return p.try(func() error { return p.p.ConfigureThrottle(interval, acceleration, deceleration) })
}

// do runs f on the core and sees to its effects. A closed host has none.
func (p *Peer) do(f func()) {
	p.try(func() error {
		f()
		return nil
	})
}

// try is do for what can fail.
func (p *Peer) try(f func() error) error {
	p.h.mu.Lock()
	defer p.h.mu.Unlock()
	if err := p.h.usable(); err != nil {
		return err
	}
	if err := f(); err != nil {
		return p.wrap(err)
	}
	p.h.wake()
	return nil
}

// wrap says more about an error of the core. The lock is held.
func (p *Peer) wrap(err error) error {
	switch {
	case errors.Is(err, engine.ErrNotConnected):
		return &stateError{p.addr, State(p.p.State())}
	case errors.Is(err, engine.ErrQueueFull):
		s := p.p.Snapshot()
		return &queueError{p.addr, s.QueuedPackets, s.QueuedBytes}
	}
	return translate(err)
}

// State is where the connection stands.
func (p *Peer) State() State { return State(get(p, (*engine.Peer).State)) }

// ChannelCount is the number of channels; before the connection is made, the
// number asked for.
func (p *Peer) ChannelCount() int { return get(p, (*engine.Peer).ChannelCount) }

// MTU is the largest datagram in bytes of UDP payload.
func (p *Peer) MTU() int { return get(p, (*engine.Peer).MTU) }

// ConnectData is the data that the connecting side gave to Connect.
func (p *Peer) ConnectData() uint32 { return get(p, (*engine.Peer).ConnectData) }

// Incoming says whether the remote opened the connection.
func (p *Peer) Incoming() bool { return get(p, (*engine.Peer).Accepted) }

// Compression names the compression in use, "none" if there is none.
func (p *Peer) Compression() string {
	if c, ok := get(p, (*engine.Peer).PeerCodec).(interface{ called() string }); ok {
		return c.called()
	}
	return "none"
}

// Security is how the connection is encrypted; the zero value says that it is
// not.
func (p *Peer) Security() SecurityState {
	if p.h.guard == nil {
		return SecurityState{}
	}
	return p.h.guard.State(p.addr)
}

func get[T any](p *Peer, f func(*engine.Peer) T) T {
	p.h.mu.Lock()
	defer p.h.mu.Unlock()
	return f(p.p)
}
