package cenet

import (
	"net/netip"
	"testing"
	"time"

	"crosspeer/enet"
	"crosspeer/internal/lossyproxy"
	"crosspeer/internal/simnet"
)

func TestGoServesCOverALossyNetwork(t *testing.T) { lossy(t, goServes) }
func TestGoJoinsCOverALossyNetwork(t *testing.T)  { lossy(t, goJoins) }

var networks = []struct {
	name string
	cond simnet.Conditions
}{
	{"5 % lost", simnet.Conditions{Loss: 0.05, Delay: 5 * time.Millisecond, Jitter: 3 * time.Millisecond}},
	{"20 % lost, reordered and duplicated", simnet.Conditions{
		Loss: 0.2, Delay: 5 * time.Millisecond, Jitter: 4 * time.Millisecond, Reorder: 0.1, Duplicate: 0.1,
	}},
}

// lossy sends reliable packets, which arrive exactly, and unreliable ones,
// which arrive in order or not at all, at the same time and both ways.
func lossy(t *testing.T, d direction) {
	for _, n := range networks {
		for _, o := range []option{encodings[0], encodings[3]} {
			t.Run(n.name+"/"+o.name, func(t *testing.T) {
				t.Parallel()
				m, proxy := acrossANetwork(t, d, o, n.cond)
				m.c.Throttle(0, 5*time.Second, 2, 0) // only the network drops packets
				const count = 150
				for i := range uint64(count) {
					size := reliableSize(i)
					goSend(t, m.peer, 0, Reliable, size, i)
					m.c.Send(0, 0, Reliable, size, i)
					goSend(t, m.peer, 1, Unreliable, 20, i)
					m.c.Send(0, 1, Unreliable, 20, i)
					goSend(t, m.peer, 2, Unsequenced, 30, i)
					m.c.Send(0, 2, Unsequenced, 30, i)
				}
				inC := arrivals{t: t, count: count, seen: map[uint64]bool{}}
				for inC.reliable < count {
					e := m.c.Next()
					inC.add(e.Channel, e.Flags, e.Length, e.Hash)
				}
				inGo := arrivals{t: t, count: count, seen: map[uint64]bool{}}
				for inGo.reliable < count {
					ev := goNext(t, m.host, enet.EventReceive)
					inGo.add(ev.Channel, Flags(ev.Flags), len(ev.Data()), Hash(ev.Data()))
				}
				for end, a := range map[string]arrivals{"C": inC, "Go": inGo} {
					if a.ordered == 0 || len(a.seen) == 0 {
						t.Errorf("no unreliable packet has reached %s", end)
					}
				}
				if s := proxy.Stats(); s.Up.Lost == 0 || s.Down.Lost == 0 {
					t.Errorf("nothing was lost: %+v", s)
				}
				m.sound(t)
			})
		}
	}
}

// reliableSize is the length of a reliable packet: up to five fragments.
func reliableSize(i uint64) int { return 10 + int(i)*40 }

// acrossANetwork is a meeting with a lossy network between the two ends.
func acrossANetwork(t *testing.T, d direction, o option, cond simnet.Conditions) (meeting, *lossyproxy.Proxy) {
	t.Helper()
	between := func(target netip.AddrPort) *lossyproxy.Proxy {
		p, err := lossyproxy.Start(lossyproxy.Config{Target: target, Seed: 5, Up: cond, Down: cond})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { p.Close() })
		return p
	}
	o.c.Patience = goPatience
	o.c.Server = d.name == goJoins.name
	m := meeting{host: goHost(t, &o.g), c: Start(t, o.c)}
	var proxy *lossyproxy.Proxy
	if o.c.Server {
		proxy = between(m.c.Addr())
		p, err := m.host.Connect(proxy.Addr(), 5, 7)
		if err != nil {
			t.Fatal(err)
		}
		m.peer = p
		goNext(t, m.host, enet.EventConnect)
		m.c.Expect(Connected(0, 7))
	} else {
		proxy = between(m.host.LocalAddr())
		m.c.Connect(proxy.Addr(), 5, 7)
		m.c.Expect(Connected(0, 0))
		m.peer = goNext(t, m.host, enet.EventConnect).Peer
	}
	return m, proxy
}

// arrivals checks the packets that one end receives.
type arrivals struct {
	t        *testing.T
	count    uint64
	reliable uint64          // the next one's number
	ordered  uint64          // the least that the next one can have
	seen     map[uint64]bool // unsequenced
}

func (a *arrivals) add(channel uint8, flags Flags, length int, hash uint64) {
	a.t.Helper()
	switch {
	case channel == 0 && flags == Reliable:
		if want := Payload(reliableSize(a.reliable), a.reliable); length != len(want) || hash != Hash(want) {
			a.t.Fatalf("%d bytes instead of reliable packet %d", length, a.reliable)
		}
		a.reliable++
	case channel == 1 && flags == Unreliable:
		i := a.ordered
		for ; i < a.count && hash != Hash(Payload(20, i)); i++ {
		}
		if i == a.count {
			a.t.Fatalf("an unreliable packet after number %d is out of order, twice or none that was sent", a.ordered)
		}
		a.ordered = i + 1
	case channel == 2 && flags == Unsequenced:
		for i := range a.count {
			if hash == Hash(Payload(30, i)) {
				if a.seen[i] {
					a.t.Fatalf("unsequenced packet %d came twice", i)
				}
				a.seen[i] = true
				return
			}
		}
		a.t.Fatal("an unsequenced packet that was not sent")
	default:
		a.t.Fatalf("%d bytes on channel %d with flags %d", length, channel, flags)
	}
}
