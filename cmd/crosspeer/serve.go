package main

import (
	"context"
	"log/slog"
	"time"

	"crosspeer"
	"crosspeer/link/enetlink"
)

type serveCmd struct {
	Enet        string `help:"UDP address for ENet, host:port." default:":4242" placeholder:"ADDR"`
	NoRelay     bool   `help:"Let clients reach the server only, not each other."`
	MaxClients  int    `help:"Most clients at once." default:"4095" placeholder:"N"`
	Compression string `help:"Compression of ENet clients: auto recognises each one's (${enum})." enum:"auto,none,range" default:"auto"`
}

// farewell is how long goodbyes may take when the server is stopped.
const farewell = 1500 * time.Millisecond

func (c *serveCmd) Run(ctx context.Context, std streams) error {
	log := slog.New(slog.NewTextHandler(std.err, nil))
	if c.MaxClients < 1 {
		return &usageError{"--max-clients must be 1 or more"}
	}
	compression, err := enetlink.ParseCompression(c.Compression)
	if err != nil {
		return err
	}
	cfg := &crosspeer.Config{}
	if c.NoRelay {
		cfg.Relay = crosspeer.RelayOff
	}
	srv, err := crosspeer.Listen(ctx, cfg, enetlink.Listen(c.Enet, enetlink.Config{
		MaxClients:     c.MaxClients,
		ChannelCount:   255,
		Compression:    compression,
		AnswerWhenFull: true,
	}))
	if err != nil {
		return err
	}
	for _, a := range srv.Addrs() {
		log.Info("listening", "on", a)
	}
	stop := context.AfterFunc(ctx, func() {
		log.Info("stopping", "peers", srv.Stats().Peers)
		bye, cancel := context.WithTimeout(context.Background(), farewell)
		defer cancel()
		srv.Shutdown(bye) // an error means that somebody did not say goodbye in time
	})
	defer stop()
	trouble := newTroubleLog(log, srv)
	for ev := range srv.Events(context.Background()) {
		logEvent(log, srv, ev)
		trouble.look()
	}
	return nil
}

// logEvent logs who comes and who goes. Packets are the clients' business.
func logEvent(log *slog.Logger, srv *crosspeer.Peer, ev crosspeer.Event) {
	switch ev := ev.(type) {
	case crosspeer.PeerConnected:
		info, err := srv.PeerInfo(ev.ID)
		if err != nil { // gone again
			log.Info("peer joined", "peer", ev.ID)
			return
		}
		log.Info("peer joined", "peer", ev.ID, "from", info.RemoteAddr, "transport", info.Transport,
			"compression", info.Compression, "peers", srv.Stats().Peers)
	case crosspeer.PeerDisconnected:
		log.Info("peer left", "peer", ev.ID, "reason", ev.Reason.String(), "peers", srv.Stats().Peers)
	}
}

// troubleLog reports what was turned away or dropped, at most every ten
// seconds.
type troubleLog struct {
	log  *slog.Logger
	srv  *crosspeer.Peer
	last crosspeer.Stats
	next time.Time
}

func newTroubleLog(log *slog.Logger, srv *crosspeer.Peer) *troubleLog {
	return &troubleLog{log: log, srv: srv}
}

func (t *troubleLog) look() {
	now := time.Now()
	if now.Before(t.next) {
		return
	}
	t.next = now.Add(10 * time.Second)
	s := t.srv.Stats()
	for _, c := range []struct {
		what      string
		now, last uint64
	}{
		{"clients refused", s.Refused, t.last.Refused},
		{"packets with a forged source dropped", s.Spoofed, t.last.Spoofed},
		{"packets for unknown peers dropped", s.UnknownTarget, t.last.UnknownTarget},
		{"packets between clients dropped: relaying is off", s.NotRelayed, t.last.NotRelayed},
		{"malformed packets dropped", s.Malformed, t.last.Malformed},
	} {
		if c.now > c.last {
			t.log.Warn(c.what, "count", c.now-c.last)
		}
	}
	t.last = s
}
