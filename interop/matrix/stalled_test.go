package matrix

import (
	"context"
	"encoding/binary"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"crosspeer"
	"crosspeer/link/enetlink"
	"crosspeer/link/memlink"
	"crosspeer/link/rtclink"
	"crosspeer/link/wslink"
)

// maxQueued is what may wait for one peer in bytes.
const maxQueued = 256 << 10

// stallable are transports and how to open them.
var stallable = map[string]func() (crosspeer.Listener, func(addr string) crosspeer.Dialer){
	"enet": func() (crosspeer.Listener, func(string) crosspeer.Dialer) {
		cfg := enetlink.Config{MaxClients: 64, MaxQueuedBytes: maxQueued}
		return enetlink.Listen("127.0.0.1:0", cfg), func(addr string) crosspeer.Dialer {
			return enetlink.Dial(strings.TrimPrefix(addr, "enet://"), cfg)
		}
	},
	"websocket": func() (crosspeer.Listener, func(string) crosspeer.Dialer) {
		return wslink.Listen("127.0.0.1:0", wslink.Config{MaxQueuedBytes: maxQueued}),
			func(addr string) crosspeer.Dialer { return wslink.Dial(addr) }
	},
	"webrtc": func() (crosspeer.Listener, func(string) crosspeer.Dialer) {
		return rtclink.Listen("127.0.0.1:0", rtclink.Config{UDPAddr: "127.0.0.1:0", MaxQueuedBytes: maxQueued}),
			func(addr string) crosspeer.Dialer { return rtclink.Dial(addr) }
	},
	"memory": func() (crosspeer.Listener, func(string) crosspeer.Dialer) {
		mem := memlink.New(memlink.Config{MaxQueuedBytes: maxQueued})
		return mem.Listen(), func(string) crosspeer.Dialer { return mem.Dial() }
	},
}

// crowd is a server and clients that note how long packets have travelled.
type crowd struct {
	srv     *crosspeer.Peer
	dial    func() crosspeer.Dialer
	clients []*crosspeer.Peer
	stalled *crosspeer.Peer // one more, whose packets are not timed; nil before stall

	mu    sync.Mutex
	times []time.Duration
	work  sync.WaitGroup
}

func newCrowd(tb testing.TB, transport string, n int) *crowd {
	tb.Helper()
	return newCrowdWith(tb, transport, n, nil)
}

// newCrowdWith is newCrowd with the configuration of the server.
func newCrowdWith(tb testing.TB, transport string, n int, cfg *crosspeer.Config) *crowd {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	listener, dial := stallable[transport]()
	srv, err := crosspeer.Listen(ctx, cfg, listener)
	if err != nil {
		tb.Fatal(err)
	}
	c := &crowd{srv: srv, dial: func() crosspeer.Dialer { return dial(srv.Addrs()[0]) }}
	tb.Cleanup(func() {
		for _, cli := range append(c.clients, c.stalled) {
			if cli != nil {
				cli.Close()
			}
		}
		srv.Close()
		c.work.Wait()
	})
	for range n {
		cli, err := crosspeer.Dial(ctx, nil, c.dial())
		if err != nil {
			tb.Fatal(err)
		}
		c.clients = append(c.clients, cli)
		c.work.Go(func() { c.follow(cli) })
	}
	return c
}

// stall brings in the client that reads nothing, or has somebody else read.
func (c *crowd) stall(tb testing.TB) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var err error
	if c.stalled, err = crosspeer.Dial(ctx, &crosspeer.Config{MaxInboxPackets: 16}, c.dial()); err != nil {
		tb.Fatal(err)
	}
}

// begun is the zero of the packets' times.
var begun = time.Now()

func (c *crowd) follow(cli *crosspeer.Peer) {
	for ev := range cli.Events(context.Background()) {
		if pkt, ok := ev.(crosspeer.PacketReceived); ok && pkt.From == crosspeer.TargetServer {
			took := time.Since(begun) - time.Duration(binary.LittleEndian.Uint64(pkt.Data))
			c.mu.Lock()
			c.times = append(c.times, took)
			c.mu.Unlock()
		}
	}
}

// broadcast sends a packet with the time in it to everybody.
func (c *crowd) broadcast(size int) error {
	data := make([]byte, size)
	binary.LittleEndian.PutUint64(data, uint64(time.Since(begun)))
	return c.srv.Send(crosspeer.Packet{Mode: crosspeer.Reliable, Data: data})
}

// One of 64 stops reading. Each packet reaches all others before the next is
// sent, so nothing that is for them waits for it; what waits for it is bounded;
// in the end it is disconnected with a reason.
func TestOneOf64StopsReadingAndNobodyElseNotices(t *testing.T) {
	for transport := range stallable {
		t.Run(transport, func(t *testing.T) {
			const others, size = 63, 32 << 10
			c := newCrowd(t, transport, others)
			c.stall(t)
			id := c.stalled.UniqueID()
			for sent := 1; c.srv.Stats().Slow == 0; sent++ {
				done := make(chan error, 1)
				go func() { done <- c.broadcast(size) }()
				select {
				case err := <-done:
					if err != nil {
						t.Fatal(err)
					}
				case <-time.After(patience):
					t.Fatalf("Send number %d waits", sent)
				}
				c.await(t, sent*others)
				for _, p := range c.srv.Peers() {
					if info, err := c.srv.PeerInfo(p); err == nil && info.QueuedBytes > maxQueued+size {
						t.Fatalf("%d bytes wait for %d, the limit is %d", info.QueuedBytes, p, maxQueued)
					}
				}
				if sent*size > 64<<20 {
					t.Fatalf("%d bytes were sent to a peer that does not read, and all were taken", sent*size)
				}
			}
			why := c.left(t, id)
			if why.Code != crosspeer.ReasonSlow || why.By != crosspeer.ByPolicy || why.Text == "" {
				t.Errorf("the reason is %+v", why)
			}
			if got := len(c.srv.Peers()); got != others {
				t.Errorf("%d of %d others are there", got, others)
			}
		})
	}
}

// left waits until a peer is gone and gives the reason.
func (c *crowd) left(tb testing.TB, id crosspeer.PeerID) crosspeer.Reason {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for {
		ev, err := c.srv.Next(ctx)
		if err != nil {
			tb.Fatal(err)
		}
		if gone, ok := ev.(crosspeer.PeerDisconnected); ok {
			if gone.ID != id {
				tb.Fatalf("%d is gone: %v", gone.ID, gone.Reason)
			}
			return gone.Reason
		}
	}
}

// await waits until the clients have got n packets in all.
func (c *crowd) await(tb testing.TB, n int) {
	tb.Helper()
	for end := time.Now().Add(patience); ; {
		c.mu.Lock()
		got := len(c.times)
		c.mu.Unlock()
		if got >= n {
			return
		}
		if time.Now().After(end) {
			tb.Fatalf("%d of %d packets have come", got, n)
		}
		runtime.Gosched()
	}
}

// BenchmarkStalled is the latency of broadcasts of 64 bytes at 63 of 64 peers,
// while the last one reads too and while it does not. One iteration is a round
// of both, so that they see the same machine; which is first changes from round
// to round. The figures are medians of the rounds.
func BenchmarkStalled(b *testing.B) {
	for _, transport := range []string{"enet", "websocket", "webrtc", "memory"} {
		b.Run(transport, func(b *testing.B) {
			c := newCrowd(b, transport, 63)
			c.round(b) // what is slow only once
			var p50, p99 [2][]float64
			for n := 0; b.Loop(); n++ {
				for half := range 2 {
					stalled := (n + half) % 2
					c.stall(b)
					if last := c.stalled; stalled == 0 {
						c.work.Go(func() {
							for range last.Events(context.Background()) {
							}
						})
					}
					times := c.round(b)
					id := c.stalled.UniqueID()
					c.stalled.Close()
					c.left(b, id)
					p50[stalled] = append(p50[stalled], float64(times[len(times)/2].Microseconds()))
					p99[stalled] = append(p99[stalled], float64(times[len(times)*99/100].Microseconds()))
				}
			}
			var ratios []float64
			for n := range p99[0] {
				ratios = append(ratios, p99[1][n]/p99[0][n])
			}
			b.ReportMetric(median(p50[0]), "p50-all-read-µs")
			b.ReportMetric(median(p50[1]), "p50-one-stalled-µs")
			b.ReportMetric(median(p99[0]), "p99-all-read-µs")
			b.ReportMetric(median(p99[1]), "p99-one-stalled-µs")
			b.ReportMetric(median(ratios), "p99-ratio")
		})
	}
}

// round sends 1000 broadcasts, one every 2 ms, and gives in ascending order
// how long they have travelled.
func (c *crowd) round(tb testing.TB) []time.Duration {
	tb.Helper()
	const n = 1000
	c.mu.Lock()
	c.times = c.times[:0]
	c.mu.Unlock()
	ticker := time.NewTicker(2 * time.Millisecond)
	defer ticker.Stop()
	for range n {
		<-ticker.C
		if err := c.broadcast(64); err != nil {
			tb.Fatal(err)
		}
	}
	c.await(tb, n*len(c.clients))
	slices.Sort(c.times)
	return c.times
}

func median(v []float64) float64 {
	slices.Sort(v)
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}
