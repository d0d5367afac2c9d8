package engine

import (
	"cmp"
	"encoding/binary"
	"hash/crc32"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"crosspeer/enet/internal/fastlz"
	"crosspeer/enet/internal/protocol"
	"crosspeer/enet/internal/rangecoder"
	"crosspeer/enet/internal/zlib"
	"crosspeer/internal/hostile"
	"crosspeer/internal/simnet"
)

// forger sends a host datagrams with forged sources. It never sees an answer;
// the test does.
type forger struct {
	*hand
	in, out int // bytes from and to the forged addresses
}

// forge sends a datagram from an address.
func (f *forger) forge(from netip.AddrPort, b []byte) {
	f.in += len(b)
	f.h.Receive(f.now, from, b)
	f.drain()
}

// drain counts what the host sends.
func (f *forger) drain() (sent int) {
	f.h.Tick(f.now)
	for more := true; more; {
		f.hand.out.Reset()
		more = f.h.Flush(f.now, f.hand.out)
		for _, d := range f.hand.out.Datagrams {
			f.out += len(d.Data)
			sent++
		}
	}
	return sent
}

func forgerOf(t testing.TB, cfg Config) *forger { return &forger{hand: newHand(t, cfg)} }

// squeeze compresses a datagram's commands, which begin at head; the header says
// so already.
func squeeze(c Codec, b []byte, head int) []byte {
	dst := make([]byte, 4096)
	n := c.Compress(dst, b[head:])
	return append(append([]byte(nil), b[:head]...), dst[:n]...)
}

// What a host sends to addresses that have not shown themselves is never more
// than what came from them.
func TestForgedConnectsAreNotAmplified(t *testing.T) {
	ordinary := func(f *protocol.Connect) {}
	// Fields chosen so that CONNECT compresses well and the answer does not.
	slim := func(f *protocol.Connect) {
		*f = protocol.Connect{ChannelCount: 1, IncomingSession: 0, OutgoingSession: 0}
	}
	for _, tt := range []struct {
		name   string
		cfg    Config
		edit   func(*protocol.Connect)
		timed  bool
		answer bool // expected
	}{
		{"plain", Config{}, ordinary, true, true},
		{"without sent time", Config{}, ordinary, false, true},
		{"checksum", Config{Checksum: crc32.ChecksumIEEE}, ordinary, true, true},
		{"range coder", Config{Codec: new(rangecoder.Coder)}, ordinary, true, true},
		{"range coder, CONNECT that compresses well", Config{Codec: new(rangecoder.Coder)}, slim, false, true},
		{"range coder and checksum", Config{Codec: new(rangecoder.Coder), Checksum: crc32.ChecksumIEEE}, slim, true, true},
		{"FastLZ, CONNECT that compresses well", Config{Codec: new(fastlz.Coder)}, slim, false, true},
		{"zlib, CONNECT that compresses well", Config{Codec: new(zlib.Coder)}, slim, false, true},
		{"recognised zlib, CONNECT that compresses well", Config{Codec: new(zlib.Coder), Accept: everyCodec()}, slim, false, true},
		{"full host that rejects", Config{RejectWhenFull: true, Admit: func(netip.AddrPort, uint32) Admission { return Reject }}, ordinary, false, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := forgerOf(t, tt.cfg)
			for i := range 50 {
				victim := source(i)
				c := f.request()
				tt.edit(&c)
				binary.LittleEndian.PutUint32(c.ConnectID[:], uint32(i/5))
				b := f.wrap(protocol.Header{PeerID: protocol.NoPeer, HasTime: tt.timed, Compressed: tt.cfg.Codec != nil}, connect(c))
				if tt.cfg.Codec != nil {
					b = squeeze(tt.cfg.Codec, b, len(b)-protocol.OpConnect.Size())
				}
				for range 40 { // again and again
					f.forge(victim, b)
					f.now += 100 * time.Millisecond
					if f.out > f.in {
						t.Fatalf("%d bytes out for %d in", f.out, f.in)
					}
				}
			}
			for range 60 {
				f.now += time.Second
				if n := f.drain(); n != 0 {
					t.Fatalf("%d datagrams by a timer", n)
				}
			}
			if (f.out > 0) != tt.answer {
				t.Errorf("%d bytes out", f.out)
			}
			t.Logf("%d bytes out for %d in: %.2f", f.out, f.in, float64(f.out)/float64(f.in))
		})
	}
}

// Damaged handshakes and junk, from addresses that have not shown themselves,
// never bring any of them more bytes than came from it.
func TestDamagedHandshakesAreNotAmplified(t *testing.T) {
	datagrams := 100_000
	if testing.Short() || raceEnabled {
		datagrams = 10_000
	}
	for seed := range simnet.Seeds(t, 4) {
		cfg := Config{Accept: []Codec{new(rangecoder.Coder)}, RejectWhenFull: seed%2 == 1, MaxPeers: 1 + int(seed%2)}
		if seed%4 >= 2 {
			cfg = Config{Checksum: crc32.ChecksumIEEE, Codec: new(rangecoder.Coder)}
		}
		f := forgerOf(t, cfg)
		valid := recordedDatagrams(t)
		hello := protocol.Header{PeerID: protocol.NoPeer, HasTime: true}
		for range len(valid) { // half of all are of a handshake
			plain := f.wrap(hello, connect(f.request()))
			valid = append(valid, plain)
			if c := cmp.Or(cfg.Codec, Codec(new(rangecoder.Coder))); c != nil {
				squeezed := hello
				squeezed.Compressed = true
				b := f.wrap(squeezed, connect(f.request()))
				valid = append(valid, squeeze(c, b, len(b)-protocol.OpConnect.Size()))
			}
		}
		d := hostile.NewDamager(seed, protocol.MaxDatagram, valid)
		rnd := rand.New(rand.NewPCG(seed, 5))
		balance := map[netip.AddrPort]int{}
		sent := 0
		for range datagrams {
			from := forgedAddress(uint32(rnd.IntN(3000)))
			b := valid[rnd.IntN(len(valid))]
			if rnd.IntN(4) > 0 {
				b = d.Damage(b)
			}
			balance[from] += len(b)
			f.h.Receive(f.now, from, b)
			f.now += time.Duration(rnd.IntN(3)) * time.Millisecond
			f.h.Tick(f.now)
			for more := true; more; {
				f.hand.out.Reset()
				more = f.h.Flush(f.now, f.hand.out)
				for _, g := range f.hand.out.Datagrams {
					sent++
					if balance[g.To] -= len(g.Data); balance[g.To] < 0 {
						t.Fatalf("%v has been sent %d bytes more than came from it", g.To, -balance[g.To])
					}
				}
			}
		}
		if sent == 0 || f.h.PeerCount() > 0 {
			t.Errorf("seed %d: %d answers, %d peers", seed, sent, f.h.PeerCount())
		}
	}
}

// Whoever cannot see the answer can still guess slot and session and make the
// host believe that a completing acknowledgement was lost.
func TestReverificationDoesNotAmplify(t *testing.T) {
	for _, sum := range []func([]byte) uint32{nil, crc32.ChecksumIEEE} {
		f := forgerOf(t, Config{Checksum: sum})
		victim := source(9)
		f.forge(victim, f.wrap(protocol.Header{PeerID: protocol.NoPeer, HasTime: true}, connect(f.request())))
		f.now += halfOpenPause
		for slot := range uint16(protocol.NoPeer) {
			for session := range uint8(4) {
				f.forge(victim, f.wrap(protocol.Header{PeerID: slot, Session: session}, ping(2)))
			}
		}
		answers := (f.out - 48) / 48
		if answers == 0 {
			t.Error("no guess was right")
		}
		// An expected 8192 guesses of at least 6 bytes find the slot; from then
		// on the host answers some thirty times at most, with a pause between.
		for range 1000 {
			f.now += 10 * time.Millisecond
			r := f.h.halfOpen.byConnect(victim, f.id)
			if r == nil {
				break
			}
			f.forge(victim, f.wrap(protocol.Header{PeerID: r.slot, Session: r.inSession}, ping(2)))
		}
		if f.out > halfOpenAnswers*(48+4) || f.out > f.in {
			t.Errorf("%d bytes out for %d in", f.out, f.in)
		}
	}
}

// The acknowledgement that completes a handshake holds 44 to 46 bits that only
// the receiver of VERIFY_CONNECT knows.
func TestTenMillionBlindGuessesCompleteNoHandshake(t *testing.T) {
	tries := 10_000_000
	if testing.Short() || raceEnabled {
		tries /= 50
	}
	f := forgerOf(t, Config{})
	rnd := rand.New(rand.NewPCG(1, 2))
	b := make([]byte, 2, 10)
	b = append(b, ack(protocol.ControlChannel, 0, 0)...)
	c := f.wrap(protocol.Header{PeerID: protocol.NoPeer, HasTime: true}, connect(f.request()))
	for i := range tries {
		if i%10_000 == 0 { // the record stays fresh
			f.now += 500 * time.Millisecond
			f.forge(source(9), c)
		}
		r := rnd.Uint64()
		binary.BigEndian.PutUint16(b, uint16(r)%protocol.NoPeer|uint16(r>>16&3)<<12)
		binary.BigEndian.PutUint16(b[6:], uint16(r>>24))
		binary.BigEndian.PutUint16(b[8:], uint16(r>>40))
		f.h.Receive(f.now, source(9), b)
	}
	if n := f.h.PeerCount() + f.h.Pending(); n != 0 {
		t.Errorf("%d handshakes were completed", n)
	}
	if f.h.HalfOpen() == 0 {
		t.Error("there was no handshake to complete")
	}
}

// 100,000 CONNECTs from as many addresses cost a host of 32 peers a bounded
// piece of memory.
func TestMemoryUnderAFloodOfConnects(t *testing.T) {
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	f := forgerOf(t, Config{MaxPeers: 32})
	c := connect(f.request())
	b := f.wrap(protocol.Header{PeerID: protocol.NoPeer, HasTime: true}, c)
	f.drain()
	before := heap()
	for i := range uint32(100_000) {
		binary.BigEndian.PutUint32(b[4+40:], i)
		f.forge(forgedAddress(i), b)
		f.now += 10 * time.Microsecond
	}
	grown := int64(heap()) - int64(before)
	t.Logf("%d bytes for %d handshakes", grown, f.h.HalfOpen())
	if grown > 16<<20 {
		t.Errorf("the heap grew by %d bytes", grown)
	}
	if n := f.h.HalfOpen(); n > 32768 || f.h.PeerCount() != 0 {
		t.Errorf("%d handshakes, %d peers", n, f.h.PeerCount())
	}
	for range 10 {
		f.now += time.Second
		f.drain()
	}
	if left := int64(heap()) - int64(before); left > 1<<20 || f.h.HalfOpen() != 0 {
		t.Errorf("ten seconds later %d bytes and %d handshakes are left", left, f.h.HalfOpen())
	}
	runtime.KeepAlive(f)
}

// forgedAddress spreads addresses over all networks.
func forgedAddress(i uint32) netip.AddrPort {
	x := i * 2654435761
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{byte(1 + x>>24%200), byte(x >> 16), byte(x >> 8), byte(x)}), uint16(1024+i%50000))
}

// While a host of 32 peers is flooded with 50,000 forged CONNECTs a second from
// 65,000 addresses, and after it, real clients get in. Ten of them try at a time.
func TestClientsGetInDuringAndAfterAFlood(t *testing.T) {
	for _, tt := range []struct {
		name  string
		delay time.Duration
		fresh bool // every forged CONNECT has an identifier of its own
		tries int
	}{
		{"round trips of 40 ms", 20 * time.Millisecond, true, 1000},
		{"round trips of 40 ms, the same CONNECTs again", 20 * time.Millisecond, false, 300},
		{"round trips of 200 ms", 100 * time.Millisecond, true, 300},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tries, rate := tt.tries, 50_000
			if testing.Short() || raceEnabled {
				tries, rate = 20, 10_000
			}
			net := simnet.New(1, simnet.Conditions{Delay: tt.delay, Jitter: 5 * time.Millisecond})
			server := newNode(t, net, source(0), 1, Config{MaxPeers: 32})
			server.clock = 0
			forged := newHand(t, Config{})
			b := forged.wrap(protocol.Header{PeerID: protocol.NoPeer, HasTime: true}, connect(forged.request()))
			n, flooding := uint32(0), true
			var flood func()
			flood = func() {
				for range rate / 1000 {
					n++
					d := append([]byte(nil), b...)
					if tt.fresh {
						binary.BigEndian.PutUint32(d[4+40:], n)
					}
					net.Inject(forgedAddress(n%65_000), server.addr, d, 0)
				}
				if flooding {
					net.At(net.Now()+time.Millisecond, flood)
				}
			}
			net.At(0, flood)
			net.RunFor(2 * time.Second) // the table is full
			for _, when := range []string{"during", "after"} {
				in, slowest := 0, time.Duration(0)
				for i := 0; i < tries; i += 10 {
					begin := net.Now()
					var clients [10]*node
					for j := range clients {
						c := newNode(t, net, source(1+j), uint64(i+j)+2, Config{})
						c.do(func() { c.h.Connect(server.addr, 2, uint32(i+j)) })
						clients[j] = c
					}
					joined := 0
					server.on = func(ev Event) {
						if ev.Kind == EventConnect && net.Now()-begin < time.Second {
							joined++
							slowest = max(slowest, net.Now()-begin)
						}
					}
					net.RunWhile(time.Second, func() bool { return joined < len(clients) })
					in += joined
					for _, c := range clients {
						c.do(func() {
							if c.peer != nil {
								c.peer.DisconnectNow(0)
							}
						})
					}
					net.RunFor(2*tt.delay + 20*time.Millisecond) // their goodbyes arrive
					for _, c := range clients {
						net.Detach(c.addr)
					}
				}
				t.Logf("%s the flood, at %v: %d of %d clients got in, the slowest after %v", when, net.Now(), in, tries, slowest)
				if in < tries*99/100 {
					t.Errorf("%s the flood %d of %d clients got in within a second", when, in, tries)
				}
				flooding = false
			}
			if s := server.h.Stats(); s.Connects < uint64(n)*9/10 {
				t.Errorf("%d CONNECTs were forged, %d received", n, s.Connects)
			}
		})
	}
}

// A network that floods loses its share of the table; the others keep theirs,
// and it is served again when it has stopped.
func TestAFloodingNetworkHarmsItselfAndRecovers(t *testing.T) {
	f := forgerOf(t, Config{MaxHalfOpen: 4096})
	flood := func(ip func(i int) netip.Addr) {
		for i := range 20_000 {
			binary.LittleEndian.PutUint32(f.id[:], uint32(i))
			f.forge(netip.AddrPortFrom(ip(i), uint16(1024+i%60000)), f.wrap(protocol.Header{PeerID: protocol.NoPeer}, connect(f.request())))
		}
	}
	bad := netip.MustParseAddr("203.0.113.5")
	bad6 := func(i int) netip.Addr {
		a := netip.MustParseAddr("2001:db8:1:2::").As16()
		binary.BigEndian.PutUint32(a[12:], uint32(i))
		return netip.AddrFrom16(a)
	}
	flood(func(int) netip.Addr { return bad })
	flood(bad6)
	if n := f.h.HalfOpen(); n > 4096*3/4 {
		t.Errorf("%d of 4096 records are in use", n)
	}
	if f.h.Stats().HalfOpenFull == 0 {
		t.Error("nobody was refused")
	}
	refused := f.hand.other(1)
	refused.addr = netip.AddrPortFrom(bad6(77), 999)
	refused.ask(refused.request())
	if _, ok := refused.verified(); ok {
		t.Error("the flooding network is still answered")
	}
	for i := range 50 {
		good := f.hand.other(100 + i)
		good.addr = forgedAddress(uint32(i))
		good.join().peer.Reset()
	}
	f.now += halfOpenLife + halfOpenSweep
	f.drain()
	refused.now = f.now
	refused.join()
	again := refused.other(0)
	again.addr = netip.AddrPortFrom(bad, 5)
	again.join()
}

// The handshake table stays sound under every history.
func TestHandshakeTableInvariants(t *testing.T) {
	for seed := range simnet.Seeds(t, 10) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		f := forgerOf(t, Config{MaxHalfOpen: 64 << (seed % 5), Rand: rnd, MaxPeers: 50})
		for i := range 3000 {
			f.addr = forgedAddress(uint32(rnd.IntN(400)))
			binary.LittleEndian.PutUint32(f.id[:], uint32(rnd.IntN(5)))
			f.remote = uint16(rnd.IntN(3))
			switch rnd.IntN(4) {
			case 0:
				f.ask(f.request())
			case 1:
				f.ask(f.request())
				if v, ok := f.verified(); ok {
					f.raw(f.plain(f.answer(v)))
				}
			case 2:
				if r := f.h.halfOpen.byConnect(f.addr, f.id); r != nil {
					f.slot, f.session = r.slot, r.inSession
					f.raw(f.timed([][]byte{ping(1), disconnect(asking, 2, 0), reliable(0, 1, "x")}[rnd.IntN(3)]))
				}
			case 3:
				f.now += time.Duration(rnd.IntN(300)) * time.Millisecond
				if p := f.h.peers; len(p) > 0 && rnd.IntN(2) == 0 {
					p[rnd.IntN(len(p))].Reset()
				}
			}
			f.service()
			if i%20 == 0 {
				if err := invariants(f.h); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}
