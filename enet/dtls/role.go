package dtls

import (
	"crypto/tls"
	"net"

	pion "github.com/pion/dtls/v3"
)

// role makes the library's end of an association. The server's name, as the
// handshake tells it, goes to named.
type role interface {
	name() string // of the server, if it is known before
	conn(p net.PacketConn, remote net.Addr, named func(string)) (*pion.Conn, error)
}

type serverRole struct{ cfg ServerConfig }

func (r serverRole) name() string { return "" }

func (r serverRole) conn(p net.PacketConn, remote net.Addr, named func(string)) (*pion.Conn, error) {
	opts := make([]pion.ServerOption, 0, len(common)+1)
	for _, o := range common {
		opts = append(opts, o)
	}
	opts = append(opts, pion.WithGetCertificate(func(hello *pion.ClientHelloInfo) (*tls.Certificate, error) {
		named(hello.ServerName)
		return r.cfg.Certificate()
	}))
	return pion.ServerWithOptions(p, remote, opts...)
}

type clientRole struct{ cfg ClientConfig }

func (r clientRole) name() string { return r.cfg.ServerName }

func (r clientRole) conn(p net.PacketConn, remote net.Addr, _ func(string)) (*pion.Conn, error) {
	opts := make([]pion.ClientOption, 0, len(common)+3)
	for _, o := range common {
		opts = append(opts, o)
	}
	// The library would look for IP addresses where Godot does not.
	opts = append(opts, pion.WithInsecureSkipVerify(true))
	if r.cfg.ServerName != "" {
		opts = append(opts, pion.WithServerName(r.cfg.ServerName))
	}
	if !r.cfg.Insecure {
		opts = append(opts, pion.WithVerifyPeerCertificate(r.cfg.verify))
	}
	return pion.ClientWithOptions(p, remote, opts...)
}
