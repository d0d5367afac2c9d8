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
	"crosspeer/link/rtclink"
	"crosspeer/link/wslink"
)

// stallable are transports and how to open them.
var stallable = map[string]func() (crosspeer.Listener, func(addr string) crosspeer.Dialer){
	"enet": func() (crosspeer.Listener, func(string) crosspeer.Dialer) {
		cfg := enetlink.Config{MaxClients: 64}
		return enetlink.Listen("127.0.0.1:0", cfg), func(addr string) crosspeer.Dialer {
			return enetlink.Dial(strings.TrimPrefix(addr, "enet://"), cfg)
		}
	},
	"websocket": func() (crosspeer.Listener, func(string) crosspeer.Dialer) {
		return wslink.Listen("127.0.0.1:0"), func(addr string) crosspeer.Dialer { return wslink.Dial(addr) }
	},
	"webrtc": func() (crosspeer.Listener, func(string) crosspeer.Dialer) {
		return rtclink.Listen("127.0.0.1:0", rtclink.Config{UDPAddr: "127.0.0.1:0"}),
			func(addr string) crosspeer.Dialer { return rtclink.Dial(addr) }
	},
}

// crowd is a server and clients that note how long packets have travelled.
type crowd struct {
	srv     *crosspeer.Peer
	clients []*crosspeer.Peer
	stalled *crosspeer.Peer // one more, which never reads

	mu    sync.Mutex
	times []time.Duration
	work  sync.WaitGroup
}

func newCrowd(tb testing.TB, transport string, n int, stall bool) *crowd {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	tb.Cleanup(cancel)
	listener, dial := stallable[transport]()
	srv, err := crosspeer.Listen(ctx, nil, listener)
	if err != nil {
		tb.Fatal(err)
	}
	c := &crowd{srv: srv}
	for range n {
		cli, err := crosspeer.Dial(ctx, nil, dial(srv.Addrs()[0]))
		if err != nil {
			tb.Fatal(err)
		}
		c.clients = append(c.clients, cli)
		c.work.Go(func() { c.follow(cli) })
	}
	if stall {
		cfg := &crosspeer.Config{MaxInboxPackets: 16}
		if c.stalled, err = crosspeer.Dial(ctx, cfg, dial(srv.Addrs()[0])); err != nil {
			tb.Fatal(err)
		}
	}
	tb.Cleanup(func() {
		for _, cli := range append(c.clients, c.stalled) {
			if cli != nil {
				cli.Close()
			}
		}
		srv.Close()
		c.work.Wait()
	})
	return c
}

// begun is the zero of the packets' times.
var begun = time.Now()

func (c *crowd) follow(cli *crosspeer.Peer) {
	for ev := range cli.Events(context.Background()) {
		if pkt, ok := ev.(crosspeer.PacketReceived); ok {
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

// One of the crowd stops reading. The others get everything, the server's
// memory for it is bounded, and it is disconnected with a reason.
func TestAStalledPeerIsDroppedAndNobodyElseNotices(t *testing.T) {
	for transport := range stallable {
		t.Run(transport, func(t *testing.T) {
			const clients, size = 4, 60 << 10
			c := newCrowd(t, transport, clients, true)
			sent := 0
			for c.srv.Stats().Slow == 0 {
				if err := c.broadcast(size); err != nil {
					t.Fatal(err)
				}
				sent++
				if sent*size > 64<<20 {
					t.Fatalf("%d bytes were queued for a peer that does not read", sent*size)
				}
				c.await(t, sent*clients) // nobody else is to be too slow
			}
			for {
				ev, err := c.srv.Next(testContext(t))
				if err != nil {
					t.Fatal(err)
				}
				gone, ok := ev.(crosspeer.PeerDisconnected)
				if !ok {
					continue
				}
				if gone.ID != c.stalled.UniqueID() && c.stalled.UniqueID() != 0 || gone.Reason.Code != crosspeer.ReasonSlow || gone.Reason.Text == "" {
					t.Errorf("%d is gone: %+v", gone.ID, gone.Reason)
				}
				break
			}
			if got := len(c.srv.Peers()); got != clients {
				t.Errorf("%d of %d others are there", got, clients)
			}
		})
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

// BenchmarkStalled is the latency of broadcasts of 64 bytes to 63 peers, alone
// and with one more that has stopped reading.
func BenchmarkStalled(b *testing.B) {
	for _, transport := range []string{"enet", "websocket", "webrtc"} {
		for _, stall := range []bool{false, true} {
			name := transport + "/all read"
			if stall {
				name = transport + "/one does not"
			}
			b.Run(name, func(b *testing.B) {
				c := newCrowd(b, transport, 63, stall)
				ticker := time.NewTicker(2 * time.Millisecond)
				defer ticker.Stop()
				sent := 0
				for b.Loop() {
					<-ticker.C
					if err := c.broadcast(64); err != nil {
						b.Fatal(err)
					}
					sent++
				}
				c.await(b, sent*63)
				slices.Sort(c.times)
				b.ReportMetric(float64(c.times[len(c.times)/2].Microseconds()), "p50-µs")
				b.ReportMetric(float64(c.times[len(c.times)*99/100].Microseconds()), "p99-µs")
			})
		}
	}
}
