package engine

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"crosspeer/enet/internal/protocol"
)

// relay is a host that passes on what one remote sends to many others, as a
// game's server does. The remotes acknowledge at once. A step allocates nothing
// in the test's own code.
type relay struct {
	h         *Host
	now       time.Duration
	out       *Outbox
	sender    *Peer
	receivers []*Peer
	heads     map[netip.AddrPort]protocol.Header // of what a remote sends
	channel   uint8
	flags     Flags
	size      int

	seq, number uint16
	datagram    [protocol.MaxDatagram]byte
	acks        [OutboxDatagrams]answer
}

// answer is a remote's datagram of acknowledgements.
type answer struct {
	from netip.AddrPort
	n    int
	buf  [protocol.MinHeader + protocol.MaxCommands*protocol.AcknowledgeSize]byte
}

func newRelay(t testing.TB, receivers int, flags Flags, size int) *relay {
	d := newHand(t, Config{})
	r := &relay{h: d.h, out: NewOutbox(), heads: map[netip.AddrPort]protocol.Header{}, flags: flags, size: size}
	for i := range receivers + 1 {
		o := d.other(100 + i)
		o.join()
		o.peer.SetPingInterval(time.Hour)
		r.heads[o.addr] = protocol.Header{PeerID: o.slot, Session: o.session}
		if i == 0 {
			r.sender = o.peer
		} else {
			r.receivers = append(r.receivers, o.peer)
		}
	}
	r.now = d.now + time.Second
	for range 20 { // so that every ring has the size it needs
		r.step(t, 8)
	}
	return r
}

// step lets the sender send packets in one datagram, and runs the host until
// everybody has acknowledged what came of it.
func (r *relay) step(t testing.TB, packets int) {
	hdr := r.heads[r.sender.addr]
	hdr.HasTime, hdr.SentTime = true, 1
	hdr.Put(r.datagram[:])
	n := hdr.Size()
	for range packets {
		b := r.datagram[n:]
		switch r.flags {
		case Reliable:
			r.seq++
			protocol.PutReliable(b, r.channel, r.seq, r.size)
			n += protocol.OpSendReliable.Size() + r.size
		case Unsequenced:
			r.number++
			protocol.PutUnsequenced(b, r.channel, r.number, r.size)
			n += protocol.OpSendUnsequenced.Size() + r.size
		default:
			r.number++
			if r.number == 0 { // numbers start anew behind a reliable packet
				r.seq++
				protocol.PutReliable(b, r.channel, r.seq, r.size)
				n += protocol.OpSendReliable.Size() + r.size
				continue
			}
			protocol.PutUnreliable(b, r.channel, r.seq, r.number, r.size)
			n += protocol.OpSendUnreliable.Size() + r.size
		}
	}
	r.h.Receive(r.now, r.sender.addr, r.datagram[:n])
	r.h.Tick(r.now)
	taken := 0
	for {
		ev, ok := r.h.Event()
		if !ok {
			break
		}
		taken++
		for _, p := range r.receivers {
			if err := p.Send(ev.Channel, ev.Packet, r.flags); err != nil {
				t.Fatal(err)
			}
		}
		ev.Packet.Release()
	}
	if taken != packets {
		t.Fatalf("%d of %d packets arrived", taken, packets)
	}
	r.flush()
	r.now += time.Millisecond
}

// flush sends everything and has it acknowledged.
func (r *relay) flush() {
	for more := true; more; {
		r.out.Reset()
		more = r.h.Flush(r.now, r.out)
		for i, d := range r.out.Datagrams {
			r.acks[i].n = 0
			hdr, n, _ := protocol.ParseHeader(d.Data)
			if !hdr.HasTime {
				continue
			}
			a := &r.acks[i]
			a.from = d.To
			head := r.heads[d.To]
			head.Put(a.buf[:])
			a.n = head.Size()
			for area := d.Data[n:]; len(area) > 0; {
				c, rest, _ := protocol.Next(area)
				area = rest
				if c.Acknowledge {
					protocol.Acknowledge{Channel: c.Channel, Seq: c.Seq, SentTime: hdr.SentTime}.Put(a.buf[a.n:])
					a.n += protocol.AcknowledgeSize
				}
			}
		}
		for i := range r.out.Datagrams {
			if a := &r.acks[i]; a.n > 0 {
				r.h.Receive(r.now, a.from, a.buf[:a.n])
			}
		}
	}
}

var relayModes = []struct {
	name  string
	flags Flags
}{{"reliable", Reliable}, {"unreliable", 0}, {"unsequenced", Unsequenced}}

func TestRelayingAllocatesNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector makes sync.Pool drop packets")
	}
	for _, m := range relayModes {
		for _, packets := range []int{1, 8, 30} {
			t.Run(fmt.Sprintf("%s, %d packets in a datagram", m.name, packets), func(t *testing.T) {
				r := newRelay(t, 8, m.flags, 64)
				for range 20 {
					r.step(t, packets)
				}
				if n := testing.AllocsPerRun(500, func() { r.step(t, packets) }); n != 0 {
					t.Errorf("%v allocations for %d packets to 8 peers", n, packets)
				}
			})
		}
	}
}

// A burst of a thousand packets in one round, again and again: queues keep the
// size that they need.
func TestSteadyBurstsAllocateNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector makes sync.Pool drop packets")
	}
	r := newRelay(t, 8, 0, 10)
	burst := func() {
		for range 500 {
			pkt := NewPacket(10)
			for _, p := range r.receivers {
				if err := p.Send(0, pkt, Unsequenced); err != nil {
					t.Fatal(err)
				}
			}
			pkt.Release()
		}
		r.flush()
		r.now += time.Millisecond
	}
	burst()
	if n := testing.AllocsPerRun(100, burst); n != 0 {
		t.Errorf("%v allocations for a burst of 500 packets to 8 peers", n)
	}
}

func TestIdlePingsAllocateNothing(t *testing.T) {
	d := newHand(t, Config{})
	r := &relay{h: d.h, out: NewOutbox(), heads: map[netip.AddrPort]protocol.Header{}}
	for i := range 50 {
		o := d.other(100 + i)
		o.join()
		r.heads[o.addr] = protocol.Header{PeerID: o.slot, Session: o.session}
	}
	r.now = d.now
	tick := func() {
		r.now += 100 * time.Millisecond
		r.h.Tick(r.now)
		r.flush()
	}
	for range 50 {
		tick()
	}
	sent := r.h.Stats().DatagramsSent
	if n := testing.AllocsPerRun(100, tick); n != 0 {
		t.Errorf("%v allocations per tick", n)
	}
	if n := r.h.Stats().DatagramsSent - sent; n < 50*9 {
		t.Errorf("%d pings in ten seconds from 50 peers", n)
	}
}

// BenchmarkRelay: ns per delivery is the time for one packet to one receiver.
func BenchmarkRelay(b *testing.B) {
	for _, m := range relayModes {
		for _, receivers := range []int{8, 32, 128} {
			b.Run(fmt.Sprintf("%s/1-to-%d", m.name, receivers), func(b *testing.B) {
				r := newRelay(b, receivers, m.flags, 64)
				b.ReportAllocs()
				b.ResetTimer()
				for range b.N {
					r.step(b, 8)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*8*receivers), "ns/delivery")
			})
		}
	}
}

func BenchmarkHandshake(b *testing.B) {
	d := newHand(b, Config{})
	b.ReportAllocs()
	for i := range b.N {
		d.id[0], d.id[1] = byte(i), byte(i>>8)
		d.ask(d.request())
		r := d.h.halfOpen.byConnect(d.addr, d.id)
		d.h.Flush(d.now, d.out)
		d.out.Reset()
		d.slot, d.session = r.slot, r.inSession
		d.raw(d.plain(ack(protocol.ControlChannel, r.seq, r.sentTime)))
		ev, _ := d.h.Event()
		ev.Peer.Reset()
	}
}

func BenchmarkReceiveJunk(b *testing.B) {
	d := joined(b, Config{Accept: everyCodec()})
	forged := d.wrap(protocol.Header{PeerID: protocol.NoPeer, HasTime: true}, connect(d.request()))
	unknown := *d
	unknown.slot ^= 1
	wrong := *d
	wrong.session ^= 1
	for _, j := range []struct {
		name string
		b    []byte
	}{
		{"two bytes", []byte{0, 0}},
		{"unknown slot", unknown.plain(ping(2))},
		{"wrong session", wrong.plain(ping(2))},
		{"not CONNECT", d.wrap(protocol.Header{PeerID: protocol.NoPeer}, ping(2))},
		{"bad command", d.plain(make([]byte, 100))},
		{"forged CONNECT", forged},
		{"compressed noise that three decoders try", compressedNoise(protocol.MaxStranger - 1)},
		{"as much of it as a datagram holds", compressedNoise(4092)},
	} {
		b.Run(j.name, func(b *testing.B) {
			b.ReportAllocs()
			for i := range b.N {
				from := d.addr
				if j.name == "forged CONNECT" {
					from = forgedAddress(uint32(i))
				}
				d.h.Receive(d.now, from, j.b)
				if i%64 == 0 {
					d.out.Reset()
					for d.h.Flush(d.now, d.out) {
						d.out.Reset()
					}
				}
			}
		})
	}
}

// compressedNoise is a stranger's datagram that claims to be compressed.
func compressedNoise(n int) []byte {
	hdr := protocol.Header{PeerID: protocol.NoPeer, HasTime: true, Compressed: true}
	b := make([]byte, hdr.Size()+n)
	hdr.Put(b)
	r := rand.New(rand.NewPCG(2, 2))
	for i := hdr.Size(); i < len(b); i++ {
		b[i] = byte(r.Uint32())
	}
	return b
}

// BenchmarkIdlePeers is the cost of connections on which nothing happens but
// pings, per peer and second of virtual time.
func BenchmarkIdlePeers(b *testing.B) {
	for _, peers := range []int{100, 1000, 4000} {
		b.Run(fmt.Sprint(peers), func(b *testing.B) {
			d := newHand(b, Config{})
			r := &relay{h: d.h, out: NewOutbox(), heads: map[netip.AddrPort]protocol.Header{}}
			for i := range peers {
				o := d.other(100 + i)
				o.join()
				r.heads[o.addr] = protocol.Header{PeerID: o.slot, Session: o.session}
			}
			r.now = d.now
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N { // a second
				for range 60 {
					r.now += time.Second / 60
					r.h.Tick(r.now)
					r.flush()
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*peers), "ns/peer-second")
		})
	}
}
