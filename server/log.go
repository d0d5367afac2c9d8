package server

import (
	"log/slog"
	"net/netip"
	"sync"
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
		about := []any{"peer", ev.ID, "from", info.RemoteAddr, "transport", info.Transport, "compression", info.Compression}
		if info.TLS.Version != "" {
			about = append(about, "tls", info.TLS.String())
		}
		log.Info("peer joined", append(about, "peers", srv.Stats().Peers)...)
	case crosspeer.PeerDisconnected:
		log.Info("peer left", "peer", ev.ID, "reason", ev.Reason.String(), "peers", srv.Stats().Peers)
	}
}

// troubleEvery is how often the server looks for what was turned away or
// dropped.
const troubleEvery = 10 * time.Second

// troubleLog reports what was turned away or dropped since it looked last.
type troubleLog struct {
	log  *slog.Logger
	srv  *crosspeer.Peer
	last crosspeer.Stats
}

// watch looks now and then, and a last time when done is closed.
func (t *troubleLog) watch(done <-chan struct{}) {
	tick := time.NewTicker(troubleEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			t.look()
		case <-done:
			t.look()
			return
		}
	}
}

func (t *troubleLog) look() {
	s := t.srv.Stats()
	for _, c := range []struct {
		what      string
		now, last uint64
	}{
		{"clients refused", s.Refused, t.last.Refused},
		{"clients disconnected because they were too slow", s.Slow, t.last.Slow},
		{"packets with a forged source dropped", s.Spoofed, t.last.Spoofed},
		{"packets for unknown peers dropped", s.UnknownTarget, t.last.UnknownTarget},
		{"packets between clients dropped: relaying is off", s.NotRelayed, t.last.NotRelayed},
		{"malformed packets dropped", s.Malformed, t.last.Malformed},
		{"unreliable packets dropped: a client's queue was full", s.LinkDropped, t.last.LinkDropped},
		{"copies of packets dropped: the client has no such channel", s.NoChannel, t.last.NoChannel},
		{"copies of packets dropped: larger than the client's connection carries", s.TooLarge, t.last.TooLarge},
	} {
		if c.now > c.last {
			t.log.Warn(c.what, "count", c.now-c.last)
		}
	}
	t.last = s
}

// failureLog reports handshakes that failed, one in troubleEvery: a stranger
// can have as many fail as it likes.
type failureLog struct {
	log *slog.Logger
	now func() time.Time

	mu     sync.Mutex
	said   time.Time
	unsaid int
}

func (f *failureLog) add(from netip.AddrPort, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.now()
	if !f.said.IsZero() && now.Sub(f.said) < troubleEvery {
		f.unsaid++
		return
	}
	about := []any{"from", from, "reason", err.Error()}
	if f.unsaid > 0 {
		about = append(about, "others", f.unsaid)
	}
	f.log.Warn("a client did not complete the handshake of DTLS", about...)
	f.said, f.unsaid = now, 0
}
