package crosspeer

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// RelayMode says whether a server passes packets on between its clients.
type RelayMode uint8

// Relay modes. Godot 3.2, NetworkedMultiplayerENet.server_relay.
const (
	// RelayOn announces clients to each other and relays between them.
	RelayOn RelayMode = iota

	// RelayOff lets clients reach the server only.
	RelayOff
)

var relayNames = []string{"on", "off"}

// String is "on" or "off".
func (m RelayMode) String() string { return enumName("relay mode", relayNames, uint8(m)) }

// Config describes a Peer. The zero value, and nil, are the recommended
// defaults. It is copied before use.
type Config struct {
	// Relay is for servers. Default RelayOn.
	Relay RelayMode

	// MaxPeers is the most clients in a server's session, over all transports.
	// Default 0, no limit but the transports' own.
	MaxPeers int

	// MaxPacketBytes is the largest packet that Send takes, in bytes of the
	// game. Default and most 33,554,424, the engine's limit on ENet.
	MaxPacketBytes int

	// MaxInboxPackets and MaxInboxBytes bound the packets that wait for this
	// program; a packet that begins below the limit is taken whole. At the
	// limit unreliable packets are dropped and counted, and who sends reliable
	// ones is pushed back by the transport's own means until half the room is
	// free. Defaults 65,536 and 64 MiB.
	MaxInboxPackets int
	MaxInboxBytes   int

	// Admit decides on a server whether a remote may join, before anybody hears
	// of it. It runs on a goroutine of its own for each remote, may wait, and
	// must return when ctx is done: after AdmitTimeout, when the remote has
	// gone, or when the session ends. An error refuses the remote; its text is
	// what the remote is told where its protocol can (docs/admission.md).
	// Default nil: everybody may.
	Admit func(ctx context.Context, h Hello) (Grant, error)

	// AdmitTimeout bounds Admit, the wait for a first packet included. Default
	// 10 s.
	AdmitTimeout time.Duration

	// MaxAdmitting is the most remotes that Admit decides about at once; others
	// are refused. Default 1,024.
	MaxAdmitting int

	// Policy bounds what clients may do to a server. Default no bounds.
	Policy Policy

	// Filter looks on a server at each packet of a client before anything is
	// done with it, relayed ones included. Package rpc has one that sees remote
	// calls. Default nil: all pass.
	Filter Filter

	// AllowObjectDecoding lets PutVar send and GetVar take objects in full.
	// Default false. Godot 3.2, PacketPeer.allow_object_decoding.
	AllowObjectDecoding bool

	// EncodeBufferMaxSize is the largest value that PutVar sends, in encoded
	// bytes, 1,024 to 268,435,456; it is rounded up to a power of two. Default
	// 8 MiB. Godot 3.2, PacketPeer.encode_buffer_max_size.
	EncodeBufferMaxSize int
}

// maxPacketBytes is 32 MiB less Godot's header.
const maxPacketBytes = 32<<20 - 8

// Validate says what is wrong with the configuration, all of it at once.
func (c *Config) Validate() error {
	var errs []error
	check := func(name string, v, hi int) {
		if v < 0 || v > hi {
			errs = append(errs, fmt.Errorf("crosspeer: Config.%s is %d, want 0 for the default or 1 to %d", name, v, hi))
		}
	}
	const most = 1<<31 - 1
	if c.Relay > RelayOff {
		errs = append(errs, fmt.Errorf("crosspeer: Config.Relay is %d, want RelayOn or RelayOff", c.Relay))
	}
	check("MaxPeers", c.MaxPeers, most)
	check("MaxAdmitting", c.MaxAdmitting, most)
	if c.AdmitTimeout < 0 {
		errs = append(errs, fmt.Errorf("crosspeer: Config.AdmitTimeout is %v, want 0 for the default or more", c.AdmitTimeout))
	}
	errs = append(errs, c.Policy.validate())
	check("MaxPacketBytes", c.MaxPacketBytes, maxPacketBytes)
	check("MaxInboxPackets", c.MaxInboxPackets, most)
	check("MaxInboxBytes", c.MaxInboxBytes, most)
	if n := c.EncodeBufferMaxSize; n != 0 && (n < encodeBufferLeast || n > encodeBufferMost) {
		errs = append(errs, fmt.Errorf("crosspeer: Config.EncodeBufferMaxSize is %d, want 0 for the default or %d to %d", n, encodeBufferLeast, encodeBufferMost))
	}
	return errors.Join(errs...)
}

func (c Config) populated() Config {
	def := func(v *int, d int) {
		if *v == 0 {
			*v = d
		}
	}
	def(&c.MaxPeers, 1<<31-1)
	def(&c.MaxAdmitting, 1024)
	if c.AdmitTimeout == 0 {
		c.AdmitTimeout = 10 * time.Second
	}
	def(&c.MaxPacketBytes, maxPacketBytes)
	def(&c.MaxInboxPackets, 65536)
	def(&c.MaxInboxBytes, 64<<20)
	def(&c.EncodeBufferMaxSize, encodeBufferDefault)
	c.EncodeBufferMaxSize = powerOfTwo(c.EncodeBufferMaxSize)
	return c
}
