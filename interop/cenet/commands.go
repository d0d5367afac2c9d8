package cenet

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"time"
)

// Connect begins a connection and returns its number. The event follows, or
// Disconnected when there is no answer.
func (p *Peer) Connect(to netip.AddrPort, channels int, data uint32) int {
	p.t.Helper()
	return p.ConnectMany(to, channels, data, 1)
}

// ConnectMany begins count connections and returns the number of the first
// one. The data counts up from one connection to the next.
func (p *Peer) ConnectMany(to netip.AddrPort, channels int, data uint32, count int) int {
	p.t.Helper()
	var first int
	p.scan(fmt.Sprintf("connect %s %d %d %d %d", to.Addr(), to.Port(), channels, data, count), &first)
	return first
}

// Send sends a packet with the pattern of [Payload].
func (p *Peer) Send(peer int, channel uint8, flags Flags, length int, seed uint64) {
	p.t.Helper()
	p.SendMany(peer, channel, flags, length, seed, 1)
}

// SendMany queues count packets at once. The seed counts up from one packet to
// the next.
func (p *Peer) SendMany(peer int, channel uint8, flags Flags, length int, seed uint64, count int) {
	p.t.Helper()
	p.command("send %d %d %d %d %d %d", peer, channel, flags, length, seed, count)
}

// SendBytes sends a packet with these bytes, at most 100000.
func (p *Peer) SendBytes(peer int, channel uint8, flags Flags, packet []byte) {
	p.t.Helper()
	digits := hex.EncodeToString(packet)
	if digits == "" {
		digits = "-"
	}
	p.command("bytes %d %d %d %s", peer, channel, flags, digits)
}

// Broadcast sends a packet to all connections that are up.
func (p *Peer) Broadcast(channel uint8, flags Flags, length int, seed uint64) {
	p.t.Helper()
	p.command("broadcast %d %d %d %d 1", channel, flags, length, seed)
}

// Disconnect asks the other side to agree to the end of a connection. The
// event follows here, too.
func (p *Peer) Disconnect(peer int, data uint32) {
	p.t.Helper()
	p.command("disconnect %d %d", peer, data)
}

// DisconnectLater is Disconnect once all that is queued has been sent and
// acknowledged.
func (p *Peer) DisconnectLater(peer int, data uint32) {
	p.t.Helper()
	p.command("disconnect_later %d %d", peer, data)
}

// DisconnectNow tells the other side once and forgets the connection. There is
// no event here.
func (p *Peer) DisconnectNow(peer int, data uint32) {
	p.t.Helper()
	p.command("disconnect_now %d %d", peer, data)
}

// Reset forgets a connection without telling the other side. There is no event
// here.
func (p *Peer) Reset(peer int) {
	p.t.Helper()
	p.command("reset %d", peer)
}

// Ping sends a ping.
func (p *Peer) Ping(peer int) {
	p.t.Helper()
	p.command("ping %d", peer)
}

// PingInterval sets how long a connection is quiet before a ping.
func (p *Peer) PingInterval(peer int, interval time.Duration) {
	p.t.Helper()
	p.command("ping_interval %d %d", peer, interval.Milliseconds())
}

// Timeout sets when a connection is given up: after limit times the first
// timeout of a packet but not before least, or after most in any case. 0 is
// ENet's default.
func (p *Peer) Timeout(peer int, limit int, least, most time.Duration) {
	p.t.Helper()
	p.command("timeout %d %d %d %d", peer, limit, least.Milliseconds(), most.Milliseconds())
}

// Throttle configures the throttle of unreliable packets, on both sides.
func (p *Peer) Throttle(peer int, interval time.Duration, acceleration, deceleration uint32) {
	p.t.Helper()
	p.command("throttle %d %d %d %d", peer, interval.Milliseconds(), acceleration, deceleration)
}

// Bandwidth sets the bandwidths of the host in bytes per second; 0 is
// unlimited.
func (p *Peer) Bandwidth(incoming, outgoing uint32) {
	p.t.Helper()
	p.command("bandwidth %d %d", incoming, outgoing)
}

// ChannelLimit sets the limit of channels of new connections.
func (p *Peer) ChannelLimit(channels int) {
	p.t.Helper()
	p.command("channel_limit %d", channels)
}

// Limits sets the most connections from one IP, the biggest packet and the
// most data that waits for delivery. 0 leaves a limit as it is.
func (p *Peer) Limits(duplicatePeers, packetSize, waitingData int) {
	p.t.Helper()
	p.command("limits %d %d %d", duplicatePeers, packetSize, waitingData)
}

// Flush sends what is queued. The peer does that by itself soon after every
// command.
func (p *Peer) Flush() {
	p.t.Helper()
	p.command("flush")
}

// Pause stops serving the host: nothing is sent, received or acknowledged,
// until Resume. Commands are still obeyed.
func (p *Peer) Pause() {
	p.t.Helper()
	p.command("pause")
}

// Resume ends a Pause.
func (p *Peer) Resume() {
	p.t.Helper()
	p.command("resume")
}
