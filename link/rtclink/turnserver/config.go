package turnserver

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
)

// Config describes a Server. The zero value is the recommended default where
// the machine has a public address. It is copied before use.
type Config struct {
	// Addr is the "host:port" to listen on, both UDP and TCP. An empty host
	// means all IPv4 addresses; port 0 a free port. Default ":3478".
	Addr string

	// NoUDP and NoTCP leave one of the two out. Clients that use TCP still
	// reach their peers by UDP.
	NoUDP, NoTCP bool

	// Announce is the address that relayed peers are told to send to, needed
	// behind NAT and in containers. Default the host of Addr, or if that is
	// empty the address that the machine uses towards the internet.
	Announce netip.Addr

	// Host is the name or address in the URLs that Credentials gives. Default
	// Announce.
	Host string

	// MinPort and MaxPort bound the UDP ports of relays. Default 49152 to
	// 65535. Firewalls have to let them in.
	MinPort, MaxPort uint16

	// Secret is what credentials are made of, for several servers that honour
	// each other's. Default random: credentials end with the process.
	Secret string

	// Realm is shown to clients. Default "crosspeer".
	Realm string

	// MaxAllocations is the most relays at once, MaxPerUser the most of one
	// name. A browser needs up to one per URL and network interface. Defaults
	// 1024 and 16.
	MaxAllocations, MaxPerUser int

	// MaxTCPConns is the most TCP connections of clients. Default 1024.
	MaxTCPConns int

	// AllowPeers are networks that may be relayed to although they are not
	// public. Default none: private, loopback, link-local and multicast
	// addresses are denied, also in their IPv6 forms.
	AllowPeers []netip.Prefix

	// DenyPeers are networks that must not be relayed to although they are
	// public. They win over AllowPeers.
	DenyPeers []netip.Prefix

	// Logger gets what pion/turn has to say. Default nil: nothing.
	Logger *slog.Logger
}

// Defaults of Config.
const (
	DefaultAddr    = ":3478"
	DefaultRealm   = "crosspeer"
	DefaultMinPort = 49152
	DefaultMaxPort = 65535
)

// Validate says what is wrong with the configuration, all of it at once.
func (c *Config) Validate() error {
	var errs []error
	if c.Addr != "" {
		if _, _, err := net.SplitHostPort(c.Addr); err != nil {
			errs = append(errs, fmt.Errorf("turnserver: Config.Addr is %q, want host:port: %w", c.Addr, err))
		}
	}
	if c.NoUDP && c.NoTCP {
		errs = append(errs, errors.New("turnserver: Config.NoUDP and NoTCP are both set: nothing is left"))
	}
	if c.Announce.IsValid() && c.Announce.IsUnspecified() {
		errs = append(errs, fmt.Errorf("turnserver: Config.Announce is %v, which nobody can send to", c.Announce))
	}
	if (c.MinPort == 0) != (c.MaxPort == 0) || c.MinPort > c.MaxPort {
		errs = append(errs, fmt.Errorf("turnserver: Config.MinPort is %d and MaxPort %d, want none or both, the smaller first", c.MinPort, c.MaxPort))
	}
	if strings.ContainsAny(c.Host, "/?@ ") {
		errs = append(errs, fmt.Errorf("turnserver: Config.Host is %q, want a name or an address", c.Host))
	}
	for _, n := range []struct {
		name string
		v    int
	}{
		{"MaxAllocations", c.MaxAllocations}, {"MaxPerUser", c.MaxPerUser}, {"MaxTCPConns", c.MaxTCPConns},
	} {
		if n.v < 0 {
			errs = append(errs, fmt.Errorf("turnserver: Config.%s is %d, want 0 for the default or 1 and more", n.name, n.v))
		}
	}
	return errors.Join(errs...)
}

func (c Config) populated() Config {
	def(&c.Addr, DefaultAddr)
	def(&c.MinPort, DefaultMinPort)
	def(&c.MaxPort, DefaultMaxPort)
	def(&c.Secret, randomSecret())
	def(&c.Realm, DefaultRealm)
	def(&c.MaxAllocations, 1024)
	def(&c.MaxPerUser, 16)
	def(&c.MaxTCPConns, 1024)
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

func def[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}
