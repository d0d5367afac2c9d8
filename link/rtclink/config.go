package rtclink

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/pion/webrtc/v4"

	"crosspeer/link/rtclink/signaling"
	"crosspeer/wire"
)

// Config describes a Listener, Handler, Dialer or Mesh. The zero value is the
// recommended default. It is copied before use.
type Config struct {
	// UDPAddr is the one UDP address, "host:port", over which all of a server's
	// connections run. Default "": a free port for each connection, which
	// firewalls and Docker do not let in.
	UDPAddr string

	// TCPAddr is a TCP address over which clients come that no UDP gets
	// through. Default "": none.
	TCPAddr string

	// IP is over which versions of IP the connections may run; UDPAddr and
	// TCPAddr are of these versions, and candidates of others are neither sent
	// nor tried. The signalling does not depend on it, nor does a Mesh, whose
	// connections are the program's. Default BothIP.
	IP IPVersions

	// PublicIPs are announced in the place of this machine's own addresses,
	// for servers behind NAT or in a container whose ports are forwarded.
	// Default none.
	PublicIPs []netip.Addr

	// ICELite makes a server only answer connectivity checks, which is enough
	// where clients can reach UDPAddr. Default false.
	ICELite bool

	// TLS makes a Listener's signalling speak TLS, and is how a Dialer checks
	// an rtc+wss server. Default: Listeners do not, Dialers trust the system's
	// authorities. A Handler ignores it.
	TLS *tls.Config

	// ICEServers are the STUN and TURN servers of a Dialer, besides those that
	// the server names. Default none.
	ICEServers []webrtc.ICEServer

	// RelayOnly makes a Dialer connect through TURN servers only, which hides
	// its address from the server. Default false.
	RelayOnly bool

	// Certificate is this end's. Default one that is made for each Listener,
	// Dialer or Mesh.
	Certificate *webrtc.Certificate

	// SetupTimeout bounds the time from a client's request until its channels
	// are open. Default 15 s.
	SetupTimeout time.Duration

	// SilenceTimeout is after how long without a sign of life a remote is
	// lost. Default 5 s, as browsers.
	SilenceTimeout time.Duration

	// MaxPending is the most clients of a server whose channels are not open
	// yet. Default 256.
	MaxPending int

	// MaxStandIns is the most connections in which a server plays other members
	// towards stock Godot clients, all clients together: each has one for every
	// member but itself and the server, and 16 of them among themselves have
	// 240. A stock client for which there is no room is refused, and one that
	// is in the session is disconnected when the next member comes. Each costs
	// what a client costs. Default 256, about 100 MiB.
	MaxStandIns int

	// MaxMessageBytes is the largest message, either way, with the 9 bytes of
	// the framing; in a mesh and for stock Godot clients there is none. Default
	// 65,535, 256 KiB at most: browsers send no more.
	MaxMessageBytes int

	// MaxQueuedBytes bounds what waits to be delivered to one remote;
	// crosspeer.Peer.Send says what happens at the limit. One packet is always
	// accepted. Default 8 MiB.
	MaxQueuedBytes int

	// Signaling describes a server's signalling: limits, origins, TURN servers
	// to hand out, the name of the session's lobby. Its Session is set here.
	Signaling signaling.Config
}

const (
	defaultSetupTimeout    = 15 * time.Second
	defaultSilenceTimeout  = 5 * time.Second
	defaultMaxPending      = 256
	defaultMaxStandIns     = 256
	defaultMaxMessageBytes = 1<<16 - 1
	maxMessageBytes        = 256 << 10
	defaultMaxQueuedBytes  = 8 << 20
)

// Validate says what is wrong with the configuration, all of it at once.
func (c *Config) Validate() error {
	var errs []error
	bad := func(format string, v ...any) { errs = append(errs, fmt.Errorf("rtclink: Config."+format, v...)) }
	if c.IP > IPv6Only {
		bad("IP is %v, want BothIP, IPv4Only or IPv6Only", c.IP)
	}
	for _, ip := range c.PublicIPs {
		if !c.IP.allow(ip) {
			bad("PublicIPs has %v, and IP allows only %v", ip, c.IP)
		}
	}
	if c.SetupTimeout < 0 {
		bad("SetupTimeout is %v, want 0 for the default or more", c.SetupTimeout)
	}
	if c.SilenceTimeout < 0 {
		bad("SilenceTimeout is %v, want 0 for the default or more", c.SilenceTimeout)
	}
	if c.MaxPending < 0 {
		bad("MaxPending is %d, want 0 for the default or 1 and more", c.MaxPending)
	}
	if c.MaxStandIns < 0 {
		bad("MaxStandIns is %d, want 0 for the default or 1 and more", c.MaxStandIns)
	}
	if n := c.MaxMessageBytes; n != 0 && (n < wire.WebSocketNoticeSize || n > maxMessageBytes) {
		bad("MaxMessageBytes is %d, want 0 for the default or %d to %d", n, wire.WebSocketNoticeSize, maxMessageBytes)
	}
	if c.MaxQueuedBytes < 0 {
		bad("MaxQueuedBytes is %d, want 0 for the default or 1 and more", c.MaxQueuedBytes)
	}
	if c.Signaling.Session != nil {
		bad("Signaling.Session is set; it is the listener's own")
	}
	return errors.Join(errs...)
}

func (c Config) populated() Config {
	c.SetupTimeout = cmp.Or(c.SetupTimeout, defaultSetupTimeout)
	c.SilenceTimeout = cmp.Or(c.SilenceTimeout, defaultSilenceTimeout)
	c.MaxPending = cmp.Or(c.MaxPending, defaultMaxPending)
	c.MaxStandIns = cmp.Or(c.MaxStandIns, defaultMaxStandIns)
	c.MaxMessageBytes = cmp.Or(c.MaxMessageBytes, defaultMaxMessageBytes)
	c.MaxQueuedBytes = cmp.Or(c.MaxQueuedBytes, defaultMaxQueuedBytes)
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
		return c, fmt.Errorf("rtclink: %d Configs given, want one at most", len(cfg))
	}
	if err := c.Validate(); err != nil {
		return c, err
	}
	return c.populated(), nil
}
