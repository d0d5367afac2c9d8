package engine

import "net/netip"

// Codec compresses the command area of datagrams. It keeps no state between
// calls; a host never calls it from two goroutines at once.
type Codec interface {
	// Compress writes src's compressed form to dst and returns its length, or
	// 0 if it does not fit.
	Compress(dst, src []byte) int
	// Decompress is the inverse; 0 for an empty, damaged or too large result.
	Decompress(dst, src []byte) int
}

// Prefixer is a Codec that can decompress the first bytes alone, which is cheap.
// A stranger's datagram is looked at in this way before more is done for it.
type Prefixer interface {
	// Prefix writes the first len(dst) bytes; false if there are not as many.
	Prefix(dst, src []byte) bool
}

// Rand is the source of everything unpredictable. Production passes a
// cryptographic one, tests a seeded one.
type Rand interface{ Uint64() uint64 }

// Admission is what a host answers to a CONNECT.
type Admission uint8

// Admissions.
const (
	Admit  Admission = iota // go on with the handshake
	Ignore                  // no answer of any kind
	Reject                  // answer with DISCONNECT: the remote fails at once
)

// Config describes a host. New fills zero fields with the defaults.
type Config struct {
	// MaxPeers is the most connections at once, in both directions. Default
	// 4095; more is allowed, since peers are found by address and slot.
	MaxPeers int

	// ChannelLimit is the most channels an incoming connection may have, 1 to
	// 255. Default 255.
	ChannelLimit int

	// IncomingBandwidth and OutgoingBandwidth are in bytes per second, 0 for
	// unlimited.
	IncomingBandwidth uint32
	OutgoingBandwidth uint32

	// MTU is the largest datagram in bytes of UDP payload, 576 to 4096.
	// Default 1392.
	MTU int

	// MaxPacketBytes is the largest packet in either direction. Default
	// 32 MiB.
	MaxPacketBytes int

	// MaxWaitingBytes and MaxWaitingPackets bound what one peer may have
	// received and not yet handed to the application; at the limit its
	// packets are neither stored nor acknowledged. A packet is let in while
	// the limit is not reached. Defaults 32 MiB and 65,536.
	MaxWaitingBytes   int
	MaxWaitingPackets int

	// MaxQueuedBytes and MaxQueuedPackets bound what Send accepts for one
	// peer before it has left or been acknowledged. A packet is let in while
	// the limit is not reached. Defaults 64 MiB and 65,536.
	MaxQueuedBytes   int
	MaxQueuedPackets int

	// DuplicatePeers is the most connections from one IP address. Zero means
	// no limit of its own.
	DuplicatePeers int

	// MaxHalfOpen is the most handshakes remembered at once, about 150 bytes
	// each. Default 32,768.
	MaxHalfOpen int

	// Checksum, if set, is computed over each datagram. Both sides must use
	// the same function or none.
	Checksum func([]byte) uint32

	// Codec compresses what this host sends, nil for nothing.
	Codec Codec

	// Accept are codecs to recognise from incoming datagrams; a peer that
	// connects is then answered in the form it uses itself, and Codec is only
	// for peers that this host connects to. Empty: Codec is for all.
	Accept []Codec

	// Admit, if set, is asked about each CONNECT before anything is kept of
	// it. It must not call the host.
	Admit func(from netip.AddrPort, data uint32) Admission

	// RejectWhenFull answers a CONNECT to a full host with DISCONNECT and
	// FullData instead of silence.
	RejectWhenFull bool
	FullData       uint32

	// RejectData is the application data of the DISCONNECT that answers a
	// CONNECT which Admit rejected.
	RejectData uint32

	// ReportLocal makes DisconnectNow and Reset cause a Disconnect event too.
	ReportLocal bool

	// Rand must be set.
	Rand Rand

	// Libenet selects the choices of libenet 1.3.17; see policy.go.
	Libenet bool
}

func def[T int | uint32](v *T, d T) {
	if *v == 0 {
		*v = d
	}
}

func (c *Config) populate() {
	def(&c.MaxPeers, 4095)
	def(&c.ChannelLimit, 255)
	def(&c.MTU, 1392)
	def(&c.MaxPacketBytes, 32<<20)
	def(&c.MaxWaitingBytes, 32<<20)
	def(&c.MaxWaitingPackets, 65536)
	def(&c.MaxQueuedBytes, 64<<20)
	def(&c.MaxQueuedPackets, 65536)
	def(&c.MaxHalfOpen, 32768)
}
