package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"

	"crosspeer"
	"crosspeer/enet/dtls"
	"crosspeer/link/enetlink"
)

// Config describes a Server. It is copied before use.
type Config struct {
	// ENet is the UDP address for ENet, "host:port". Empty: no ENet.
	ENet string

	// ENetSockets is how many sockets ENet opens on its port; see
	// enetlink.Config.Sockets. More than one needs Linux. Default 1.
	ENetSockets int

	// HTTP is the TCP address for WebSocket, WebRTC's signalling, the page to
	// try it all, and the probes. Empty: no HTTP.
	HTTP string

	// RTC is the UDP address for WebRTC's packets. Empty: no WebRTC.
	RTC string

	// TURN is the address, UDP and TCP, of a TURN server for WebRTC clients that
	// nothing else gets through; the signalling hands out its credentials.
	// Empty: none.
	TURN string

	// TURNAllow are networks that TURN may relay to although they are not
	// public. Default none; a server in a private network needs its own.
	TURNAllow []netip.Prefix

	// PublicIPs are what WebRTC clients are told instead of this machine's own
	// addresses, for servers behind NAT or in a container. Default none.
	PublicIPs []netip.Addr

	// TLSCert and TLSKey are PEM files that make HTTP and WebSocket speak TLS.
	// They are read again when they change. Default none.
	TLSCert string
	TLSKey  string

	// DTLSCert and DTLSKey are PEM files that make ENet speak DTLS, as Godot
	// does with use_dtls. They are read again when they change. Default none:
	// ENet is not encrypted.
	DTLSCert string
	DTLSKey  string

	// DTLS says whether clients may join ENet without encryption all the same.
	// Default dtls.Require: they may not.
	DTLS dtls.Mode

	// Origins are the web origins whose pages may join, "https://game.example".
	// Default all. Clients that are no browser may always join.
	Origins []string

	// Relay says whether clients reach each other. Default RelayOn.
	Relay crosspeer.RelayMode

	// MaxClients is the most clients at once, over all transports. Default
	// 4095.
	MaxClients int

	// Policy bounds what clients may do. Default no bounds but those of queues
	// and transports.
	Policy crosspeer.Policy

	// Bans are networks from which nobody may join. Default none.
	Bans []netip.Prefix

	// Admit decides who may join, and Filter which packets pass; see
	// crosspeer.Config. Default nil: everybody, and all.
	Admit  func(ctx context.Context, h crosspeer.Hello) (crosspeer.Grant, error)
	Filter crosspeer.Filter

	// Compression is that of ENet. Default: as each client does.
	Compression enetlink.Compression

	// Log is where the server tells who comes and goes. Default none.
	Log *slog.Logger
}

const defaultMaxClients = 4095

// Validate says what is wrong with the configuration, all of it at once.
func (c *Config) Validate() error {
	var errs []error
	if c.ENet == "" && c.HTTP == "" {
		errs = append(errs, errors.New("server: neither Config.ENet nor Config.HTTP has an address"))
	}
	if (c.TLSCert == "") != (c.TLSKey == "") {
		errs = append(errs, errors.New("server: Config.TLSCert and Config.TLSKey go together"))
	}
	if c.TLSCert != "" && c.HTTP == "" {
		errs = append(errs, errors.New("server: Config.TLSCert is for HTTP, which has no address"))
	}
	if (c.DTLSCert == "") != (c.DTLSKey == "") {
		errs = append(errs, errors.New("server: Config.DTLSCert and Config.DTLSKey go together"))
	}
	if c.DTLSCert != "" && c.ENet == "" {
		errs = append(errs, errors.New("server: Config.DTLSCert is for ENet, which has no address"))
	}
	if c.DTLS != dtls.Require && c.DTLSCert == "" {
		errs = append(errs, fmt.Errorf("server: Config.DTLS is %v, which needs Config.DTLSCert", c.DTLS))
	}
	if c.RTC != "" && c.HTTP == "" {
		errs = append(errs, errors.New("server: Config.RTC needs HTTP, which has no address"))
	}
	if c.TURN != "" && c.RTC == "" {
		errs = append(errs, errors.New("server: Config.TURN is for WebRTC, which has no address"))
	}
	if c.MaxClients < 0 {
		errs = append(errs, fmt.Errorf("server: Config.MaxClients is %d, want 0 for the default or 1 and more", c.MaxClients))
	}
	link := enetlink.Config{Sockets: c.ENetSockets}
	if err := link.Validate(); err != nil {
		errs = append(errs, fmt.Errorf("server: Config.ENetSockets: %w", err))
	}
	own := c.session()
	return errors.Join(append(errs, own.Validate())...)
}

// session is the configuration of the session.
func (c *Config) session() crosspeer.Config {
	return crosspeer.Config{
		Relay: c.Relay, MaxPeers: c.MaxClients, Policy: c.Policy, Admit: c.Admit, Filter: c.Filter,
	}
}

func (c Config) populated() Config {
	c.MaxClients = cmp.Or(c.MaxClients, defaultMaxClients)
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}
