package matrix

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"crosspeer"
)

// strict are limits that an honest client does not notice.
var strict = crosspeer.Policy{
	Peer: crosspeer.PeerLimits{
		Reliable:       crosspeer.Rate{Packets: 1000, Bytes: maxQueued / 2}, // what comes at once fits others' queues
		Unreliable:     crosspeer.Rate{Packets: 1000, Bytes: 1 << 20},
		MaxPacketBytes: 16 << 10,
	},
	MaxMemoryBytes: 64 << 20,
}

// attack is what somebody does who was let in. It returns when he is out or
// ctx is done.
type attack struct {
	name string
	do   func(ctx context.Context, p *crosspeer.Peer)

	// pushedBack: he is slowed down. Otherwise he is disconnected.
	pushedBack bool

	unreliable bool // WebSocket knows no such packets
}

// flood sends as fast as the link takes it.
func flood(mode crosspeer.TransferMode, size int, channels int) func(context.Context, *crosspeer.Peer) {
	return func(ctx context.Context, p *crosspeer.Peer) {
		data := make([]byte, size)
		for n := 0; ctx.Err() == nil; n++ {
			pkt := crosspeer.Packet{To: crosspeer.TargetBroadcast, Mode: mode, Data: data}
			if channels > 0 {
				pkt.Channel = 1 + n%channels
			}
			err := p.Send(pkt)
			switch {
			case errors.Is(err, crosspeer.ErrQueueFull):
				pause(ctx, time.Millisecond)
			case err != nil:
				return
			case n%64 == 0:
				pause(ctx, 0)
			}
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

var attacks = []attack{
	{"unreliable packets as fast as it goes", flood(crosspeer.Unreliable, 64, 0), false, true},
	{"ordered packets on every channel", flood(crosspeer.UnreliableOrdered, 64, 2), false, true},
	{"reliable packets as fast as it goes", flood(crosspeer.Reliable, 64, 0), true, false},
	{"large reliable packets", flood(crosspeer.Reliable, 16<<10, 0), true, false},
	{"a packet that is too large", flood(crosspeer.Reliable, 16<<10+1, 0), false, false},
}

// Somebody who was let in sends too much. Others get everything that is for
// them, and no more of his than his limit.
func TestAnAttackerMeetsHisLimits(t *testing.T) {
	const others = 3
	for transport := range stallable {
		t.Run(transport, func(t *testing.T) {
			for _, a := range attacks {
				if a.unreliable && transport == "websocket" || a.pushedBack && testing.Short() {
					continue
				}
				t.Run(a.name, func(t *testing.T) {
					c := newCrowdWith(t, transport, others, &crosspeer.Config{Policy: strict})
					ctx, stop := context.WithTimeout(context.Background(), patience)
					defer stop()
					bad, err := crosspeer.Dial(ctx, nil, c.dial())
					if err != nil {
						t.Fatal(err)
					}
					defer bad.Close()
					id := bad.UniqueID()
					c.work.Go(func() { a.do(ctx, bad) })
					if a.pushedBack {
						c.pushesBack(t, id)
						stop()
						return
					}
					why := c.left(t, id)
					if why.Code != crosspeer.ReasonLimit || why.By != crosspeer.ByPolicy || why.Text == "" {
						t.Errorf("the reason is %+v", why)
					}
					if n := len(c.srv.Peers()); n != others {
						t.Errorf("%d of %d others are there", n, others)
					}
					if st := c.srv.Stats(); st.Limited != 1 {
						t.Errorf("%+v", st)
					}
				})
			}
		})
	}
}

// pushesBack checks for a second at least that a peer that sends reliably gets no more
// through than its limit, and that others are served meanwhile.
func (c *crowd) pushesBack(t *testing.T, id crosspeer.PeerID) {
	t.Helper()
	begun := time.Now()
	drained := make(chan struct{})
	ctx, stop := context.WithCancel(context.Background())
	go func() { // the server's program reads on
		defer close(drained)
		for range c.srv.Events(ctx) {
		}
	}()
	defer func() { stop(); <-drained }()
	for time.Since(begun) < time.Second || c.srv.Stats().RatePaused == 0 {
		if time.Since(begun) > patience {
			t.Fatalf("nobody was pushed back: %+v", c.srv.Stats())
		}
		if err := c.broadcast(64); err != nil {
			t.Fatal(err)
		}
		<-time.After(10 * time.Millisecond)
	}
	st, took := c.srv.Stats(), time.Since(begun).Seconds()
	if st.Received > uint64(1000*(took+2)) {
		t.Errorf("%d packets got through in %.1f s", st.Received, took)
	}
	info, err := c.srv.PeerInfo(id)
	if err != nil || info.Drops.RatePaused == 0 {
		t.Errorf("somebody else was pushed back: %v, %+v", err, st)
	}
	if st.Slow > 0 || st.Peers != len(c.clients)+1 {
		t.Errorf("others are gone: %+v", st)
	}
	if total := c.srv.LinkStats(); total.WaitingBytes > 40<<20 {
		t.Errorf("%d bytes wait", total.WaitingBytes)
	}
}

// BenchmarkAttacked is the latency of broadcasts at 63 peers of a server with
// limits: quiet, and while somebody floods it and comes back whenever he is
// thrown out. He runs in the same process, on the same two processors.
func BenchmarkAttacked(b *testing.B) {
	for _, transport := range []string{"enet", "websocket", "webrtc", "memory"} {
		for _, a := range attacks[:3] {
			if a.unreliable && transport == "websocket" {
				continue
			}
			b.Run(transport+"/"+strings.ReplaceAll(a.name, " ", "-"), func(b *testing.B) { benchmarkAttack(b, transport, a) })
		}
	}
}

func benchmarkAttack(b *testing.B, transport string, a attack) {
	policy := strict
	c := newCrowdWith(b, transport, 63, &crosspeer.Config{Policy: policy})
	drain, stop := context.WithCancel(context.Background())
	defer stop()
	c.work.Go(func() {
		for range c.srv.Events(drain) {
		}
	})
	c.round(b)
	var ratios, quiet, busy []float64
	for b.Loop() {
		before := c.round(b)
		ctx, end := context.WithCancel(context.Background())
		over := make(chan struct{})
		go func() {
			defer close(over)
			for ctx.Err() == nil {
				if bad, err := crosspeer.Dial(ctx, nil, c.dial()); err == nil {
					a.do(ctx, bad)
					bad.Close()
				}
				pause(ctx, 10*time.Millisecond)
			}
		}()
		during := c.round(b)
		end()
		<-over
		q, d := float64(before[len(before)*99/100].Microseconds()), float64(during[len(during)*99/100].Microseconds())
		quiet, busy, ratios = append(quiet, q), append(busy, d), append(ratios, d/q)
	}
	b.ReportMetric(median(quiet), "p99-quiet-µs")
	b.ReportMetric(median(busy), "p99-attacked-µs")
	b.ReportMetric(median(ratios), "p99-ratio")
}
