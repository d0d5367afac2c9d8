package turnserver

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"sync/atomic"

	"github.com/pion/turn/v5"
)

// Server is a TURN server. Its methods may be called from any goroutine.
type Server struct {
	cfg    Config
	addr   netip.AddrPort
	relays *relays
	turn   *turn.Server

	rejected, denied atomic.Uint64
}

// Listen opens a Server's sockets and serves.
func Listen(cfg Config) (*Server, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg.populated()}
	packets, streams, err := s.open()
	if err != nil {
		return nil, err
	}
	tc := turn.ServerConfig{
		Realm:         s.cfg.Realm,
		AuthHandler:   s.authenticate,
		QuotaHandler:  s.relays.within,
		LoggerFactory: logger{s.cfg.Logger},
	}
	tc.EventHandler.OnAuth = func(_, _ net.Addr, _, _, _, _ string, ok bool) {
		if !ok {
			s.rejected.Add(1)
		}
	}
	if packets != nil {
		tc.PacketConnConfigs = []turn.PacketConnConfig{{
			PacketConn: packets, RelayAddressGenerator: s.relays, PermissionHandler: s.permit,
		}}
	}
	if streams != nil {
		tc.ListenerConfigs = []turn.ListenerConfig{{
			Listener:              &clients{Listener: streams, most: s.cfg.MaxTCPConns, conns: map[*client]bool{}},
			RelayAddressGenerator: s.relays, PermissionHandler: s.permit,
		}}
	}
	if s.turn, err = turn.NewServer(tc); err != nil {
		closeAll(packets, streams)
		return nil, fmt.Errorf("turnserver: %w", err)
	}
	return s, nil
}

// open opens what clients connect to, and decides which address relays have.
func (s *Server) open() (net.PacketConn, net.Listener, error) {
	host, port, _ := net.SplitHostPort(s.cfg.Addr) // Validate has seen it
	bind := netip.IPv4Unspecified()
	if host != "" {
		ip, err := net.ResolveIPAddr("ip", host)
		if err != nil {
			return nil, nil, fmt.Errorf("turnserver: listening on %s: %w", s.cfg.Addr, err)
		}
		bind, _ = netip.AddrFromSlice(ip.IP)
		bind = bind.Unmap().WithZone(ip.Zone)
	}
	announce, err := s.announced(bind)
	if err != nil {
		return nil, nil, err
	}
	s.relays = &relays{cfg: &s.cfg, bind: bind, announce: announce, byUser: map[string]int{}}
	packets, streams, err := s.listen(bind, port)
	if err != nil {
		return nil, nil, fmt.Errorf("turnserver: listening on %s: %w", s.cfg.Addr, err)
	}
	return packets, streams, nil
}

// announced is the address that peers of a relay send to.
func (s *Server) announced(bind netip.Addr) (netip.Addr, error) {
	switch a := s.cfg.Announce.Unmap(); {
	case a.IsValid() && a.Is4() != bind.Is4():
		return a, fmt.Errorf("turnserver: Config.Announce is %v, and Addr %s of the other IP version", a, s.cfg.Addr)
	case a.IsValid():
		return a, nil
	case !bind.IsUnspecified():
		return bind, nil
	}
	// Nothing is sent: the address is that of the route. It belongs to nobody
	// (RFC 5737, RFC 3849).
	to := "192.0.2.1:9"
	if bind.Is6() {
		to = "[2001:db8::1]:9"
	}
	conn, err := net.Dial("udp", to)
	if err != nil {
		return bind, fmt.Errorf("turnserver: no way to the internet, so Config.Announce is needed: %w", err)
	}
	defer conn.Close()
	return conn.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap(), nil
}

// listen opens UDP and TCP on the same port. A free port is drawn for TCP, and
// may be taken for UDP.
func (s *Server) listen(bind netip.Addr, port string) (packets net.PacketConn, streams net.Listener, err error) {
	version := network(bind)[3:]
	for try := 1; ; try++ {
		at := net.JoinHostPort(bind.String(), port)
		if !s.cfg.NoTCP {
			if streams, err = net.Listen("tcp"+version, at); err != nil {
				return nil, nil, err
			}
			s.addr = streams.Addr().(*net.TCPAddr).AddrPort()
			at = net.JoinHostPort(bind.String(), strconv.Itoa(int(s.addr.Port())))
		}
		if s.cfg.NoUDP {
			return nil, streams, nil
		}
		if packets, err = net.ListenPacket("udp"+version, at); err == nil {
			s.addr = packets.LocalAddr().(*net.UDPAddr).AddrPort()
			return packets, streams, nil
		}
		closeAll(nil, streams)
		if port != "0" || try == 10 {
			return nil, nil, err
		}
	}
}

func closeAll(packets net.PacketConn, streams net.Listener) {
	if packets != nil {
		packets.Close()
	}
	if streams != nil {
		streams.Close()
	}
}

// Addr is the address that is listened on.
func (s *Server) Addr() netip.AddrPort { return s.addr }

// URLs are the server's, for an RTCIceServer: UDP first.
func (s *Server) URLs() []string {
	host := s.cfg.Host
	if host == "" {
		host = s.relays.announce.String()
	}
	at := "turn:" + net.JoinHostPort(host, strconv.Itoa(int(s.addr.Port()))) + "?transport="
	var urls []string
	if !s.cfg.NoUDP {
		urls = append(urls, at+"udp")
	}
	if !s.cfg.NoTCP {
		urls = append(urls, at+"tcp")
	}
	return urls
}

// Stats are the figures of a Server. Counters begin with 0 and do not go back.
type Stats struct {
	Allocations int    // relays now
	Rejected    uint64 // requests with credentials that are wrong or have expired
	Denied      uint64 // peers that must not be relayed to
}

// Stats gives the figures.
func (s *Server) Stats() Stats {
	return Stats{s.turn.AllocationCount(), s.rejected.Load(), s.denied.Load()}
}

// Close closes the sockets, those of clients and relays included. What runs on
// them ends with that, soon after.
func (s *Server) Close() error {
	if err := s.turn.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("turnserver: %w", err)
	}
	return nil
}
