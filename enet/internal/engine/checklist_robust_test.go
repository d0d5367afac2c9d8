package engine

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"
	"unsafe"

	"crosspeer/enet/internal/rangecoder"
)

func address(s string) netip.AddrPort { return netip.MustParseAddrPort(s) }

var robustPoints = []point{
	{99, "a peer that cannot be reached disturbs no other", func(t *testing.T) {
		lost := joined(t, Config{})
		well := lost.other(2)
		well.join()
		lost.send(0, "nobody hears this", Reliable)
		for range 60 {
			well.now += 500 * time.Millisecond
			well.send(0, "x", Reliable)
			well.service()
			for _, a := range well.acknowledgeAll() {
				well.raw(well.plain(a))
			}
			if well.peer.State() != Connected || well.peer.live != 0 {
				t.Fatalf("at %v: state %v, %d commands in flight", well.now, well.peer.State(), well.peer.live)
			}
		}
		if lost.peer.State() != Disconnected {
			t.Errorf("the other is in state %v", lost.peer.State())
		}
	}},
	{100, "datagrams from port 0 and from sources that are not unicast are dropped", func(t *testing.T) {
		for _, from := range []string{"127.0.0.1:0", "0.0.0.0:5", "[::]:5", "224.0.0.1:5", "239.255.255.255:5", "[ff02::1]:5",
			"255.255.255.255:5", "[::ffff:255.255.255.255]:5", "[::ffff:224.0.0.1]:5", "[::ffff:0.0.0.0]:5"} {
			d := newHand(t, Config{})
			d.addr = address(from)
			d.ask(d.request())
			d.h.Tick(d.now)
			if d.h.Flush(d.now, d.out); len(d.out.Datagrams) != 0 || d.h.HalfOpen() != 0 {
				t.Errorf("%s: answered", from)
			}
			if n := d.h.Stats().DropSource; n != 1 {
				t.Errorf("%s: %d dropped", from, n)
			}
			if _, err := d.h.Connect(d.addr, 1, 0); err != ErrAddress {
				t.Errorf("Connect to %s gives %v", from, err)
			}
		}
		d := newHand(t, Config{}) // IPv4 in IPv6 is IPv4
		d.join()
		d.h.Receive(d.now, netip.AddrPortFrom(netip.AddrFrom16(d.addr.Addr().As16()), d.addr.Port()), d.timed(reliable(0, 1, "x")))
		equal(t, d.service(), `receive 0 reliable "x"`, "ACK 0:1@1234")
	}},
	{101, "the cost of a datagram does not depend on the number of peers", func(t *testing.T) {
		cost := func(peers int) time.Duration {
			d := joined(t, Config{})
			for i := 1; i < peers; i++ {
				d.other(100 + i).join()
			}
			d.settle()
			best := time.Hour
			seq := uint16(0)
			for range 40 {
				begin := time.Now()
				for range 100 {
					seq++
					d.raw(d.timed(reliable(0, seq, "")))
					d.h.Tick(d.now)
					d.out.Reset()
					d.h.Flush(d.now, d.out)
					ev, _ := d.h.Event()
					ev.Packet.Release()
				}
				best = min(best, time.Since(begin))
			}
			return best / 100
		}
		few, many := cost(10), cost(4000)
		t.Logf("10 peers: %v, 4000 peers: %v per datagram", few, many)
		// A scan of the peers would cost some microseconds more.
		if many > 3*few+2*time.Microsecond {
			t.Errorf("10 peers: %v, 4000 peers: %v per datagram", few, many)
		}
	}},
	{102, "memory for a source that has not shown itself is bounded", func(t *testing.T) {
		d := newHand(t, Config{})
		for i := range uint32(10_000) { // one address
			binary.LittleEndian.PutUint32(d.id[:], i)
			d.ask(d.request())
			d.service()
		}
		if n := d.h.HalfOpen(); n > halfOpenWays {
			t.Errorf("%d handshakes of one address and port are remembered", n)
		}
		d = newHand(t, Config{MaxHalfOpen: 4096})
		for i := range 4096 { // one host, all its ports
			d.addr = netip.AddrPortFrom(netip.MustParseAddr("192.0.2.1"), uint16(1000+i))
			d.ask(d.request())
			d.service()
		}
		for i := range 4096 { // one IPv6 network
			ip := netip.MustParseAddr("2001:db8::").As16()
			binary.BigEndian.PutUint32(ip[12:], uint32(i))
			d.addr = netip.AddrPortFrom(netip.AddrFrom16(ip), 1000)
			d.ask(d.request())
			d.service()
		}
		if n := d.h.HalfOpen(); n > 4096/2+halfOpenWays {
			t.Errorf("%d handshakes of two networks are remembered in a table of 4096", n)
		}
		// Others still get in.
		o := d.other(7)
		o.join()
		if size := unsafe.Sizeof(halfOpen{}); size > 160 {
			t.Errorf("a record has %d bytes", size)
		}
	}},
	{103, "what a stranger's datagram decompresses to is capped at 256 bytes", func(t *testing.T) {
		c := new(greedyCodec)
		d := newHand(t, Config{Codec: c, Checksum: crc32.ChecksumIEEE})
		b := d.timed(make([]byte, 100))
		b[0] |= 0x40
		d.raw(b)
		if c.most == 0 || c.most > 256 {
			t.Errorf("room for %d bytes", c.most)
		}
		equal(t, d.service())
	}},
	{104, "any bytes in any state", func(t *testing.T) {
		rnd := rand.New(rand.NewPCG(1, 2))
		for _, state := range states {
			s := state.make(t, Config{})
			for range 2000 {
				b := make([]byte, rnd.IntN(120))
				for i := range b {
					b[i] = byte(rnd.Uint32())
				}
				if len(b) >= 2 && rnd.IntN(4) > 0 {
					head := s.slot | uint16(s.session)<<12 | uint16(rnd.IntN(4))<<14
					binary.BigEndian.PutUint16(b, head)
				}
				s.raw(b)
			}
			s.service()
		}
	}},
	{105, "libenet's choices and ours understand each other, in both directions", func(t *testing.T) {
		for i, form := range []func() Config{
			func() Config { return Config{} },
			func() Config { return Config{Checksum: crc32.ChecksumIEEE} },
			func() Config { return Config{Codec: new(rangecoder.Coder)} },
			func() Config { return Config{Checksum: crc32.ChecksumIEEE, Codec: new(rangecoder.Coder)} },
		} {
			for _, ours := range []string{"client", "server"} {
				t.Run(fmt.Sprintf("form %d, ours is the %s", i, ours), func(t *testing.T) {
					c, s := form(), form()
					c.Libenet, s.Libenet = ours == "server", ours == "client"
					p := newPair(t, uint64(i), c, s)
					p.connect()
					p.exchange(200)
				})
			}
		}
	}},
}

// greedyCodec notes how much room it is given.
type greedyCodec struct{ most int }

func (c *greedyCodec) Compress(dst, src []byte) int { return 0 }

func (c *greedyCodec) Decompress(dst, src []byte) int {
	c.most = max(c.most, len(dst))
	return 0
}

// states are the states that a connection can be in, with a host and a remote
// in each.
var states = []struct {
	name string
	make func(t testing.TB, cfg Config) *hand
}{
	{"stranger", newHand},
	{"half-open", func(t testing.TB, cfg Config) *hand {
		d := newHand(t, cfg)
		d.knock()
		return d
	}},
	{"connecting", func(t testing.TB, cfg Config) *hand {
		d := newHand(t, cfg)
		d.dial()
		return d
	}},
	{"connected", joined},
	{"connected, with packets in flight", func(t testing.TB, cfg Config) *hand {
		d := joined(t, cfg)
		for ch := range uint8(3) {
			d.send(ch, strings.Repeat("x", 3000), Reliable)
			d.send(ch, "y", Reliable)
		}
		d.service()
		return d
	}},
	{"disconnect later", func(t testing.TB, cfg Config) *hand {
		d := joined(t, cfg)
		d.send(0, "unacknowledged", Reliable)
		d.service()
		d.peer.DisconnectLater(1)
		return d
	}},
	{"disconnecting", func(t testing.TB, cfg Config) *hand {
		d := joined(t, cfg)
		d.peer.Disconnect(1)
		d.service()
		return d
	}},
	{"acknowledging disconnect", func(t testing.TB, cfg Config) *hand {
		d := joined(t, cfg)
		d.raw(d.timed(disconnect(asking, 2, 0)))
		return d
	}},
	{"closed", func(t testing.TB, cfg Config) *hand {
		d := joined(t, cfg)
		d.say(disconnect(asking, 2, 0))
		return d
	}},
}
