package matrix

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"crosspeer"
	"crosspeer/enet/dtls"
	"crosspeer/internal/testcert"
	"crosspeer/link/enetlink"
	"crosspeer/link/memlink"
	"crosspeer/link/rtclink"
	"crosspeer/link/wslink"
)

const patience = 30 * time.Second

// member is somebody in the session and what it has read.
type member struct {
	*crosspeer.Peer
	transport string
	id        crosspeer.PeerID
}

func testContext(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// house is a server and two clients on each transport.
func house(t *testing.T) (srv *member, clients []*member) {
	t.Helper()
	ctx := testContext(t)
	mem := memlink.New()
	cert := testcert.Make(t, testcert.Kind{Name: "127.0.0.1"})
	p, err := crosspeer.Listen(ctx, nil, enetlink.Listen("127.0.0.1:0"), wslink.Listen("127.0.0.1:0"),
		rtclink.Listen("127.0.0.1:0", rtclink.Config{UDPAddr: "127.0.0.1:0"}), mem.Listen(),
		enetlink.Listen("127.0.0.1:0", enetlink.Config{Security: dtls.Server(dtls.ServerConfig{
			Certificate: func() (*tls.Certificate, error) { return cert, nil },
		})}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	addrs := p.Addrs()
	dialers := map[string]crosspeer.Dialer{
		"enet":      enetlink.Dial(strings.TrimPrefix(addrs[0], "enet://")),
		"websocket": wslink.Dial(addrs[1]),
		"webrtc":    rtclink.Dial(addrs[2]),
		"memory":    mem.Dial(),
		"encrypted": enetlink.Dial(strings.TrimPrefix(addrs[len(addrs)-1], "enets://"), enetlink.Config{
			Security: dtls.Client(dtls.ClientConfig{RootCAs: testcert.Pool(cert)}),
		}),
	}
	for _, transport := range []string{"enet", "websocket", "webrtc", "memory", "encrypted"} {
		for range 2 {
			cli, err := crosspeer.Dial(ctx, nil, dialers[transport])
			if err != nil {
				t.Fatalf("%s: %v", transport, err)
			}
			t.Cleanup(func() { cli.Close() })
			clients = append(clients, &member{cli, transport, cli.UniqueID()})
		}
	}
	return &member{p, "server", 1}, clients
}

// packet waits for the next packet, signals before it are read too.
func (m *member) packet(t *testing.T) crosspeer.Packet {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	pkt, err := m.Receive(ctx)
	if err != nil {
		t.Fatalf("%s %d: %v", m.transport, m.id, err)
	}
	return pkt
}

// arrives is the mode with which a packet arrives that goes over transports.
func arrives(mode crosspeer.TransferMode, over ...string) crosspeer.TransferMode {
	if slices.Contains(over, "websocket") {
		return crosspeer.Reliable
	}
	return mode
}

// TestEveryPairOfTransports sends between every ordered pair of transports in
// every mode to every kind of target, and checks who gets what. Loopback loses
// nothing that the transports do not, so an unreliable packet that did not
// arrive is sent again.
func TestEveryPairOfTransports(t *testing.T) {
	srv, clients := house(t)
	all := append([]*member{srv}, clients...)
	known := func(m *member) []crosspeer.PeerID { return slices.Sorted(slices.Values(m.Peers())) }
	t.Run("everybody knows everybody", func(t *testing.T) {
		for _, m := range all {
			var want []crosspeer.PeerID
			for _, other := range all {
				if other != m {
					want = append(want, other.id)
				}
			}
			slices.Sort(want)
			for end := time.Now().Add(patience); !slices.Equal(known(m), want) && time.Now().Before(end); {
				ctx, cancel := context.WithTimeout(context.Background(), time.Second)
				m.Next(ctx)
				cancel()
			}
			if got := known(m); !slices.Equal(got, want) {
				t.Errorf("%s %d knows %v, want %v", m.transport, m.id, got, want)
			}
		}
	})
	serial := 0
	for _, from := range all {
		for _, to := range clients {
			if from == to {
				continue
			}
			targets := []crosspeer.PeerID{to.id, 0, -to.id}
			if from != srv {
				targets = append(targets, crosspeer.TargetServer)
			}
			for _, mode := range []crosspeer.TransferMode{crosspeer.Unreliable, crosspeer.UnreliableOrdered, crosspeer.Reliable} {
				for _, target := range targets {
					t.Run(fmt.Sprintf("%s to %s, %v, target %s", from.transport, to.transport, mode, kind(target, to.id)), func(t *testing.T) {
						serial++
						deliver(t, all, from, target, mode, fmt.Sprintf("packet %d", serial))
					})
				}
			}
		}
	}
}

func kind(target, to crosspeer.PeerID) string {
	switch target {
	case 0:
		return "all"
	case 1:
		return "the server"
	case to:
		return "one"
	}
	return "all but one"
}

// deliver sends a packet until everybody that it is for has got it, and checks
// that nobody else has: the next thing that anybody gets is a marker.
func deliver(t *testing.T, all []*member, from *member, target crosspeer.PeerID, mode crosspeer.TransferMode, data string) {
	t.Helper()
	got := make(map[*member]bool)
	for try := 0; try < 50; try++ {
		if err := from.Send(crosspeer.Packet{To: target, Mode: mode, Data: []byte(data)}); err != nil {
			t.Fatal(err)
		}
		missing := false
		mark := fmt.Sprintf("%s, mark %d", data, try)
		for _, m := range all {
			if m == from {
				continue
			}
			// The marker takes the same way, reliably, once what was sent before is
			// there.
			if err := from.Send(crosspeer.Packet{To: m.id, Mode: crosspeer.Reliable, Data: []byte(mark)}); err != nil {
				t.Fatal(err)
			}
		}
		for _, m := range all {
			if m == from {
				continue
			}
			meant := target == 0 || target == m.id || target < 0 && target != -m.id
			for {
				pkt := m.packet(t)
				text := string(pkt.Data)
				if text == mark {
					break
				}
				want := arrives(mode, from.transport, m.transport)
				switch {
				case text != data:
					continue // late, of an earlier case
				case !meant:
					t.Fatalf("%s %d got it", m.transport, m.id)
				case pkt.From != from.id || pkt.To != target || pkt.Mode != want:
					t.Fatalf("%s %d got %v from %d to %d, want %v from %d to %d", m.transport, m.id, pkt.Mode, pkt.From, pkt.To, want, from.id, target)
				}
				got[m] = true
			}
			missing = missing || meant && !got[m]
		}
		if !missing {
			return
		}
		if mode == crosspeer.Reliable {
			t.Fatal("a reliable packet did not arrive before one that was sent after it")
		}
	}
	t.Fatalf("sent 50 times, it reached %d members", len(got))
}

func TestAnIDThatIsInUseOnAnotherTransportIsRefused(t *testing.T) {
	srv, clients := house(t)
	ctx := testContext(t)
	mem := memlink.New()
	p, err := crosspeer.Listen(ctx, nil, mem.Listen(), wslink.Listen("127.0.0.1:0"))
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	cli, err := crosspeer.Dial(ctx, nil, wslink.Dial(p.Addrs()[1]))
	if err != nil {
		t.Fatal(err)
	}
	defer cli.Close()
	var refused *crosspeer.DisconnectError
	if _, err := crosspeer.Dial(ctx, nil, mem.DialAs(cli.UniqueID())); !errors.As(err, &refused) || refused.Reason.Code != crosspeer.ReasonInvalid {
		t.Errorf("a second client with the id: %v", err)
	}
	seen := map[crosspeer.PeerID]bool{srv.id: true}
	for _, c := range clients {
		if seen[c.id] {
			t.Errorf("id %d is there twice", c.id)
		}
		seen[c.id] = true
	}
}

func TestTheSessionsLargestPacketIsWhatEverybodyCanCarry(t *testing.T) {
	srv, clients := house(t)
	if got := srv.MaxPacketBytes(); got != 65526 {
		t.Errorf("MaxPacketBytes is %d, want WebSocket's 65526", got)
	}
	big := make([]byte, 65527)
	err := srv.Send(crosspeer.Packet{Mode: crosspeer.Reliable, Data: big})
	if !errors.Is(err, crosspeer.ErrTooLarge) || !strings.Contains(err.Error(), "not every member can be sent more than 65526") {
		t.Errorf("to all: %v", err)
	}
	if err := srv.Send(crosspeer.Packet{To: clients[0].id, Mode: crosspeer.Reliable, Data: big}); err != nil {
		t.Errorf("to an ENet client: %v", err)
	}
	if err := srv.Send(crosspeer.Packet{To: clients[2].id, Mode: crosspeer.Reliable, Data: big}); !errors.Is(err, crosspeer.ErrTooLarge) {
		t.Errorf("to a WebSocket client: %v", err)
	}
	if pkt := clients[0].packet(t); len(pkt.Data) != len(big) {
		t.Errorf("the ENet client got %d bytes", len(pkt.Data))
	}
}
