package server

import (
	"log/slog"
	"time"

	"crosspeer"
)

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
