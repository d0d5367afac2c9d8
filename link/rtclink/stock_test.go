package rtclink_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"

	"crosspeer"
	"crosspeer/link/memlink"
	"crosspeer/link/rtclink"
	"crosspeer/link/rtclink/signaling"
)

var modes = []crosspeer.TransferMode{crosspeer.Reliable, crosspeer.UnreliableOrdered, crosspeer.Unreliable}

// stock plays a Godot game with the demo's signalling client: a connection to
// every member, three negotiated channels on each, and bare bytes.
type stock struct {
	t   testing.TB
	sig *signaling.Client
	id  crosspeer.PeerID

	deaf func(id int32) bool // offers of these are not answered

	mu       sync.Mutex
	changed  chan struct{} // closed and replaced when something happens
	log      []string
	peers    map[int32]*stockPeer
	finished chan struct{}
}

type stockPeer struct {
	pc       *webrtc.PeerConnection
	channels [3]*webrtc.DataChannel // by mode
	waits    int
	open     bool
}

// session is a server for WebRTC and memory.
func session(t testing.TB, cfg rtclink.Config, network *memlink.Network) *crosspeer.Peer {
	t.Helper()
	cfg.UDPAddr = "127.0.0.1:0"
	srv, err := crosspeer.Listen(testContext(t), nil, rtclink.Listen("127.0.0.1:0", cfg), network.Listen())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { srv.Close() })
	return srv
}

// member is a Go member and what has come to it.
type member struct {
	*crosspeer.Peer
	t testing.TB

	mu      sync.Mutex
	changed chan struct{}
	log     []string
}

func watch(t testing.TB, p *crosspeer.Peer) *member {
	m := &member{Peer: p, t: t, changed: make(chan struct{})}
	ctx := testContext(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ev := range p.Events(ctx) {
			line := text(ev)
			switch ev := ev.(type) {
			case crosspeer.PacketReceived:
				line = fmt.Sprintf("%d>%d %v %s", ev.From, ev.To, ev.Mode, ev.Data)
			case crosspeer.PeerDisconnected:
				line += ": " + ev.Reason.String()
			}
			m.mu.Lock()
			m.log = append(m.log, line)
			close(m.changed)
			m.changed = make(chan struct{})
			m.mu.Unlock()
		}
	}()
	t.Cleanup(func() {
		p.Close()
		<-done
	})
	return m
}

func dialMem(t testing.TB, network *memlink.Network) *member {
	t.Helper()
	p, err := crosspeer.Dial(testContext(t), nil, network.Dial())
	if err != nil {
		t.Fatal(err)
	}
	return watch(t, p)
}

func (m *member) lines() ([]string, chan struct{}) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.log), m.changed
}

func (m *member) say(to crosspeer.PeerID, mode crosspeer.TransferMode, text string) {
	m.t.Helper()
	if err := m.Send(crosspeer.Packet{To: to, Mode: mode, Data: []byte(text)}); err != nil {
		m.t.Fatalf("%d to %d: %v", m.UniqueID(), to, err)
	}
}

// await waits until a line that begins so is in a log, and gives the log.
func await(t testing.TB, who string, lines func() ([]string, chan struct{}), want ...string) []string {
	t.Helper()
	late := time.After(patience)
	for {
		got, changed := lines()
		missing := slices.IndexFunc(want, func(w string) bool {
			return !slices.ContainsFunc(got, func(l string) bool { return strings.HasPrefix(l, w) })
		})
		if missing < 0 {
			return got
		}
		select {
		case <-changed:
		case <-late:
			t.Fatalf("%s waits in vain for %q, and has got\n%s", who, want[missing], strings.Join(got, "\n"))
		}
	}
}

func (m *member) await(want ...string) []string {
	m.t.Helper()
	return await(m.t, "member "+m.UniqueID().String(), m.lines, want...)
}

func (s *stock) await(want ...string) []string {
	s.t.Helper()
	return await(s.t, "the stock client", s.lines, want...)
}

func (s *stock) lines() ([]string, chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.log), s.changed
}

func (s *stock) note(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = append(s.log, fmt.Sprintf(format, args...))
	close(s.changed)
	s.changed = make(chan struct{})
}

// enter joins the session's lobby, and goes on without waiting for anything.
func enter(t testing.TB, srv *crosspeer.Peer, d signaling.Dialect, deaf func(int32) bool) *stock {
	t.Helper()
	sig, err := signaling.Dial(testContext(t), strings.TrimPrefix(srv.Addrs()[0], "rtc+"), signaling.Options{Dialect: d, Lobby: "session"})
	if err != nil {
		t.Fatal(err)
	}
	s := &stock{t: t, sig: sig, deaf: deaf, changed: make(chan struct{}), peers: map[int32]*stockPeer{}, finished: make(chan struct{})}
	go s.run(d)
	t.Cleanup(s.close)
	s.await("welcome")
	return s
}

// come is enter, and waits until some members are connected.
func come(t testing.TB, srv *crosspeer.Peer, d signaling.Dialect, peers ...crosspeer.PeerID) *stock {
	t.Helper()
	s := enter(t, srv, d, nil)
	s.awaitPeers(append(peers, 1)...)
	return s
}

func (s *stock) awaitPeers(peers ...crosspeer.PeerID) {
	s.t.Helper()
	for _, id := range peers {
		s.await(fmt.Sprintf("connected %d", id))
	}
}

func (s *stock) run(d signaling.Dialect) {
	defer close(s.finished)
	ctx := s.t.Context()
	for ev := range s.sig.Events(ctx) {
		switch ev := ev.(type) {
		case signaling.Welcome:
			s.id = crosspeer.PeerID(ev.ID)
			s.note("welcome mesh=%v", ev.Mesh)
		case signaling.PeerConnect:
			s.note("hears of %d", ev.ID)
			p := s.add(ev.ID)
			if offers := d == signaling.Text && ev.ID > int32(s.id) || d == signaling.JSON && ev.ID < int32(s.id); offers && !s.isDeaf(ev.ID) {
				offer, err := p.pc.CreateOffer(nil)
				if err == nil {
					err = p.pc.SetLocalDescription(offer)
				}
				if err == nil {
					err = s.sig.SendOffer(ctx, ev.ID, offer.SDP)
				}
				s.check(err)
			}
		case signaling.Offer:
			if s.isDeaf(ev.From) {
				continue
			}
			s.note("offered by %d", ev.From)
			pc := s.peer(ev.From).pc
			s.check(pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: ev.SDP}))
			answer, err := pc.CreateAnswer(nil)
			if err == nil {
				err = pc.SetLocalDescription(answer)
			}
			if err == nil {
				err = s.sig.SendAnswer(ctx, ev.From, answer.SDP)
			}
			s.check(err)
		case signaling.Answer:
			s.check(s.peer(ev.From).pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: ev.SDP}))
		case signaling.PeerDisconnect:
			s.remove(ev.ID)
			s.note("left %d", ev.ID)
		case signaling.Sealed:
			s.note("sealed")
		case signaling.Closed:
			s.note("closed %d %s", ev.Code, ev.Reason)
		}
	}
}

// check notes what goes wrong; the test sees it when it waits in vain.
func (s *stock) check(err error) {
	if err != nil {
		s.note("error: %v", err)
	}
}

func (s *stock) isDeaf(id int32) bool { return s.deaf != nil && s.deaf(id) }

func (s *stock) peer(id int32) *stockPeer {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.peers[id]
}

func (s *stock) remove(id int32) {
	if p := s.peer(id); p != nil {
		s.mu.Lock()
		delete(s.peers, id)
		s.mu.Unlock()
		p.pc.GracefulClose()
	}
}

// add makes the connection for a member as WebRTCMultiplayer.add_peer does.
func (s *stock) add(id int32) *stockPeer {
	pc, err := loopback.NewPeerConnection(webrtc.Configuration{})
	s.check(err)
	p := &stockPeer{pc: pc, waits: 3}
	pc.OnICECandidate(func(c *webrtc.ICECandidate) {
		if c != nil {
			i := c.ToJSON()
			s.sig.SendCandidate(s.t.Context(), id, signaling.FormatCandidate(signaling.ICECandidate{
				Mid: *i.SDPMid, Index: int(*i.SDPMLineIndex), Candidate: i.Candidate}))
		}
	})
	for _, c := range []struct {
		mode    crosspeer.TransferMode
		id      uint16
		ordered bool
	}{{crosspeer.Reliable, 1, true}, {crosspeer.UnreliableOrdered, 2, true}, {crosspeer.Unreliable, 3, false}} {
		negotiated := true
		dc, err := pc.CreateDataChannel(c.mode.String(), &webrtc.DataChannelInit{ID: &c.id, Ordered: &c.ordered, Negotiated: &negotiated})
		s.check(err)
		p.channels[c.mode] = dc
		dc.OnOpen(func() {
			s.mu.Lock()
			p.waits--
			p.open = p.waits == 0
			last := p.open
			s.mu.Unlock()
			if last {
				s.note("connected %d", id)
			}
		})
		dc.OnMessage(func(m webrtc.DataChannelMessage) { s.note("%d %v %s", id, c.mode, m.Data) })
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.peers[id] = p
	return p
}

// say is put_packet: a copy on each connection that the target means.
func (s *stock) say(to crosspeer.PeerID, mode crosspeer.TransferMode, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, p := range s.peers {
		if p.open && (to == crosspeer.PeerID(id) || to <= 0 && id != -int32(to)) {
			p.channels[mode].Send([]byte(text)) // an error if the member is leaving, as in the engine
		}
	}
}

// close is what the demo's client does in the end.
func (s *stock) close() {
	s.sig.Close()
	<-s.finished
	s.mu.Lock()
	peers := s.peers
	s.peers = map[int32]*stockPeer{}
	s.mu.Unlock()
	for _, p := range peers {
		p.pc.GracefulClose()
	}
}

// from are the lines of a log that begin so.
func from(lines []string, prefix string) (found []string) {
	for _, l := range lines {
		if strings.HasPrefix(l, prefix) {
			found = append(found, strings.TrimPrefix(l, prefix))
		}
	}
	return found
}
