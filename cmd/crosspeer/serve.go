package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"time"

	"crosspeer"
	"crosspeer/enet/dtls"
	"crosspeer/link/enetlink"
	"crosspeer/link/wslink"
	"crosspeer/server"
)

type serveCmd struct {
	Enet        string   `help:"UDP address for ENet, host:port; off for none." default:":4242" placeholder:"ADDR"`
	EnetSockets int      `help:"Sockets on ENet's port, each served by a processor of its own; more than 1 needs Linux." default:"1" placeholder:"N"`
	HTTP        string   `help:"TCP address for WebSocket (/ws), WebRTC's signalling (/rtc), the page /play/ and probes; off for none." default:":8080" placeholder:"ADDR"`
	RTC         string   `help:"UDP address for WebRTC's packets; off for none." default:":4243" placeholder:"ADDR"`
	TURN        string   `help:"Address, UDP and TCP, of a TURN server for WebRTC clients that nothing else gets through, as :3478." placeholder:"ADDR"`
	TURNAllow   []string `help:"Network that TURN may relay to although it is not public, as 192.168.0.0/16." placeholder:"CIDR"`
	PublicIP    []string `help:"Address that WebRTC clients are told, for servers behind NAT or in a container." placeholder:"IP"`
	TLSCert     string   `help:"PEM file of the certificate that makes HTTP and WebSocket speak TLS; read again when it changes." placeholder:"FILE"`
	TLSKey      string   `help:"PEM file of the certificate's key." placeholder:"FILE"`
	DTLSCert    string   `name:"dtls-cert" help:"PEM file of the certificate that makes ENet speak DTLS, Godot's use_dtls; read again when it changes." placeholder:"FILE"`
	DTLSKey     string   `name:"dtls-key" help:"PEM file of the certificate's key." placeholder:"FILE"`
	DTLS        string   `name:"dtls" help:"Whether ENet clients must encrypt, may, or cannot: require, allow or off. With --dtls-cert they must by default." placeholder:"MODE"`
	Origin      []string `help:"Web origins whose pages may join, https://host; all by default. The server's own pages always may." placeholder:"ORIGIN"`
	NoRelay     bool     `help:"Let clients reach the server only, not each other."`
	MaxClients  int      `help:"Most clients at once." default:"4095" placeholder:"N"`
	Compression string   `help:"Compression of ENet clients: auto recognises each one's (${enum})." enum:"auto,none,range,range-coder,fastlz,zlib,zstd" default:"auto"`

	limitFlags
	admitFlags
}

// farewell is how long goodbyes may take when the server is stopped. What then
// is left is closed, which takes half a second more at the most.
const farewell = time.Second

func (c *serveCmd) Run(ctx context.Context, std streams) error {
	log := slog.New(slog.NewTextHandler(std.err, nil))
	cfg, err := c.config(log)
	if err != nil {
		return err
	}
	door, err := c.open(ctx, cfg.Policy.Peer, log)
	if err != nil {
		return err
	}
	defer door.close()
	cfg.Admit = door.admit
	srv, err := server.Start(ctx, cfg)
	if err != nil {
		return err
	}
	for _, a := range srv.Addrs() {
		log.Info("listening", "on", a)
	}
	stop := context.AfterFunc(ctx, func() {
		log.Info("stopping", "peers", srv.Peer().Stats().Peers)
		bye, cancel := context.WithTimeout(context.Background(), farewell)
		defer cancel()
		srv.Shutdown(bye) // an error means that somebody did not say goodbye in time
	})
	defer stop()
	srv.Run()
	return nil
}

// mostClients is more than one machine serves.
const mostClients = 1_000_000

// mostSockets is what enetlink.Config.Sockets takes.
const mostSockets = 64

// off is the address of what is not to be opened.
const off = "off"

func (c *serveCmd) config(log *slog.Logger) (cfg server.Config, err error) {
	switch {
	case c.MaxClients < 1 || c.MaxClients > mostClients:
		return cfg, &usageError{fmt.Sprintf("--max-clients must be 1 to %d", mostClients)}
	case c.EnetSockets < 1 || c.EnetSockets > mostSockets:
		return cfg, &usageError{fmt.Sprintf("--enet-sockets must be 1 to %d", mostSockets)}
	case c.Enet == off && c.HTTP == off:
		return cfg, &usageError{"--enet and --http are both off: nobody could join"}
	case (c.TLSCert == "") != (c.TLSKey == ""):
		return cfg, &usageError{"--tls-cert and --tls-key go together"}
	case c.TLSCert != "" && c.HTTP == off:
		return cfg, &usageError{"--tls-cert is for --http, which is off"}
	}
	if err := c.checkDTLS(); err != nil {
		return cfg, err
	}
	cfg = server.Config{
		ENet: c.Enet, ENetSockets: c.EnetSockets, HTTP: c.HTTP, TLSCert: c.TLSCert, TLSKey: c.TLSKey,
		Origins: c.Origin, MaxClients: c.MaxClients, Log: log,
	}
	if c.DTLS != off {
		cfg.DTLSCert, cfg.DTLSKey = c.DTLSCert, c.DTLSKey
	}
	if c.DTLS == dtls.Allow.String() {
		cfg.DTLS = dtls.Allow
	}
	if c.RTC != off && c.HTTP != off {
		cfg.RTC = c.RTC
	}
	if cfg.TURN = c.TURN; cfg.TURN != "" && cfg.RTC == "" {
		return cfg, &usageError{"--turn is for WebRTC, which is off"}
	}
	for _, text := range c.TURNAllow {
		network, err := netip.ParsePrefix(text)
		if err != nil {
			return cfg, &usageError{fmt.Sprintf("--turn-allow %q: want a network, as 192.168.0.0/16", text)}
		}
		cfg.TURNAllow = append(cfg.TURNAllow, network)
	}
	for _, origin := range c.Origin {
		if own := (wslink.Config{Origins: []string{origin}}); own.Validate() != nil {
			return cfg, &usageError{fmt.Sprintf("--origin %q: want https://host, https://host:port or *", origin)}
		}
	}
	for _, text := range c.PublicIP {
		ip, err := netip.ParseAddr(text)
		if err != nil {
			return cfg, &usageError{fmt.Sprintf("--public-ip %q: want an IP address", text)}
		}
		cfg.PublicIPs = append(cfg.PublicIPs, ip)
	}
	for _, a := range []struct{ flag, addr string }{
		{"--enet", c.Enet}, {"--http", c.HTTP}, {"--rtc", c.RTC}, {"--turn", c.TURN},
	} {
		if a.addr == off || a.addr == "" {
			continue
		}
		if err := checkAddress(a.flag, a.addr); err != nil {
			return cfg, err
		}
	}
	if c.Enet == off {
		cfg.ENet = ""
	}
	if c.HTTP == off {
		cfg.HTTP = ""
	}
	if c.NoRelay {
		cfg.Relay = crosspeer.RelayOff
	}
	if cfg.Policy, cfg.Bans, err = c.policy(); err != nil {
		return cfg, err
	}
	cfg.Compression, err = enetlink.ParseCompression(c.Compression)
	return cfg, err
}

func (c *serveCmd) checkDTLS() error {
	switch {
	case !slices.Contains([]string{"", dtls.Require.String(), dtls.Allow.String(), off}, c.DTLS):
		return &usageError{fmt.Sprintf("--dtls %q: want require, allow or off", c.DTLS)}
	case (c.DTLSCert == "") != (c.DTLSKey == ""):
		return &usageError{"--dtls-cert and --dtls-key go together"}
	case c.DTLSCert == "" && (c.DTLS == dtls.Require.String() || c.DTLS == dtls.Allow.String()):
		return &usageError{"--dtls " + c.DTLS + " needs --dtls-cert and --dtls-key"}
	case c.DTLSCert != "" && c.Enet == off:
		return &usageError{"--dtls-cert is for --enet, which is off"}
	}
	return nil
}
