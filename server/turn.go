package server

import (
	"net"
	"net/http"
	"time"

	"crosspeer/link/rtclink/signaling"
	"crosspeer/link/rtclink/turnserver"
)

// turnLifetime is how long handed out credentials are good for, which a game
// must not outlast.
const turnLifetime = 12 * time.Hour

func (s *Server) openTURN() (err error) {
	if s.cfg.TURN == "" {
		return nil
	}
	cfg := turnserver.Config{Addr: s.cfg.TURN, AllowPeers: s.cfg.TURNAllow}
	if len(s.cfg.PublicIPs) > 0 {
		cfg.Announce = s.cfg.PublicIPs[0]
	}
	if s.turn, err = turnserver.Listen(cfg); err != nil {
		return &ListenError{"TURN", err}
	}
	return nil
}

func (s *Server) closeTURN() error {
	if s.turn == nil {
		return nil
	}
	return s.turn.Close()
}

// iceServers gives the signalling what it tells clients, nil without TURN.
// Credentials are in the name of the client's address, so that one machine
// cannot use up everybody's relays.
func (s *Server) iceServers() func(*http.Request) []signaling.ICEServer {
	if s.turn == nil {
		return nil
	}
	return func(r *http.Request) []signaling.ICEServer {
		name, _, err := net.SplitHostPort(r.RemoteAddr)
		if err != nil {
			name = "client"
		}
		c := s.turn.Credentials(time.Now(), name, turnLifetime)
		return []signaling.ICEServer{{URLs: c.URLs, Username: c.Username, Credential: c.Password}}
	}
}
