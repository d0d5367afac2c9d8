package server

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"time"

	"crosspeer"
	"crosspeer/enet"
	"crosspeer/enet/dtls"
	"crosspeer/enet/zstd"
	"crosspeer/link/enetlink"
	"crosspeer/link/rtclink"
	"crosspeer/link/rtclink/signaling"
	"crosspeer/link/rtclink/turnserver"
	"crosspeer/link/wslink"
)

// Server is a session that games join over ENet, WebSocket and WebRTC, and the
// HTTP server that goes with it. Its methods may be called from any goroutine.
type Server struct {
	cfg  Config
	peer *crosspeer.Peer
	web  *frontend          // nil without HTTP
	turn *turnserver.Server // nil without TURN
}

// Start opens all that the configuration asks for, or nothing. ctx bounds the
// opening. Errors are those of Config.Validate, of the certificate's files, and
// a *ListenError when an address cannot be listened on.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg.populated()}
	var listeners []crosspeer.Listener
	if s.cfg.ENet != "" {
		security, err := s.security()
		if err != nil {
			return nil, err
		}
		listeners = append(listeners, opening{enetlink.Listen(s.cfg.ENet, enetlink.Config{
			Sockets:        s.cfg.ENetSockets,
			MaxClients:     s.cfg.MaxClients,
			ChannelCount:   255,
			Compression:    s.cfg.Compression,
			Zstd:           zstd.Compression,
			AnswerWhenFull: true,
			Security:       security,
		}), "ENet"})
	}
	routes := map[string]http.Handler{}
	if s.cfg.HTTP != "" {
		ws := wslink.NewHandler(wslink.Config{Origins: s.cfg.Origins})
		routes["/ws"] = ws
		listeners = append(listeners, ws)
	}
	if err := s.openTURN(); err != nil {
		return nil, err
	}
	if s.cfg.RTC != "" {
		rtc := rtclink.NewHandler(rtclink.Config{
			UDPAddr: s.cfg.RTC, PublicIPs: s.cfg.PublicIPs,
			Signaling: signaling.Config{Origins: s.cfg.Origins, ICEServers: s.iceServers()},
		})
		routes["/rtc"] = rtc
		listeners = append(listeners, opening{rtc, "RTC"})
	}
	var err error
	if s.cfg.HTTP != "" {
		if s.web, err = openFrontend(ctx, &s.cfg, routes); err != nil {
			return nil, errors.Join(err, s.closeTURN())
		}
	}
	if err = s.listen(ctx, listeners); err != nil {
		return nil, errors.Join(err, s.web.close(), s.closeTURN())
	}
	s.web.serve()
	return s, nil
}

// listen opens the session.
func (s *Server) listen(ctx context.Context, listeners []crosspeer.Listener) (err error) {
	cfg := s.cfg.session()
	if s.peer, err = crosspeer.New(&cfg); err != nil {
		return err
	}
	for _, network := range s.cfg.Bans {
		if err := s.peer.Ban(network, 0, ""); err != nil {
			return err
		}
	}
	return s.peer.Listen(ctx, listeners...)
}

// security is the DTLS of ENet, nil without.
func (s *Server) security() (enet.Security, error) {
	if s.cfg.DTLSCert == "" {
		return nil, nil
	}
	cert, err := newCertificate(s.cfg.DTLSCert, s.cfg.DTLSKey, s.cfg.Log)
	if err != nil {
		return nil, err
	}
	failures := failureLog{log: s.cfg.Log, now: time.Now}
	return dtls.Server(dtls.ServerConfig{Certificate: cert.current, Mode: s.cfg.DTLS, Failed: failures.add}), nil
}

// Peer is the session's server, peer 1.
func (s *Server) Peer() *crosspeer.Peer { return s.peer }

// Addrs are the addresses of all that is open, with the real port where 0 was
// asked for: "enet://…" or with DTLS "enets://…", "ws://…/ws", "rtc+ws://…/rtc", "http://…/play/".
func (s *Server) Addrs() []string {
	addrs := s.peer.Addrs()
	if s.turn != nil {
		addrs = append(addrs, s.turn.URLs()...)
	}
	if s.web == nil {
		return addrs
	}
	// Handlers do not know where they are mounted.
	addrs = slices.DeleteFunc(addrs, func(a string) bool { return a == "ws:" || a == "rtc+ws:" })
	return append(addrs, s.web.addrs()...)
}

// Run logs who comes and goes, takes the packets for peer 1, which nobody
// reads, and logs every ten seconds and at the end what was refused or dropped.
// It returns when the session is over.
func (s *Server) Run() {
	trouble := troubleLog{log: s.cfg.Log, srv: s.peer}
	over := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() { trouble.watch(over) })
	for ev := range s.peer.Events(context.Background()) {
		logEvent(s.cfg.Log, s.peer, ev)
	}
	close(over)
	watching.Wait()
}

// Shutdown says goodbye to every client once what was sent to it is delivered,
// and closes everything when all have gone or ctx is done. It returns ctx's
// error if somebody was left.
func (s *Server) Shutdown(ctx context.Context) error {
	s.web.unready()
	return errors.Join(s.peer.Shutdown(ctx), s.web.close(), s.closeTURN())
}
