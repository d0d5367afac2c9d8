package connlink

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"

	"crosspeer"
	"crosspeer/wire"
)

// Conn carries messages to one remote and back, whole and in order, until it
// ends. One goroutine reads and another one writes.
type Conn interface {
	// ReadMessage waits for the next message. Its bytes are used until the
	// call after. Any error ends the connection; one that is a
	// *crosspeer.DisconnectError gives the reason. The Conn bounds the size of
	// what it reads: messages have HeaderBytes and a packet, or are shorter
	// than 1,100 bytes.
	ReadMessage() ([]byte, error)

	// WriteMessage sends a message, of which it keeps nothing. It waits while
	// the remote does not read. Any error ends the connection.
	WriteMessage(b []byte) error

	// Close ends the connection and makes the other two return. It may be
	// called more than once.
	Close() error
}

// Addressed is implemented by a Conn that knows the remote's address.
type Addressed interface{ RemoteAddr() netip.AddrPort }

// ReasonCloser is implemented by a Conn whose transport can say why it ends, as
// QUIC and WebSocket can. CloseReason is called once, before Close, when this
// end ends the connection. It does not wait for the remote. The remote knows
// the reason already if it has read the goodbye, which is a message.
type ReasonCloser interface {
	CloseReason(r crosspeer.Reason) error
}

// Acceptor gives the connections that remotes open.
type Acceptor interface {
	// Accept waits for the next connection. An error ends the accepting,
	// unless it has a method Temporary that says true, as errors of package
	// net for want of file descriptors have: then it is tried again soon.
	Accept() (Conn, error)

	// Close makes Accept return. It is called once.
	Close() error

	// Addr is where remotes connect to, for logs: "unix:///run/game".
	Addr() string
}

// Config describes a transport. The zero value is the recommended default. It
// is copied before use.
type Config struct {
	// Name is the transport's in PeerInfo and logs. Default "conn".
	Name string

	// MaxPacketBytes is the largest packet, in bytes of the game; a message is
	// HeaderBytes larger. Default 33,554,424, what a Peer allows.
	MaxPacketBytes int

	// MaxQueuedBytes and MaxQueuedPackets bound what waits to be written to one
	// remote; crosspeer.Peer.Send says what happens at the limit. One packet
	// is always accepted. Defaults 8 MiB and 65,536.
	MaxQueuedBytes   int
	MaxQueuedPackets int
}

// HeaderBytes is what stands in front of a packet's bytes in a message.
const HeaderBytes = wire.WebSocketHeaderSize + 2

const (
	defaultMaxPacketBytes   = 32<<20 - 8
	defaultMaxQueuedBytes   = 8 << 20
	defaultMaxQueuedPackets = 65536
)

// Validate says what is wrong with the configuration, all of it at once.
func (c *Config) Validate() error {
	var errs []error
	check := func(name string, v int) {
		if v < 0 {
			errs = append(errs, fmt.Errorf("connlink: Config.%s is %d, want 0 for the default or 1 and more", name, v))
		}
	}
	check("MaxPacketBytes", c.MaxPacketBytes)
	check("MaxQueuedBytes", c.MaxQueuedBytes)
	check("MaxQueuedPackets", c.MaxQueuedPackets)
	return errors.Join(errs...)
}

// only gives the one Config of a variadic argument, checked and populated.
func only(cfg []Config) (c Config, err error) {
	switch len(cfg) {
	case 0:
	case 1:
		c = cfg[0]
	default:
		return c, fmt.Errorf("connlink: %d Configs given, want one at most", len(cfg))
	}
	c.Name = cmp.Or(c.Name, "conn")
	c.MaxPacketBytes = cmp.Or(c.MaxPacketBytes, defaultMaxPacketBytes)
	c.MaxQueuedBytes = cmp.Or(c.MaxQueuedBytes, defaultMaxQueuedBytes)
	c.MaxQueuedPackets = cmp.Or(c.MaxQueuedPackets, defaultMaxQueuedPackets)
	return c, c.Validate()
}
