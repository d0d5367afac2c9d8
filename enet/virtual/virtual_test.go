package virtual_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"crosspeer"
	"crosspeer/enet/virtual"
	"crosspeer/internal/simnet"
)

var serverAddr = netip.MustParseAddrPort("10.0.0.1:4242")

// room is a server on a network.
type room struct {
	t      *testing.T
	net    *simnet.Net
	server *crosspeer.Peer
	host   *virtual.Host
	told   []crosspeer.PeerID // whom the transport attached, and with a minus detached
	last   netip.Addr
}

func newRoom(t *testing.T, cond simnet.Conditions, cfg crosspeer.Config) *room {
	r := &room{t: t, net: simnet.New(1, cond), last: serverAddr.Addr()}
	r.host = virtual.New(r.net, virtual.Config{
		Addr: serverAddr, Rand: rand.NewPCG(1, 1), Clock: time.Second, MaxClients: 8, ChannelCount: 3,
		Attached: func(_ netip.AddrPort, id crosspeer.PeerID) { r.told = append(r.told, id) },
		Detached: func(_ netip.AddrPort, id crosspeer.PeerID) { r.told = append(r.told, -id) },
	})
	var err error
	if r.server, err = crosspeer.Listen(context.Background(), &cfg, r.host); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.server.Close() })
	return r
}

// dial connects a client with an id. Its Dial gives up after patience.
func (r *room) dial(id crosspeer.PeerID, patience time.Duration) (*crosspeer.Peer, *virtual.Host, error) {
	r.last = r.last.Next()
	end := r.net.Now() + patience
	h := virtual.New(r.net, virtual.Config{
		Addr: netip.AddrPortFrom(r.last, 5000), Server: serverAddr, ID: id, Rand: rand.NewPCG(2, uint64(id)), Clock: time.Second, ChannelCount: 3,
		Wait: func() bool {
			r.net.RunFor(10 * time.Millisecond)
			return r.net.Now() < end
		},
	})
	p, err := crosspeer.Dial(context.Background(), nil, h)
	if err == nil {
		r.t.Cleanup(func() { p.Close() })
		r.net.RunFor(100 * time.Millisecond) // until the server has it too
	}
	return p, h, err
}

// drain gives all events that wait, packets by their bytes.
func drain(t *testing.T, p *crosspeer.Peer) (events []any) {
	t.Helper()
	for range p.Pending() {
		ev, err := p.Next(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if r, ok := ev.(crosspeer.PacketReceived); ok {
			events = append(events, string(r.Data))
		} else {
			events = append(events, ev)
		}
	}
	return events
}

func TestASessionInVirtualTime(t *testing.T) {
	r := newRoom(t, simnet.LossyWiFi(), crosspeer.Config{})
	a, _, errA := r.dial(20, time.Minute)
	b, hostB, errB := r.dial(30, time.Minute)
	if errA != nil || errB != nil {
		t.Fatal(errA, errB)
	}
	r.net.RunFor(time.Second)
	for _, p := range []*crosspeer.Peer{r.server, a, b} {
		drain(t, p)
	}
	for _, text := range []string{"one", "two", "three"} {
		if err := a.Send(crosspeer.Packet{To: 0, Mode: crosspeer.Reliable, Data: []byte(text)}); err != nil {
			t.Fatal(err)
		}
		r.net.RunFor(5 * time.Second)
	}
	for who, p := range map[string]*crosspeer.Peer{"the server": r.server, "the other client": b} {
		if got := drain(t, p); len(got) != 3 || got[0] != "one" || got[1] != "two" || got[2] != "three" {
			t.Errorf("%s got %v", who, got)
		}
	}
	// A clock that jumps beyond the time-out, and a host that is gone.
	hostB.Remove()
	r.net.RunFor(40 * time.Second)
	got := drain(t, a)
	if len(got) != 1 || got[0].(crosspeer.PeerDisconnected).ID != 30 {
		t.Errorf("the client is told %v, want that 30 has left", got)
	}
	if n := len(r.told); n != 3 || r.told[2] != -30 {
		t.Errorf("the transport told of %v", r.told)
	}
}

func TestADialEndsAsTheServerWants(t *testing.T) {
	r := newRoom(t, simnet.Conditions{Delay: 10 * time.Millisecond}, crosspeer.Config{MaxPeers: 2})
	if _, _, err := r.dial(20, time.Minute); err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.dial(20, time.Minute); !errors.Is(err, crosspeer.ErrRefused) {
		t.Errorf("with an id that is taken: %v", err)
	}
	if _, _, err := r.dial(-7, time.Minute); !errors.Is(err, crosspeer.ErrRefused) {
		t.Errorf("with an impossible id: %v", err)
	}
	if _, _, err := r.dial(30, time.Minute); err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.dial(40, 5*time.Second); !errors.Is(err, context.Canceled) {
		t.Errorf("without room the server is silent: %v", err)
	}
}

func TestAFarJumpOfAClockIsATimeout(t *testing.T) {
	r := newRoom(t, simnet.Conditions{Delay: 10 * time.Millisecond}, crosspeer.Config{})
	a, host, err := r.dial(20, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	r.net.RunFor(time.Second)
	drain(t, a)
	if err := a.Send(crosspeer.Packet{To: 1, Mode: crosspeer.Reliable, Data: []byte("lost in time")}); err != nil {
		t.Fatal(err)
	}
	r.net.RunFor(0)
	host.Jump(1 << 31 * time.Millisecond)
	r.net.RunFor(time.Second)
	got := drain(t, a)
	if len(got) != 1 || got[0].(crosspeer.ServerDisconnected).Reason.Code != crosspeer.ReasonTimeout {
		t.Errorf("told %v, want a time-out", got)
	}
}

// A client whose program sleeps is not given more than its inbox takes and what
// was on the way.
func TestASleeperIsChoked(t *testing.T) {
	r := newRoom(t, simnet.LAN(), crosspeer.Config{})
	a, host, err := r.dial(20, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	data := make([]byte, 1000)
	sent := 0
	for range 80_000 { // more than the inbox takes
		if r.server.Send(crosspeer.Packet{To: 20, Mode: crosspeer.Reliable, Data: data}) == nil {
			sent++
		}
		if sent%50 == 0 {
			r.net.RunFor(50 * time.Millisecond)
		}
	}
	r.net.RunFor(time.Second)
	if n := host.Backlog(); n == 0 || n > 128<<10 {
		t.Errorf("%d bytes wait behind the inbox", n)
	}
	got := 0
	for end := r.net.Now() + time.Minute; r.net.Now() < end; r.net.RunFor(10 * time.Millisecond) {
		for _, ev := range drain(t, a) {
			if _, ok := ev.(string); ok {
				got++
			}
		}
	}
	if got != sent {
		t.Errorf("%d of %d reliable packets arrived in the end", got, sent)
	}
}
