package matrix

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"crosspeer"
	"crosspeer/link/enetlink"
	"crosspeer/link/wslink"
)

// relayed is a session of a sender on one transport and receivers on another,
// which may be the same, in this process.
type relayed struct {
	sender    *crosspeer.Peer
	receivers []*crosspeer.Peer
}

func newRelayed(tb testing.TB, from, to string, receivers int) *relayed {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	srv, err := crosspeer.Listen(ctx, nil, enetlink.Listen("127.0.0.1:0"), wslink.Listen("127.0.0.1:0"))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { srv.Close() })
	dialers := map[string]crosspeer.Dialer{
		"enet":      enetlink.Dial(strings.TrimPrefix(srv.Addrs()[0], "enet://")),
		"websocket": wslink.Dial(srv.Addrs()[1]),
	}
	dial := func(transport string) *crosspeer.Peer {
		p, err := crosspeer.Dial(ctx, nil, dialers[transport])
		if err != nil {
			tb.Fatal(err)
		}
		tb.Cleanup(func() { p.Close() })
		return p
	}
	r := &relayed{sender: dial(from)}
	for range receivers {
		r.receivers = append(r.receivers, dial(to))
	}
	joined := 0
	for ev := range srv.Events(ctx) { // a client is there a little before the server knows
		if _, ok := ev.(crosspeer.PeerConnected); ok {
			if joined++; joined == receivers+1 {
				break
			}
		}
	}
	return r
}

// run relays packets, of which at most window are under way, and gives the
// processor time of a delivery, all ends together.
func (r *relayed) run(tb testing.TB, packets, window int) time.Duration {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	data := make([]byte, 64)
	begin := processorTime(tb)
	for sent := 0; sent < packets; sent += window {
		for range window {
			pkt := crosspeer.Packet{To: -crosspeer.TargetServer, Mode: crosspeer.Reliable, Data: data}
			if err := r.sender.Send(pkt); err != nil {
				tb.Fatal(err)
			}
		}
		for _, cli := range r.receivers {
			for range window {
				if _, err := cli.Receive(ctx); err != nil {
					tb.Fatal(err)
				}
			}
		}
	}
	return (processorTime(tb) - begin) / time.Duration(packets*len(r.receivers))
}

// processorTime is what this process has used so far.
func processorTime(tb testing.TB) time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkCrossTransport relays from each transport to each other one, in
// turn. A relay has two sides, what a packet costs to come in and what it costs
// to go out, and both crossings together have the sides of both transports: so
// they are held against both transports among themselves.
func BenchmarkCrossTransport(b *testing.B) {
	const receivers, packets, window = 16, 2048, 64
	pairs := [][2]string{{"enet", "enet"}, {"websocket", "websocket"}, {"enet", "websocket"}, {"websocket", "enet"}}
	var relays []*relayed
	for _, p := range pairs {
		r := newRelayed(b, p[0], p[1], receivers)
		r.run(b, packets, window)
		relays = append(relays, r)
	}
	costs := make([][]float64, len(pairs))
	var crossing []float64
	for round := 0; b.Loop(); round++ {
		var now [4]float64
		for i := range pairs {
			i = (i + round) % len(pairs)
			now[i] = float64(relays[i].run(b, packets, window))
			costs[i] = append(costs[i], now[i])
		}
		crossing = append(crossing, (now[2]+now[3])/(now[0]+now[1]))
	}
	for i, p := range pairs {
		b.ReportMetric(middle(costs[i]), p[0]+"→"+p[1]+"-ns/delivery")
	}
	b.ReportMetric(middle(crossing), "crossings/sum")
	b.ReportMetric(0, "ns/op")
}

func middle(v []float64) float64 {
	slices.Sort(v)
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}
