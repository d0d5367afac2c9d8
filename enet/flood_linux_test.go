package enet_test

import (
	"encoding/binary"
	"math/rand/v2"
	"net"
	"net/netip"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"crosspeer/enet"
)

// floods are what strangers send to a host, in datagrams from addresses of
// 127.0.0.0/8, which are all this machine's own.
var floods = []struct {
	name string
	make func(rnd *rand.Rand, b []byte) []byte
}{
	{"CONNECT", func(rnd *rand.Rand, b []byte) []byte {
		clear(b[:52])
		binary.BigEndian.PutUint32(b, 0x8fff0000)
		binary.BigEndian.PutUint32(b[4:], 0x82ff0001)
		binary.BigEndian.PutUint32(b[8:], 0x0000ffff)
		binary.BigEndian.PutUint32(b[12:], 1400)
		binary.BigEndian.PutUint32(b[16:], 65536)
		binary.BigEndian.PutUint32(b[20:], 2)
		binary.BigEndian.PutUint32(b[32:], 5000)
		binary.BigEndian.PutUint32(b[36:], 2)
		binary.BigEndian.PutUint32(b[40:], 2)
		binary.BigEndian.PutUint32(b[44:], rnd.Uint32())
		return b[:52]
	}},
	{"junk", func(rnd *rand.Rand, b []byte) []byte {
		for i := range b[:100] {
			b[i] = byte(rnd.Uint32())
		}
		return b[:100]
	}},
	{"compressed junk", func(rnd *rand.Rand, b []byte) []byte {
		for i := range b[:50] {
			b[i] = byte(rnd.Uint32())
		}
		binary.BigEndian.PutUint16(b, 0xcfff)
		return b[:50]
	}},
}

// BenchmarkFlood is the round trip of eight players, who ask 60 times a second,
// in rounds of two seconds that take turns: in peace, and while strangers send
// 50,000 datagrams a second from 65,000 addresses. Players, strangers and host
// share the machine. In the flood of requests to connect somebody else joins ten
// times a second.
func BenchmarkFlood(b *testing.B) {
	for _, kind := range floods {
		b.Run(kind.name, func(b *testing.B) {
			var trips tripLog
			server, players := echoes(b, &trips)
			var quiet, loud []time.Duration
			var sent, most, joins, late int
			var heap uint64
			var before, after runtime.MemStats
			for b.Loop() {
				quiet = append(quiet, play(&trips, players)...)
				runtime.GC()
				runtime.ReadMemStats(&before)
				over := make(chan struct{})
				var others sync.WaitGroup
				others.Go(func() { sent += strangers(b, server.LocalAddr(), kind.make, over) })
				if kind.name == "CONNECT" {
					others.Go(func() {
						n, slow := visitors(b, server.LocalAddr(), over)
						joins, late = joins+n, late+slow
					})
				}
				loud = append(loud, play(&trips, players)...)
				most = max(most, server.Stats().HalfOpen)
				close(over)
				others.Wait()
				runtime.GC()
				runtime.ReadMemStats(&after)
				heap = max(heap, after.HeapAlloc-min(before.HeapAlloc, after.HeapAlloc))
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(percentile(quiet, 99).Microseconds()), "µs-p99-quiet")
			b.ReportMetric(float64(percentile(loud, 99).Microseconds()), "µs-p99-flood")
			b.ReportMetric(float64(percentile(quiet, 50).Microseconds()), "µs-p50-quiet")
			b.ReportMetric(float64(percentile(loud, 50).Microseconds()), "µs-p50-flood")
			b.ReportMetric(float64(sent)/2/float64(b.N), "datagrams/s")
			b.ReportMetric(float64(heap)/(1<<20), "MiB-heap")
			if joins > 0 {
				b.ReportMetric(float64(late)/float64(joins)*100, "%late-joins")
			}
			b.Logf("%d half-open at most; %d joins, %d of them late", most, joins, late)
		})
	}
}

// BenchmarkGreedyPlayer is the round trip of the same eight players while another
// one sends as fast as it can: small packets, big ones of which fragments wait for
// each other, and on many channels. The server has no policy that would stop it.
func BenchmarkGreedyPlayer(b *testing.B) {
	for _, greedy := range []struct {
		name  string
		size  int
		flags enet.Flags
	}{
		{"small unreliable packets", 20, 0},
		{"small reliable packets", 20, enet.Reliable},
		{"unreliable packets in fragments", 20_000, enet.UnreliableFragment},
		{"reliable packets in fragments", 200_000, enet.Reliable},
	} {
		b.Run(greedy.name, func(b *testing.B) {
			var trips tripLog
			server, players := echoes(b, &trips)
			bad, err := enet.Dial(b.Context(), server.LocalAddr().String(), 255, greed, nil)
			if err != nil {
				b.Fatal(err)
			}
			defer bad.Host().Close()
			noThrottle(bad)
			data := make([]byte, greedy.size)
			var quiet, loud []time.Duration
			sent := 0
			for b.Loop() {
				quiet = append(quiet, play(&trips, players)...)
				over := make(chan struct{})
				var sending sync.WaitGroup
				sending.Go(func() {
					for i := 0; ; i++ {
						select {
						case <-over:
							return
						default:
						}
						if bad.Send(uint8(i%255), data, greedy.flags) == nil && bad.Stats().QueuedBytes < 1<<20 {
							sent++
						} else {
							runtime.Gosched()
						}
					}
				})
				loud = append(loud, play(&trips, players)...)
				close(over)
				sending.Wait()
				for end := time.Now().Add(patience); bad.Stats().QueuedPackets > 0 && time.Now().Before(end); runtime.Gosched() {
				}
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(percentile(quiet, 99).Microseconds()), "µs-p99-quiet")
			b.ReportMetric(float64(percentile(loud, 99).Microseconds()), "µs-p99-greedy")
			b.ReportMetric(float64(percentile(quiet, 50).Microseconds()), "µs-p50-quiet")
			b.ReportMetric(float64(percentile(loud, 50).Microseconds()), "µs-p50-greedy")
			b.ReportMetric(float64(sent)/2/float64(b.N), "packets/s")
		})
	}
}

// greed is the data with which a client connects whose packets are dropped.
const greed = 666

// echoes makes a host that sends back what it gets, and eight players at it who
// note their round trips.
func echoes(b *testing.B, trips *tripLog) (server *enet.Host, players []*enet.Peer) {
	server = listen(b, &enet.Config{Recognize: []*enet.Compression{enet.RangeCoder}, Handler: func(ev enet.Event) {
		if ev.Type == enet.EventReceive {
			if ev.Peer.ConnectData() != greed {
				ev.Peer.SendPacket(ev.Channel, ev.Packet, 0)
			}
			ev.Packet.Release()
		}
	}})
	clients := listen(b, &enet.Config{Handler: func(ev enet.Event) {
		switch ev.Type {
		case enet.EventConnect:
			noThrottle(ev.Peer)
		case enet.EventReceive:
			trips.note(int64(binary.LittleEndian.Uint64(ev.Data())))
			ev.Packet.Release()
		}
	}})
	for range 8 {
		p, err := clients.Connect(server.LocalAddr(), 1, 0)
		if err != nil {
			b.Fatal(err)
		}
		players = append(players, p)
	}
	for end := time.Now().Add(patience); server.Stats().Peers < len(players); runtime.Gosched() {
		if time.Now().After(end) {
			b.Fatal("the players do not come in")
		}
	}
	return server, players
}

// tripLog takes round trips from the goroutine of a host.
type tripLog struct {
	begin time.Time
	mu    sync.Mutex
	list  []time.Duration
	on    atomic.Bool
}

func (l *tripLog) note(at int64) {
	if l.on.Load() {
		l.mu.Lock()
		l.list = append(l.list, time.Since(l.begin)-time.Duration(at))
		l.mu.Unlock()
	}
}

// play asks for two seconds and gives the round trips.
func play(l *tripLog, players []*enet.Peer) []time.Duration {
	l.mu.Lock()
	l.list = nil
	if l.begin.IsZero() {
		l.begin = time.Now()
	}
	l.mu.Unlock()
	l.on.Store(true)
	tick := time.NewTicker(time.Second / 60)
	defer tick.Stop()
	for range 120 {
		<-tick.C
		for _, p := range players {
			p.Send(0, append(binary.LittleEndian.AppendUint64(nil, uint64(time.Since(l.begin))), make([]byte, 56)...), 0)
		}
	}
	<-tick.C
	l.on.Store(false)
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.list
}

// strangers send until it is over and give the number of datagrams.
func strangers(b *testing.B, to netip.AddrPort, kind func(*rand.Rand, []byte) []byte, over <-chan struct{}) (sent int) {
	conn, err := net.ListenUDP("udp4", nil)
	if err != nil {
		b.Error(err)
		return
	}
	defer conn.Close()
	rnd := rand.New(rand.NewPCG(1, 2))
	buf := make([]byte, 128)
	begin := time.Now()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-over:
			return sent
		case <-tick.C:
			for due := int(time.Since(begin).Seconds() * 50_000); sent < due; sent++ {
				n := rnd.IntN(65_000)
				from := &unix.Inet4Pktinfo{Spec_dst: [4]byte{127, byte(1 + n>>16), byte(n >> 8), byte(n)}}
				if _, _, err := conn.WriteMsgUDPAddrPort(kind(rnd, buf), unix.PktInfo4(from), to); err != nil {
					b.Error(err)
					return
				}
			}
		}
	}
}

// visitors join and leave ten times a second and give their number, and how many
// of them were not there within a second.
func visitors(b *testing.B, to netip.AddrPort, over <-chan struct{}) (n, late int) {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-over:
			return n, late
		case <-tick.C:
			begin := time.Now()
			p, err := enet.Dial(b.Context(), to.String(), 1, 0, nil)
			if err != nil {
				b.Error(err)
				return
			}
			if n++; time.Since(begin) > time.Second {
				late++
			}
			p.Host().Close()
		}
	}
}

func percentile(list []time.Duration, p int) time.Duration {
	if len(list) == 0 {
		return 0
	}
	slices.Sort(list)
	return list[(len(list)-1)*p/100]
}
