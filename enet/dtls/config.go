package dtls

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"crosspeer/enet"
)

// Mode says what a server does with remotes that do not encrypt.
type Mode uint8

// Modes of a server.
const (
	// Require drops what is not DTLS.
	Require Mode = iota

	// Allow lets remotes choose: the first bytes tell DTLS from ENet. An
	// address with a completed handshake is heard in DTLS only. Not for hosts
	// with an enet.Config.Checksum, some of whose datagrams look like records.
	Allow
)

var modeNames = [...]string{"require", "allow"}

// String is "require" or "allow".
func (m Mode) String() string {
	if int(m) < len(modeNames) {
		return modeNames[m]
	}
	return fmt.Sprintf("mode %d", uint8(m))
}

// ParseMode is the inverse of String; case does not matter.
func ParseMode(s string) (Mode, error) {
	for m, name := range modeNames {
		if strings.EqualFold(s, name) {
			return Mode(m), nil
		}
	}
	return 0, fmt.Errorf("dtls: mode %q: want require or allow", s)
}

// ServerConfig describes the DTLS of a server. It is copied before use.
type ServerConfig struct {
	// Certificate gives the certificate, ECDSA or RSA, and its key. It is
	// called when a server starts and for each handshake, from any goroutine:
	// a new certificate is used from the next handshake on. Required.
	Certificate func() (*tls.Certificate, error)

	// Mode is Require by default.
	Mode Mode

	// HandshakeTimeout bounds a handshake. Default 10 s.
	HandshakeTimeout time.Duration

	// Failed, if set, is called for each handshake that a remote at its address
	// did not complete, from any goroutine, with the reason. It must not call
	// the host. Default nil.
	Failed func(remote netip.AddrPort, err error)

	// MaxWaiting is the most associations at once whose remotes have no
	// connection of ENet: in the handshake, for up to 35 s before it, and for
	// 10 s after the end. One network, an IPv4 /24 or an IPv6 /64, may have an
	// eighth of them. Beyond that a random one makes room that has not
	// returned its cookie for a second, or has not connected for 10, and
	// without such a one the newcomer is not answered, and asks again. As many may begin in a second, and a
	// quarter of that at once. Default 1024.
	MaxWaiting int
}

// ClientConfig describes the DTLS of a client. The zero value is the
// recommended default. It is copied before use.
type ClientConfig struct {
	// RootCAs are who may vouch for the server's certificate, or the
	// certificate itself. Default nil, the system's authorities.
	RootCAs *x509.CertPool

	// ServerName is the name that the certificate must be for, a host's or an
	// IP address. Default: the host's part of the address that Dial was given.
	// As for Godot, a host's name must be one of the certificate's alternative
	// names, or its common name if it has none; an IP address must be the
	// common name of a certificate without alternative names.
	ServerName string

	// Insecure accepts any certificate: whoever is on the way can read and
	// change everything. For tests. Godot's dtls_verify = false.
	Insecure bool

	// HandshakeTimeout bounds a handshake. Default 10 s.
	HandshakeTimeout time.Duration
}

const (
	defaultHandshakeTimeout = 10 * time.Second
	defaultMaxWaiting       = 1024
)

// Server makes the Security of a server. A host with it connects to others in
// the clear with Allow, and to nobody with Require.
func Server(cfg ServerConfig) enet.Security { return serverSecurity{cfg} }

// Client makes the Security of a client: of a host that Connect or Dial is
// called on. Nobody can connect to such a host.
func Client(cfg ClientConfig) enet.Security { return clientSecurity{cfg} }

type serverSecurity struct{ cfg ServerConfig }

// Guard implements enet.Security.
func (s serverSecurity) Guard(out *enet.Outlet, _ string) (enet.Guard, error) {
	cfg := s.cfg
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if _, err := cfg.Certificate(); err != nil {
		return nil, fmt.Errorf("dtls: certificate: %w", err)
	}
	if cfg.HandshakeTimeout == 0 {
		cfg.HandshakeTimeout = defaultHandshakeTimeout
	}
	if cfg.MaxWaiting == 0 {
		cfg.MaxWaiting = defaultMaxWaiting
	}
	g := newGuard(out, serverRole{cfg}, cfg.HandshakeTimeout)
	g.server, g.plain, g.failed = true, cfg.Mode == Allow, cfg.Failed
	g.waiting.most, g.waiting.mostPerNet = cfg.MaxWaiting, max(1, cfg.MaxWaiting/8)
	return g, nil
}

type clientSecurity struct{ cfg ClientConfig }

// Guard implements enet.Security.
func (s clientSecurity) Guard(out *enet.Outlet, name string) (enet.Guard, error) {
	cfg := s.cfg
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if cfg.HandshakeTimeout == 0 {
		cfg.HandshakeTimeout = defaultHandshakeTimeout
	}
	if cfg.ServerName == "" {
		cfg.ServerName = name
	}
	if cfg.ServerName == "" && !cfg.Insecure {
		return nil, errors.New("dtls: ClientConfig.ServerName is empty, and the host was not made by Dial")
	}
	return newGuard(out, clientRole{cfg}, cfg.HandshakeTimeout), nil
}

// Validate says what is wrong with the configuration, all of it at once.
func (c *ServerConfig) Validate() error {
	var errs []error
	if c.Certificate == nil {
		errs = append(errs, errors.New("dtls: ServerConfig.Certificate is missing"))
	}
	if int(c.Mode) >= len(modeNames) {
		errs = append(errs, fmt.Errorf("dtls: ServerConfig.Mode is %d, want Require or Allow", c.Mode))
	}
	if c.HandshakeTimeout < 0 {
		errs = append(errs, fmt.Errorf("dtls: ServerConfig.HandshakeTimeout is %v, want 0 for the default or more", c.HandshakeTimeout))
	}
	if c.MaxWaiting < 0 {
		errs = append(errs, fmt.Errorf("dtls: ServerConfig.MaxWaiting is %d, want 0 for the default or more", c.MaxWaiting))
	}
	return errors.Join(errs...)
}

// Validate says what is wrong with the configuration, all of it at once.
func (c *ClientConfig) Validate() error {
	if c.HandshakeTimeout < 0 {
		return fmt.Errorf("dtls: ClientConfig.HandshakeTimeout is %v, want 0 for the default or more", c.HandshakeTimeout)
	}
	return nil
}
