package enet

import (
	"errors"
	"fmt"
	"hash/crc32"
	"net/netip"
	"time"

	"crosspeer/enet/internal/engine"
	"crosspeer/enet/internal/protocol"
)

// Config describes a Host. The zero value, and nil, are the recommended
// defaults. It is copied before use.
type Config struct {
	// MaxPeers is the most connections at once, in both directions. Default
	// 4095. Unlike the C library's limit this one may be higher.
	MaxPeers int

	// MaxChannels is the most channels that an incoming connection may have,
	// 1 to 255. Default 255. A connection has the smaller of what its
	// initiator asked for and this.
	MaxChannels int

	// IncomingBandwidth and OutgoingBandwidth are limits in bytes per second.
	// Default 0, unlimited. They make windows smaller and drop unreliable
	// packets; they are not enforced to the byte.
	IncomingBandwidth uint32
	OutgoingBandwidth uint32

	// MTU is the largest datagram in bytes of UDP payload, 576 to 4096.
	// Default 1392, as libenet since 1.3.18. 1200 passes nearly every tunnel.
	// A connection uses the smaller of both ends' values.
	MTU int

	// MaxPacketBytes is the largest packet, in both directions. Default
	// 32 MiB. A packet also cannot have more than 24,576 fragments, which is
	// 32 MiB at an MTU of 1396 or more.
	MaxPacketBytes int

	// MaxWaitingBytes and MaxWaitingPackets bound what one remote may have
	// sent that the program has not taken. At the limit its data is refused
	// and it sends again later. Defaults 32 MiB and 65,536.
	MaxWaitingBytes   int
	MaxWaitingPackets int

	// MaxQueuedBytes and MaxQueuedPackets bound what Send accepts for one
	// peer before it was sent and, if reliable, acknowledged; beyond it Send
	// returns ErrQueueFull. One packet is always accepted. Defaults 64 MiB
	// and 65,536.
	MaxQueuedBytes   int
	MaxQueuedPackets int

	// MaxPeersPerIP is the most incoming connections from one IP address.
	// Default 0, no limit of its own.
	MaxPeersPerIP int

	// MaxHalfOpen is the most handshakes remembered at once; each takes about
	// 150 bytes. Default 32,768. When there are more, one is forgotten at
	// random, and its client is answered when it asks again.
	MaxHalfOpen int

	// Checksum is computed over every datagram, in both directions; both ends
	// must use the same function. Default nil, none. CRC32 is libenet's.
	Checksum func(datagram []byte) uint32

	// Compression is used for what this host sends. Default nil, none. The
	// remote must use the same, unless it is a Host with Recognize.
	Compression *Compression

	// Recognize are compressions to recognise: a connecting client is answered
	// in the way it compresses itself, or without. They are tried in their
	// order, so those that soon know what is not theirs belong in front: Zlib
	// and zstd.Compression, then FastLZ, then RangeCoder. Compression is then
	// only for peers that this host connects to. Default none: what comes in
	// must be compressed as Compression says, or not at all.
	Recognize []*Compression

	// Security encrypts what the host sends and receives; package enet/dtls has
	// one. Default nil: nothing is encrypted.
	Security Security

	// Admit, if set, is asked about each request to connect before anything is
	// kept of it. It runs on the host's goroutine, must return at once and
	// must not call the host. The address is not yet proven.
	Admit func(from netip.AddrPort, data uint32) Admission

	// RejectData is the data that a client sees when Admit rejected it.
	RejectData uint32

	// RejectWhenFull answers clients that find the host full at once, with
	// FullData. Default false: like libenet it is silent, and the client
	// gives up after half a minute.
	RejectWhenFull bool
	FullData       uint32

	// ReportLocal makes DisconnectNow, Reset, and the Disconnect of a
	// connection that is still being made cause EventDisconnect with
	// ReasonLocal. Default false, as in libenet.
	ReportLocal bool

	// FlushDelay lets what is to be sent wait for more, so that it shares
	// datagrams: the host sends no more often than this. What comes after a
	// pause of that length leaves at once. It saves a busy relay most of its
	// work and costs up to so much latency each way, acknowledgements included.
	// Default 0: everything leaves at once. At most 100 ms.
	FlushDelay time.Duration

	// Handler, if set, is called with each event, in order, on the host's
	// goroutine; Next and Events are then not used. While it runs nothing is
	// sent or received: it must not block, and must not call Close, Shutdown
	// or WaitQueue, which wait for the host.
	Handler func(Event)

	remoteName string // host that Dial was given
}

// Admission is the answer to a request to connect.
type Admission uint8

// Answers of Config.Admit.
const (
	Admit  = Admission(engine.Admit)  // go on
	Ignore = Admission(engine.Ignore) // do not answer
	Reject = Admission(engine.Reject) // refuse: the client fails at once, with RejectData
)

// CRC32 is libenet's checksum, IEEE 802.3.
func CRC32(datagram []byte) uint32 { return crc32.ChecksumIEEE(datagram) }

// maxFlushDelay is far below every time-out.
const maxFlushDelay = 100 * time.Millisecond

// Validate says what is wrong with the configuration, all of it at once.
func (c *Config) Validate() error {
	var errs []error
	check := func(name string, v, lo, hi int) {
		if v != 0 && (v < lo || v > hi) {
			errs = append(errs, fmt.Errorf("enet: Config.%s is %d, want 0 for the default or %d to %d", name, v, lo, hi))
		}
	}
	const most = 1<<31 - 1
	check("MaxPeers", c.MaxPeers, 1, most)
	check("MaxChannels", c.MaxChannels, protocol.MinChannels, protocol.MaxChannels)
	check("MTU", c.MTU, protocol.MinMTU, protocol.MaxMTU)
	check("MaxPacketBytes", c.MaxPacketBytes, 1, most)
	check("MaxWaitingBytes", c.MaxWaitingBytes, 1, most)
	check("MaxWaitingPackets", c.MaxWaitingPackets, 1, most)
	check("MaxQueuedBytes", c.MaxQueuedBytes, 1, most)
	check("MaxQueuedPackets", c.MaxQueuedPackets, 1, most)
	check("MaxPeersPerIP", c.MaxPeersPerIP, 1, most)
	check("MaxHalfOpen", c.MaxHalfOpen, 8, 1<<20)
	if c.Security != nil && c.MTU > maxSecureMTU {
		errs = append(errs, fmt.Errorf("enet: Config.MTU is %d, want %d at most with Config.Security", c.MTU, maxSecureMTU))
	}
	if c.FlushDelay < 0 || c.FlushDelay > maxFlushDelay {
		errs = append(errs, fmt.Errorf("enet: Config.FlushDelay is %v, want 0 to %v", c.FlushDelay, maxFlushDelay))
	}
	if k := c.Compression; k != nil && k.New == nil {
		errs = append(errs, fmt.Errorf("enet: Config.Compression %q has no New", k.Name))
	}
	for i, k := range c.Recognize {
		switch {
		case k == nil:
			errs = append(errs, fmt.Errorf("enet: Config.Recognize[%d] is nil", i))
		case k.New == nil:
			errs = append(errs, fmt.Errorf("enet: Config.Recognize[%d] %q has no New", i, k.Name))
		}
	}
	return errors.Join(errs...)
}

// engine translates the configuration; h is the host it is for.
func (c *Config) engine(h *Host) engine.Config {
	cfg := engine.Config{
		MaxPeers:          c.MaxPeers,
		ChannelLimit:      c.MaxChannels,
		IncomingBandwidth: c.IncomingBandwidth,
		OutgoingBandwidth: c.OutgoingBandwidth,
		MTU:               c.MTU,
		MaxPacketBytes:    c.MaxPacketBytes,
		MaxWaitingBytes:   c.MaxWaitingBytes,
		MaxWaitingPackets: c.MaxWaitingPackets,
		MaxQueuedBytes:    c.MaxQueuedBytes,
		MaxQueuedPackets:  c.MaxQueuedPackets,
		DuplicatePeers:    c.MaxPeersPerIP,
		MaxHalfOpen:       c.MaxHalfOpen,
		Checksum:          c.Checksum,
		RejectWhenFull:    c.RejectWhenFull,
		FullData:          c.FullData,
		RejectData:        c.RejectData,
		ReportLocal:       c.ReportLocal,
		Rand:              new(cryptoRand),
	}
	admit := c.Admit
	cfg.Admit = func(from netip.AddrPort, data uint32) engine.Admission {
		switch {
		case h.leaving: // the lock is held
			return engine.Reject
		case admit != nil:
			return engine.Admission(admit(from, data))
		}
		return engine.Admit
	}
	if c.Compression != nil {
		cfg.Codec = h.compressor(c.Compression)
	}
	for _, k := range c.Recognize {
		cfg.Accept = append(cfg.Accept, h.compressor(k))
	}
	return cfg
}
