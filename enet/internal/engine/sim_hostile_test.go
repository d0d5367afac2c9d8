package engine

import (
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"crosspeer/enet/internal/protocol"
	"crosspeer/internal/hostile"
	"crosspeer/internal/simnet"
)

// saboteur listens to a network and sends damaged copies of what it heard: from
// addresses that have no part in it, and as the victims, whose connections may
// suffer. Of the others it only repeats datagrams as they were.
type saboteur struct {
	*simnet.Net
	rnd     *rand.Rand
	damage  *hostile.Damager
	server  netip.AddrPort
	victims map[netip.AddrPort]bool

	heard [512]capture // the last ones, in no order
	n     int
	sent  int
}

// capture is a datagram of a valid session.
type capture struct {
	from, to netip.AddrPort
	data     []byte
}

func newSaboteur(net *simnet.Net, server netip.AddrPort, seed uint64) *saboteur {
	s := &saboteur{Net: net, rnd: rand.New(rand.NewPCG(seed, 66)), server: server, victims: map[netip.AddrPort]bool{}}
	net.Tap(func(e simnet.Event) {
		if e.Kind != simnet.Sent || e.Forged {
			return
		}
		i := s.n
		if s.n++; i >= len(s.heard) {
			i = s.rnd.IntN(len(s.heard))
		}
		s.heard[i] = capture{e.From, e.To, append([]byte(nil), e.Datagram...)}
	})
	return s
}

// any is a capture; nil data when nothing was heard yet.
func (s *saboteur) any() capture {
	if s.n == 0 {
		return capture{}
	}
	return s.heard[s.rnd.IntN(min(s.n, len(s.heard)))]
}

// strike sends one datagram.
func (s *saboteur) strike() {
	c := s.any()
	if c.data == nil {
		return
	}
	if s.damage == nil || s.sent%256 == 0 { // of what is heard now
		var valid [][]byte
		for i := range min(s.n, len(s.heard)) {
			valid = append(valid, s.heard[i].data)
		}
		s.damage = hostile.NewDamager(s.rnd.Uint64(), protocol.MaxDatagram, valid)
	}
	s.sent++
	bad := c.data
	if s.rnd.IntN(5) > 0 {
		bad = s.damage.Damage(c.data)
	}
	switch victim := s.victims[c.from] || s.victims[c.to]; s.rnd.IntN(4) {
	case 0: // as somebody else altogether
		s.Inject(forgedAddress(s.rnd.Uint32N(5000)), c.to, bad, 0)
	case 1: // from another port of a peer or of the server
		s.Inject(netip.AddrPortFrom(c.from.Addr(), c.from.Port()+1+uint16(s.rnd.IntN(1000))), c.to, bad, 0)
	case 2: // as the sender
		if !victim {
			bad = c.data
		}
		s.Inject(c.from, c.to, bad, 0)
	case 3: // the whole of a victim's bytes under the right header
		if victim && len(bad) > 2 && len(c.data) > 2 {
			bad[0], bad[1] = c.data[0], c.data[1]
			s.Inject(c.from, c.to, bad, 0)
		}
	}
}

// TestHonestPlayersUnderDamagedTraffic holds the laws of delivery for a player,
// while datagrams of his and of other sessions are repeated and damaged, from
// right and wrong addresses. In the end nothing is left in the server.
func TestHonestPlayersUnderDamagedTraffic(t *testing.T) {
	strikes, seeds := 0, 24
	if testing.Short() || raceEnabled {
		seeds = 4
	}
	for seed := range simnet.Seeds(t, seeds) {
		client, server := forms(seed)
		server.MaxHalfOpen = 256
		p := newPair(t, seed, client, server)
		tr := newTraffic(p, seed)
		p.net.SetConditions(simnet.Conditions{Delay: 10 * time.Millisecond, Jitter: 5 * time.Millisecond, Loss: float64(seed%3) * 0.02})
		tr.join()
		honest, own := p.server.peer, p.server.on
		p.server.on = func(ev Event) {
			switch {
			case ev.Peer == honest:
				own(ev)
			case ev.Kind == EventReceive:
				ev.Packet.Release()
			}
			p.server.peer = honest
		}
		s := newSaboteur(p.net, p.server.addr, seed)
		tr.usual()
		var victims []*node
		for i := range 3 {
			v := newNode(t, p.net, source(10+i), seed+uint64(i), client)
			s.victims[v.addr] = true
			victims = append(victims, v)
		}
		on := true
		var act func()
		act = func() {
			if !on {
				return
			}
			for range 20 {
				s.strike()
			}
			v := victims[s.rnd.IntN(len(victims))]
			v.do(func() {
				switch {
				case v.peer == nil && v.h.PeerCount() == 0:
					v.h.Connect(p.server.addr, 8, 0)
				case v.peer != nil && v.peer.State() == Connected:
					pkt := NewPacket(s.rnd.IntN(3000))
					for i := range pkt.Bytes() {
						pkt.Bytes()[i] = byte(s.rnd.Uint32()) & 0x1F
					}
					v.peer.Send(uint8(s.rnd.IntN(8)), pkt, []Flags{Reliable, 0, Unsequenced, UnreliableFragment}[s.rnd.IntN(4)])
					pkt.Release()
				}
			})
			p.net.At(p.net.Now()+2*time.Millisecond, act)
		}
		p.net.At(p.net.Now(), act)
		tr.push(150, 10*time.Millisecond)
		tr.finish(2 * time.Minute)
		on = false
		for _, v := range victims {
			v.do(func() {
				var all []*Peer
				v.h.Peers(func(p *Peer) { all = append(all, p) })
				for _, p := range all {
					p.DisconnectNow(0)
				}
			})
		}
		tr.part()
		for _, left := range honest.host.peers {
			t.Errorf("left is %v, %v, since %v: %+v", left.addr, left.state, p.net.Now()+p.server.clock-left.heardAt, left.Snapshot())
		}
		st := p.server.h.Stats()
		strikes += s.sent
		if st.Malformed+st.DropChecksum+st.DropCompression == 0 || st.DropUnknown == 0 || s.sent < 1000 {
			t.Errorf("%d datagrams were damaged, and the server noticed only %+v", s.sent, st)
		}
		if seed%500 == 0 {
			t.Logf("seed %d, %d datagrams so far", seed, strikes)
		}
	}
	t.Logf("%d damaged or repeated datagrams", strikes)
}

// TestWrongAddressesChangeNothing plays a session twice, the second time with
// damaged and repeated datagrams from addresses that have no part in it. Every
// datagram of the session is the same, at the same time.
func TestWrongAddressesChangeNothing(t *testing.T) {
	for seed := range simnet.Seeds(t, 8) {
		play := func(strikes int) (trace []string) {
			client, server := forms(seed)
			p := newPair(t, seed, client, server)
			tr := newTraffic(p, seed)
			tr.join()
			s := newSaboteur(p.net, p.server.addr, seed)
			p.net.Tap(func(e simnet.Event) {
				if e.Kind == simnet.Sent && (e.To == p.client.addr || e.To == p.server.addr) {
					trace = append(trace, e.Time.String()+" "+string(e.Datagram))
				}
			})
			tr.usual()
			var act func()
			act = func() {
				for range strikes {
					c := s.any()
					if c.data == nil {
						break
					}
					b := c.data
					if s.rnd.IntN(4) > 0 {
						b = hostile.NewDamager(s.rnd.Uint64(), protocol.MaxDatagram, [][]byte{b}).Next()
					}
					s.sent++
					p.net.Inject(forgedAddress(s.rnd.Uint32N(1000)), c.to, b, 0)
				}
				p.net.At(p.net.Now()+1500*time.Microsecond, act)
			}
			if strikes > 0 {
				p.net.At(p.net.Now(), act)
			}
			tr.push(100, 5*time.Millisecond)
			p.net.RunFor(2 * time.Second)
			if len(tr.ended) > 0 || strikes > 0 && s.sent < 1000 {
				t.Errorf("%d ends, %d strikes", len(tr.ended), s.sent)
			}
			return trace
		}
		quiet, loud := play(0), play(10)
		if len(quiet) != len(loud) || len(quiet) < 200 {
			t.Fatalf("%d datagrams in peace, %d under fire", len(quiet), len(loud))
		}
		for i := range quiet {
			if quiet[i] != loud[i] {
				t.Fatalf("datagram %d is\n%x, and in peace\n%x", i, loud[i], quiet[i])
			}
		}
	}
}
