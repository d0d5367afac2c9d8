package wslink

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"crosspeer/wire"
)

// Config describes a Listener, Handler, Dialer or Conn. The zero value is the
// recommended default. It is copied before use.
type Config struct {
	// Subprotocols are those that this end speaks. A client must ask for one of
	// a server's, and gets the first that it names; a server without any
	// refuses a client that asks. Default none. Godot 3.2, the protocols of
	// WebSocketServer.listen and WebSocketClient.connect_to_url.
	Subprotocols []string

	// TLS makes a Listener speak wss, and is how a Dialer checks a wss server.
	// Default: Listeners speak ws, Dialers trust the system's authorities. A
	// Handler ignores it.
	TLS *tls.Config

	// Path is the one path that a Listener serves. Default "": every path, as
	// the engine.
	Path string

	// Origins are the web origins, "https://game.example", whose pages may join
	// a server; "*" is all. Pages of the server's own host always may. Default
	// all, since a session of games has no cookies to protect. Clients that are
	// no browser send none and may always join.
	Origins []string

	// Header is sent along with a Dialer's request.
	Header http.Header

	// HandshakeTimeout bounds the time until a connection is a WebSocket, TLS
	// included. Default 10 s. The engine's is 1 s.
	HandshakeTimeout time.Duration

	// MessageTimeout bounds the time from a message's first byte to its last.
	// Default 30 s.
	MessageTimeout time.Duration

	// PingInterval is how often the remote is asked for a sign of life, and
	// PongTimeout how much longer than that it may be silent until it is lost.
	// Defaults 10 s and 20 s. The engine never notices a silent remote, and
	// answers pings.
	PingInterval time.Duration
	PongTimeout  time.Duration

	// MaxMessageBytes is the largest message, either way, with the 9 bytes of
	// Godot's header. Default 65,535, which is what the engine's default
	// buffers hold: it closes the connection above that. At most 32 MiB.
	MaxMessageBytes int

	// MaxQueuedBytes and MaxQueuedPackets bound what waits to be sent to one
	// remote; crosspeer.Peer.Send says what happens at the limit. One packet
	// is always accepted. Defaults 8 MiB and 65,536.
	MaxQueuedBytes   int
	MaxQueuedPackets int
}

const (
	defaultHandshakeTimeout = 10 * time.Second
	defaultMessageTimeout   = 30 * time.Second
	defaultPingInterval     = 10 * time.Second
	defaultPongTimeout      = 20 * time.Second
	defaultMaxMessageBytes  = 1<<16 - 1
	defaultMaxQueuedBytes   = 8 << 20
	defaultMaxQueuedPackets = 1 << 16

	maxMessageBytes = 32 << 20
	minMessageBytes = wire.WebSocketNoticeSize
)

// Validate says what is wrong with the configuration, all of it at once.
func (c *Config) Validate() error {
	var errs []error
	bad := func(format string, v ...any) { errs = append(errs, fmt.Errorf("wslink: Config."+format, v...)) }
	for _, d := range []struct {
		name string
		v    time.Duration
	}{
		{"HandshakeTimeout", c.HandshakeTimeout}, {"MessageTimeout", c.MessageTimeout},
		{"PingInterval", c.PingInterval}, {"PongTimeout", c.PongTimeout},
	} {
		if d.v < 0 {
			bad("%s is %v, want 0 for the default or more", d.name, d.v)
		}
	}
	if n := c.MaxMessageBytes; n != 0 && (n < minMessageBytes || n > maxMessageBytes) {
		bad("MaxMessageBytes is %d, want 0 for the default or %d to %d", n, minMessageBytes, maxMessageBytes)
	}
	if c.MaxQueuedBytes < 0 {
		bad("MaxQueuedBytes is %d, want 0 for the default or 1 and more", c.MaxQueuedBytes)
	}
	if c.MaxQueuedPackets < 0 {
		bad("MaxQueuedPackets is %d, want 0 for the default or 1 and more", c.MaxQueuedPackets)
	}
	if c.Path != "" && c.Path[0] != '/' {
		bad("Path is %q, want one that begins with /", c.Path)
	}
	for _, o := range c.Origins {
		if u, err := url.Parse(o); o != "*" && (err != nil || u.Scheme == "" || u.Host == "" || o != u.Scheme+"://"+u.Host) {
			bad("Origins has %q, want https://host, https://host:port or *", o)
		}
	}
	for _, p := range c.Subprotocols {
		if p == "" {
			bad("Subprotocols has an empty name")
		}
	}
	return errors.Join(errs...)
}

func (c Config) populated() Config {
	c.HandshakeTimeout = cmp.Or(c.HandshakeTimeout, defaultHandshakeTimeout)
	c.MessageTimeout = cmp.Or(c.MessageTimeout, defaultMessageTimeout)
	c.PingInterval = cmp.Or(c.PingInterval, defaultPingInterval)
	c.PongTimeout = cmp.Or(c.PongTimeout, defaultPongTimeout)
	c.MaxMessageBytes = cmp.Or(c.MaxMessageBytes, defaultMaxMessageBytes)
	c.MaxQueuedBytes = cmp.Or(c.MaxQueuedBytes, defaultMaxQueuedBytes)
	c.MaxQueuedPackets = cmp.Or(c.MaxQueuedPackets, defaultMaxQueuedPackets)
	return c
}

// only gives the one Config of a variadic argument, checked and populated.
func only(cfg []Config) (Config, error) {
	var c Config
	switch len(cfg) {
	case 0:
	case 1:
		c = cfg[0]
	default:
		return c, fmt.Errorf("wslink: %d Configs given, want one at most", len(cfg))
	}
	if err := c.Validate(); err != nil {
		return c, err
	}
	return c.populated(), nil
}
