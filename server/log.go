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
		if m, ok := info.Metadata.(interface{ Who() string }); ok {
			about = append(about, "who", m.Who())
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

// worst names the client that most of it is due to since it joined.
func (t *troubleLog) worst(of func(crosspeer.Drops) uint64) []any {
	if of == nil {
		return nil
	}
	var most uint64
	var who crosspeer.PeerInfo
	for _, id := range t.srv.Peers() {
		if info, err := t.srv.PeerInfo(id); err == nil && of(info.Drops) > most {
			most, who = of(info.Drops), info
		}
	}
	if most == 0 {
		return nil // it has left
	}
	return []any{"most", who.ID, "from", who.RemoteAddr}
}

func (t *troubleLog) look() {
	s := t.srv.Stats()
	for _, c := range []struct {
		what      string
		now, last uint64
		of        func(crosspeer.Drops) uint64 // the peers' part, nil if they have none
	}{
		{"clients refused", s.Refused, t.last.Refused, nil},
		{"of those refused because their address came too often", s.ConnectsRefused, t.last.ConnectsRefused, nil},
		{"clients disconnected because they broke a limit", s.Limited, t.last.Limited, nil},
		{"unreliable packets dropped: the client sends more than its limit", s.RateDropped, t.last.RateDropped, func(d crosspeer.Drops) uint64 { return d.RateDropped }},
		{"times that a client was pushed back: it sends more than its limit", s.RatePaused, t.last.RatePaused, func(d crosspeer.Drops) uint64 { return d.RatePaused }},
		{"packets dropped by the filter", s.Filtered, t.last.Filtered, func(d crosspeer.Drops) uint64 { return d.Filtered }},
		{"clients disconnected because they were too slow", s.Slow, t.last.Slow, nil},
		{"packets with a forged source dropped", s.Spoofed, t.last.Spoofed, func(d crosspeer.Drops) uint64 { return d.Spoofed }},
		{"packets for unknown peers dropped", s.UnknownTarget, t.last.UnknownTarget, func(d crosspeer.Drops) uint64 { return d.UnknownTarget }},
		{"packets between clients dropped: relaying is off", s.NotRelayed, t.last.NotRelayed, func(d crosspeer.Drops) uint64 { return d.NotRelayed }},
		{"malformed packets dropped", s.Malformed, t.last.Malformed, func(d crosspeer.Drops) uint64 { return d.Malformed }},
		{"unreliable packets dropped: a client's queue was full", s.LinkDropped, t.last.LinkDropped, func(d crosspeer.Drops) uint64 { return d.LinkDropped }},
		{"copies of packets dropped: the client has no such channel", s.NoChannel, t.last.NoChannel, func(d crosspeer.Drops) uint64 { return d.NoChannel }},
		{"copies of packets dropped: larger than the client's connection carries", s.TooLarge, t.last.TooLarge, func(d crosspeer.Drops) uint64 { return d.TooLarge }},
	} {
		if c.now > c.last {
			t.log.Warn(c.what, append([]any{"count", c.now - c.last}, t.worst(c.of)...)...)
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
