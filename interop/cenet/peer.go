package cenet

import (
	"cmp"
	"fmt"
	"net/netip"
	"testing"
	"time"
)

// Config describes the host of a peer.
type Config struct {
	// Server makes it listen on 127.0.0.1, at Port or, if that is 0, at a free
	// port.
	Server bool
	Port   uint16

	// Peers is how many connections there can be, 1 if 0. Channels is the limit
	// of channels per connection; 0 is the most there can be.
	Peers, Channels int

	// Incoming and Outgoing are the bandwidths in bytes per second; 0 is
	// unlimited.
	Incoming, Outgoing uint32

	// MTU is that of a client's connections; 0 is ENet's default. A server takes
	// the one its client asks for, at least in libenet 1.3.17.
	MTU int

	// Sockets spreads the connections of a client evenly over as many hosts,
	// each with its own socket and Peers connections. 0 is 1.
	Sockets int

	RangeCoder bool // compress
	Checksum   bool // CRC32

	// Patience is how long any wait may take, 10 s if 0.
	Patience time.Duration
}

// Peer is a process with an ENet host.
type Peer struct {
	t        testing.TB
	process  *process
	patience time.Duration
	addr     netip.AddrPort
}

// Start starts a peer, which ends with the test. It skips the test as [Find]
// does.
func Start(t testing.TB, config Config) *Peer {
	t.Helper()
	Find(t)
	path := build(t)
	p := &Peer{t: t, patience: cmp.Or(config.Patience, 10*time.Second)}
	var err error
	if p.process, err = startProcess(path); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.process.kill()
		if t.Failed() {
			t.Logf("%s:\n%s", p, p.process.transcript())
		}
	})
	role := "client"
	if config.Server {
		role = "server"
	}
	var port uint16
	p.scan(fmt.Sprintf("host %s 127.0.0.1 %d %d %d %d %d %d %d", role, config.Port, cmp.Or(config.Peers, 1), config.Channels,
		config.Incoming, config.Outgoing, config.MTU, cmp.Or(config.Sockets, 1)), &port)
	p.addr = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), port)
	if config.RangeCoder {
		p.command("compress")
	}
	if config.Checksum {
		p.command("checksum")
	}
	return p
}

// Addr returns the address of a server.
func (p *Peer) Addr() netip.AddrPort { return p.addr }

// String names the peer in the output of a test.
func (p *Peer) String() string { return fmt.Sprintf("C peer %d", p.process.pid()) }

// Kill ends the process at once, so that it falls silent without a word to the
// other side. A peer need not be killed; the end of the test does that.
func (p *Peer) Kill() { p.process.kill() }

// Quit ends the process in order, also without a word to the other side, and
// fails the test when that does not succeed.
func (p *Peer) Quit() {
	p.t.Helper()
	p.command("quit")
	select {
	case <-p.process.ended:
	case <-time.After(p.patience):
		p.t.Fatalf("%v does not end", p)
	}
	if err := p.process.exit(); err != nil {
		p.t.Fatalf("%v: %v", p, err)
	}
}

// command gives a command that has no values in its answer.
func (p *Peer) command(format string, args ...any) {
	p.t.Helper()
	p.scan(fmt.Sprintf(format, args...))
}

// scan gives a command and reads the values of its answer.
func (p *Peer) scan(command string, values ...any) {
	p.t.Helper()
	answer, err := p.process.call(command, p.patience)
	if err != nil {
		p.t.Fatalf("%v: %v", p, err)
	}
	if _, err := fmt.Sscan(answer, values...); err != nil {
		p.t.Fatalf("%v: answer %q to %s: %v", p, answer, name(command), err)
	}
}
