package enetlink

import (
	"errors"
	"fmt"
	"time"

	"crosspeer/enet"
	"crosspeer/wire"
)

// Config describes a Listener or Dialer. The zero value is the recommended
// default. It is copied before use.
type Config struct {
	// Sockets is how many sockets a server opens on its port, 1 to 64, each
	// served by a goroutine of its own: as many processors share the work. What
	// is bounded here is bounded over all of them. More than one needs Linux.
	// Default 1.
	Sockets int

	// MaxClients is the most clients of a server. Default 32, as the engine's
	// create_server; 4095 is the engine's most, here more is allowed.
	MaxClients int

	// ChannelCount is the most channels of a connection, 3 to 255. Default 3,
	// as the engine. A connection has the smaller of both ends' values.
	// Channels 0 to 2 are the engine's own, others are for Packet.Channel.
	ChannelCount int

	// IncomingBandwidth and OutgoingBandwidth are in bytes per second.
	// Default 0, unlimited.
	IncomingBandwidth uint32
	OutgoingBandwidth uint32

	// Compression is CompressionAuto by default.
	Compression Compression

	// Zstd is what CompressionZstd uses, and what a server with CompressionAuto
	// recognises besides the others: zstd.Compression of package
	// crosspeer/enet/zstd. It is given here so that programs which leave it
	// out do not link its library. Default nil: CompressionZstd is an error,
	// and a client that uses it is lost with the first packet that it
	// compresses. It can join, as its request does not shrink.
	Zstd *enet.Compression

	// AlwaysOrdered sends packets of mode Unreliable in order, dropping those
	// that are overtaken. Default false.
	AlwaysOrdered bool

	// MTU is the largest datagram, 576 to 4096. Default 1400, as the engine.
	MTU int

	// Security encrypts: dtls.Server or dtls.Client of package enet/dtls.
	// Default nil, none. With it MTU is at most 4000. Godot 3.2, use_dtls.
	Security enet.Security

	// LocalAddr is the local "host:port" of a Dialer. Default any.
	LocalAddr string

	// TimeoutLimit, TimeoutMinimum and TimeoutMaximum say when a silent
	// remote is lost, and when a Dialer that nobody answers gives up; see
	// enet.Peer.SetTimeout. Defaults 32, 5 s and 30 s.
	TimeoutLimit   uint32
	TimeoutMinimum time.Duration
	TimeoutMaximum time.Duration

	// PingInterval is after how long an idle connection is probed. Default
	// 500 ms.
	PingInterval time.Duration

	// FlushDelay lets what is to be sent wait for more, so that it shares
	// datagrams; see enet.Config.FlushDelay. Default 0: all leaves at once.
	FlushDelay time.Duration

	// AnswerWhenFull makes a client that finds no room on the server, or in
	// its session, fail at once. Default false: as the engine's, the server is
	// silent, and the client keeps asking for half a minute.
	AnswerWhenFull bool

	// MaxPacketBytes is the largest packet, either way, in bytes of the game.
	// Default and most 33,554,424, as the engine.
	MaxPacketBytes int

	// MaxWaitingBytes bounds what one remote may have sent of packets that are
	// not complete or that wait for this program. A packet that begins below
	// the limit is taken whole, so a remote can make this end keep this and
	// MaxPacketBytes. Default 32 MiB.
	MaxWaitingBytes int

	// MaxPeersPerIP is the most clients from one IP address. Default 0, no
	// limit.
	MaxPeersPerIP int

	// MaxQueuedBytes and MaxQueuedPackets bound what waits to be delivered to
	// one remote; crosspeer.Peer.Send says what happens at the limit. One
	// packet is always accepted. Defaults 8 MiB and 65,536.
	MaxQueuedBytes   int
	MaxQueuedPackets int
}

const (
	defaultMaxClients     = 32
	defaultMTU            = 1400
	defaultMaxQueuedBytes = 8 << 20
	maxPacketBytes        = 32<<20 - wire.ENetHeaderSize
	maxSockets            = 64
)

// Validate says what is wrong with the configuration, all of it at once.
func (c *Config) Validate() error {
	var errs []error
	if c.Sockets < 0 || c.Sockets > maxSockets {
		errs = append(errs, fmt.Errorf("enetlink: Config.Sockets is %d, want 0 for the default or 1 to %d", c.Sockets, maxSockets))
	}
	if c.MaxClients < 0 {
		errs = append(errs, fmt.Errorf("enetlink: Config.MaxClients is %d, want 0 for the default or 1 and more", c.MaxClients))
	}
	if c.ChannelCount != 0 && (c.ChannelCount < wire.ENetMinChannels || c.ChannelCount > 255) {
		errs = append(errs, fmt.Errorf("enetlink: Config.ChannelCount is %d, want 0 for the default or %d to 255",
			c.ChannelCount, wire.ENetMinChannels))
	}
	switch {
	case int(c.Compression) >= len(compressionNames):
		errs = append(errs, fmt.Errorf("enetlink: Config.Compression is %d, want 0 to %d", c.Compression, len(compressionNames)-1))
	case c.Compression == CompressionZstd && c.Zstd == nil:
		errs = append(errs, errors.New("enetlink: Config.Compression is CompressionZstd, which needs Config.Zstd: zstd.Compression of crosspeer/enet/zstd"))
	}
	if c.MaxPacketBytes < 0 || c.MaxPacketBytes > maxPacketBytes {
		errs = append(errs, fmt.Errorf("enetlink: Config.MaxPacketBytes is %d, want 0 for the default or 1 to %d",
			c.MaxPacketBytes, maxPacketBytes))
	}
	for _, d := range []struct {
		name string
		v    time.Duration
	}{
		{"TimeoutMinimum", c.TimeoutMinimum}, {"TimeoutMaximum", c.TimeoutMaximum}, {"PingInterval", c.PingInterval},
	} {
		if d.v < 0 {
			errs = append(errs, fmt.Errorf("enetlink: Config.%s is %v, want 0 for the default or more", d.name, d.v))
		}
	}
	ec := c.enet(false)
	return errors.Join(append(errs, ec.Validate())...)
}

func (c Config) populated() Config {
	def(&c.MaxClients, defaultMaxClients)
	def(&c.ChannelCount, wire.ENetMinChannels)
	def(&c.MTU, defaultMTU)
	def(&c.MaxPacketBytes, maxPacketBytes)
	def(&c.MaxQueuedBytes, defaultMaxQueuedBytes)
	return c
}

func def[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}

// enet translates the configuration for a server or a client.
func (c Config) enet(server bool) *enet.Config {
	ec := &enet.Config{
		MaxPeers:          c.MaxClients,
		MaxChannels:       c.ChannelCount,
		IncomingBandwidth: c.IncomingBandwidth,
		OutgoingBandwidth: c.OutgoingBandwidth,
		MTU:               c.MTU,
		MaxWaitingBytes:   c.MaxWaitingBytes,
		MaxPeersPerIP:     c.MaxPeersPerIP,
		MaxQueuedBytes:    c.MaxQueuedBytes,
		MaxQueuedPackets:  c.MaxQueuedPackets,
		RejectWhenFull:    c.AnswerWhenFull,
		ReportLocal:       true,
		Security:          c.Security,
		FlushDelay:        c.FlushDelay,
	}
	if c.MaxPacketBytes > 0 {
		ec.MaxPacketBytes = c.MaxPacketBytes + wire.ENetHeaderSize
	}
	if c.Compression == CompressionAuto && server {
		ec.Recognize = c.recognizable()
	} else {
		ec.Compression = c.compression()
	}
	return ec
}

// tune applies what is set per connection.
func (c *Config) tune(p *enet.Peer) {
	if c.TimeoutLimit != 0 || c.TimeoutMinimum != 0 || c.TimeoutMaximum != 0 {
		p.SetTimeout(c.TimeoutLimit, c.TimeoutMinimum, c.TimeoutMaximum)
	}
	if c.PingInterval != 0 {
		p.SetPingInterval(c.PingInterval)
	}
}
