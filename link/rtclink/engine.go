package rtclink

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/pion/ice/v4"
	"github.com/pion/logging"
	"github.com/pion/transport/v5/stdnet"
	"github.com/pion/webrtc/v4"
)

// engine makes connections that share certificate and sockets.
type engine struct {
	api         *webrtc.API
	certificate webrtc.Certificate
	policy      webrtc.ICETransportPolicy
	sockets     []io.Closer // the one socket that all connections share, and the like
}

// newEngine opens what the configuration asks for. A server's own candidates
// are its addresses; others ask ICE servers as well.
func newEngine(cfg *Config, server bool) (*engine, error) {
	e := new(engine)
	if cfg.Certificate != nil {
		e.certificate = *cfg.Certificate
	} else {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return nil, err
		}
		made, err := webrtc.GenerateCertificate(key)
		if err != nil {
			return nil, err
		}
		e.certificate = *made
	}
	var s webrtc.SettingEngine
	s.LoggerFactory = silence{}
	s.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	s.SetIncludeLoopbackCandidate(true) // for a browser on the same machine
	s.SetICETimeouts(cfg.SilenceTimeout, 2*cfg.SilenceTimeout, cfg.SilenceTimeout/3)
	s.SetSCTPMaxMessageSize(maxMessageBytes)
	if cfg.RelayOnly && !server {
		e.policy = webrtc.ICETransportPolicyRelay
	}
	cfg.IP.restrict(&s)
	if !server && cfg.IP != BothIP {
		s.SetNetworkTypes(append(cfg.IP.types(webrtc.NetworkTypeUDP4, webrtc.NetworkTypeUDP6),
			cfg.IP.types(webrtc.NetworkTypeTCP4, webrtc.NetworkTypeTCP6)...))
	}
	if server {
		s.SetLite(cfg.ICELite)
		if err := e.share(&s, cfg); err != nil {
			return nil, errors.Join(err, e.close())
		}
	}
	if len(cfg.PublicIPs) > 0 {
		var ips []string
		for _, ip := range cfg.PublicIPs {
			ips = append(ips, ip.String())
		}
		err := s.SetICEAddressRewriteRules(webrtc.ICEAddressRewriteRule{
			External: ips, AsCandidateType: webrtc.ICECandidateTypeHost, Mode: webrtc.ICEAddressRewriteReplace,
		})
		if err != nil {
			return nil, errors.Join(fmt.Errorf("rtclink: Config.PublicIPs: %w", err), e.close())
		}
	}
	e.api = webrtc.NewAPI(webrtc.WithSettingEngine(s))
	return e, nil
}

// share opens the sockets that all connections of a server use.
func (e *engine) share(s *webrtc.SettingEngine, cfg *Config) error {
	networks := cfg.IP.types(webrtc.NetworkTypeUDP4, webrtc.NetworkTypeUDP6)
	if cfg.UDPAddr != "" {
		addr, err := net.ResolveUDPAddr(cfg.IP.network("udp"), cfg.UDPAddr)
		if err != nil {
			return err
		}
		conn, err := net.ListenUDP(cfg.IP.network("udp"), addr)
		if err != nil {
			return err
		}
		system, err := stdnet.NewNet()
		if err != nil {
			return errors.Join(err, conn.Close())
		}
		mux := ice.NewUDPMuxDefault(ice.UDPMuxParams{
			UDPConn: conn, Net: system, Logger: silence{}.NewLogger(""),
		})
		e.sockets = append(e.sockets, mux, conn)
		s.SetICEUDPMux(versionedMux{mux, cfg.IP})
	}
	if cfg.TCPAddr != "" {
		l, err := net.Listen(cfg.IP.network("tcp"), cfg.TCPAddr)
		if err != nil {
			return err
		}
		mux := webrtc.NewICETCPMux(silence{}.NewLogger(""), l, 64)
		e.sockets = append(e.sockets, mux)
		s.SetICETCPMux(mux)
		networks = append(networks, cfg.IP.types(webrtc.NetworkTypeTCP4, webrtc.NetworkTypeTCP6)...)
	}
	s.SetNetworkTypes(networks)
	return nil
}

// connection makes a connection that has not begun.
func (e *engine) connection(servers []webrtc.ICEServer) (*webrtc.PeerConnection, error) {
	return e.api.NewPeerConnection(webrtc.Configuration{
		ICEServers: servers, ICETransportPolicy: e.policy, Certificates: []webrtc.Certificate{e.certificate},
	})
}

func (e *engine) close() error {
	var errs []error
	for _, s := range e.sockets {
		if err := s.Close(); err != nil && !errors.Is(err, net.ErrClosed) && !errors.Is(err, io.ErrClosedPipe) {
			errs = append(errs, err)
		}
	}
	e.sockets = nil
	return errors.Join(errs...)
}

// silence takes what the WebRTC library would log of every stranger.
type silence struct{}

// NewLogger implements logging.LoggerFactory.
func (silence) NewLogger(string) logging.LeveledLogger {
	return logging.NewDefaultLeveledLoggerForScope("", logging.LogLevelDisabled, io.Discard)
}
