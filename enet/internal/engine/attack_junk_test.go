package engine

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"

	"crosspeer/enet/internal/protocol"
	"crosspeer/enet/internal/rangecoder"
	"crosspeer/internal/simnet"
)

func TestAForgedDisconnectFromAnotherAddressIsIgnored(t *testing.T) {
	d := joined(t, Config{})
	d.settle()
	o := *d
	for _, from := range []netip.AddrPort{source(2), netip.AddrPortFrom(netip.MustParseAddr("192.0.2.1"), d.addr.Port())} {
		o.addr = from
		for slot := range uint16(protocol.NoPeer) {
			for session := range uint8(4) {
				o.slot, o.session = slot, session
				o.raw(o.plain(disconnect(telling, 2, 0)))
				o.raw(o.timed(disconnect(asking, 2, 0)))
			}
		}
	}
	equal(t, d.service())
	equal(t, d.say(reliable(0, 1, "on")), `receive 0 reliable "on"`, "ACK 0:1@1234")
}

// Junk of every length in every state stops nothing, and another peer of the
// same host does not notice.
func TestJunkOfEveryLengthInEveryState(t *testing.T) {
	for _, form := range []struct {
		name string
		cfg  func() Config
	}{
		{"plain", func() Config { return Config{} }},
		{"checksum and range coder", func() Config {
			return Config{Checksum: crc32.ChecksumIEEE, Codec: new(rangecoder.Coder)}
		}},
		{"every compression is recognised", func() Config { return Config{Accept: everyCodec()} }},
	} {
		t.Run(form.name, func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(5, 6))
			buf := make([]byte, 4200)
			for _, state := range states {
				d := state.make(t, form.cfg())
				well := d.other(50)
				well.id = [4]byte{9, 9, 9, 9}
				well.join()
				well.settle()
				for n := range 4201 {
					b := buf[:n]
					for i := range b {
						b[i] = byte(rnd.Uint32())
					}
					if n >= 2 && n%4 != 0 {
						head := d.slot | uint16(d.session)<<12
						if n%4 == 1 {
							head = protocol.NoPeer
						}
						binary.BigEndian.PutUint16(b, head|uint16(rnd.Uint32())&0xC000)
					}
					if n%3 == 0 && n > 8 { // a command number that exists
						b[4] = b[4]&0xF0 | byte(1+rnd.IntN(12))
					}
					d.raw(b)
					for _, from := range []string{"127.0.0.1:0", "224.0.0.1:5", "0.0.0.0:5"} {
						d.h.Receive(d.now, address(from), b)
					}
					if n%100 == 0 {
						d.service()
						if err := invariants(d.h); err != nil {
							t.Fatalf("%s, %d bytes: %v", state.name, n, err)
						}
					}
				}
				d.service()
				equal(t, well.say(reliable(0, 1, "still here")), `receive 0 reliable "still here"`, "ACK 0:1@1234")
			}
		})
	}
}

func heapBytes() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// Fragments that never make a packet cost a bounded piece of memory, whatever
// they announce.
func TestMemoryOfFragmentsThatNeverMakeAPacket(t *testing.T) {
	for _, tt := range []struct {
		name string
		send func(d *hand, i int)
		most int64 // bytes
	}{
		{"32 MiB announced, one fragment, on every channel", func(d *hand, i int) {
			f := protocol.Fragment{Start: uint16(i / 255), Count: 24601, Total: 32 << 20}
			d.raw(d.timed(fragment(uint8(i%255), 1, f, strings.Repeat("x", 1364))))
		}, 1 << 20},
		{"single bytes, out of order", func(d *hand, i int) {
			f := protocol.Fragment{Start: 1, Count: 60_000, Total: 60_000, Number: uint32(2 + 2*i%50_000), Offset: uint32(2 + 2*i%50_000)}
			d.raw(d.timed(fragment(uint8(i/25_000), 1, f, "x")))
		}, 4 << 20},
		{"unreliable single bytes, out of order", func(d *hand, i int) {
			n := uint32(2 + 2*(i/255)%500)
			f := protocol.Fragment{Start: uint16(1 + i/255/500), Count: 1000, Total: 1000, Number: n, Offset: n}
			d.raw(d.plain(unreliableFragment(uint8(i%255), 0, f, "x")))
		}, 6 << 20},
		{"unreliable packets of two fragments, one of which comes", func(d *hand, i int) {
			f := protocol.Fragment{Start: uint16(1 + i/255), Count: 2, Total: 1000}
			d.raw(d.plain(unreliableFragment(uint8(i%255), 0, f, strings.Repeat("x", 600))))
		}, 8 << 20},
		{"unreliable packets that wait for a reliable one", func(d *hand, i int) {
			d.raw(d.plain(unreliable(uint8(i%255), 1, uint16(1+i/255), "")))
		}, 20 << 20},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newHand(t, Config{})
			f := d.request()
			f.ChannelCount = 255
			d.ask(f)
			v, _ := d.verified()
			d.say(d.answer(v))
			d.settle()
			before := heapBytes()
			for i := range 100_000 {
				tt.send(d, i)
				if i%50 == 0 {
					d.service()
				}
			}
			d.service()
			if err := invariants(d.h); err != nil {
				t.Error(err)
			}
			grown := heapBytes() - before
			s := d.peer.Snapshot()
			t.Logf("%d bytes, %d announced in %d packets, %d fragments early", grown, s.WaitingBytes, s.WaitingPackets, d.peer.early)
			if grown > tt.most {
				t.Errorf("the heap grew by %d bytes, want at most %d", grown, tt.most)
			}
			d.peer.Reset()
			if p := d.peer; p.waiting != 0 || p.waitingNo != 0 || p.early != 0 {
				t.Errorf("%d bytes in %d packets still wait", p.waiting, p.waitingNo)
			}
		})
	}
}

// A remote that sends commands at random, right ones and wrong ones, cannot
// bring the accounts out of order.
func TestAccountsUnderRandomCommands(t *testing.T) {
	for seed := range simnet.Seeds(t, 40) {
		rnd := rand.New(rand.NewPCG(seed, 8))
		d := joined(t, Config{MaxWaitingBytes: 20_000, MaxWaitingPackets: 300, MaxPacketBytes: 5000, Rand: rand.NewPCG(seed, 9)})
		peer := d.peer
		var kept []*Packet
		seq, rel := [4]uint16{}, [4]uint16{}
		number := uint16(0)
		for range 400 {
			var commands [][]byte
			for range 1 + rnd.IntN(5) {
				ch := uint8(rnd.IntN(4))
				text := strings.Repeat("x", rnd.IntN(40))
				near := seq[ch] + uint16(rnd.IntN(6))
				count := 1 + rnd.IntN(5)
				data := make([]string, count)
				for i := range data {
					data[i] = "abcd"
				}
				i := rnd.IntN(count)
				number++
				switch rnd.IntN(10) {
				case 0, 1, 2:
					commands = append(commands, reliable(ch, near, text))
				case 3:
					commands = append(commands, unreliable(ch, near, number, text))
				case 4:
					commands = append(commands, unsequenced(ch, number, text))
				case 5, 6:
					commands = append(commands, fragment(ch, near+uint16(i), piece(near, i, data...), data[i]))
				case 7:
					commands = append(commands, unreliableFragment(ch, near, piece(number/4, i, data...), data[i]))
				case 8:
					f := piece(near, i, data...)
					f.Offset += uint32(rnd.IntN(3))
					commands = append(commands, fragment(ch, near, f, data[i]), unreliableFragment(ch, near, f, data[i]))
				case 9:
					commands = append(commands, []byte{byte(rnd.Uint32()), ch, 0, 0, 0, 0, 0, 0}, ack(ch, rel[ch]-uint16(rnd.IntN(9)), uint16(d.now.Milliseconds())))
				}
			}
			d.raw(d.timed(commands...))
			if peer.State() == Connected && rnd.IntN(2) == 0 {
				p := NewPacket(rnd.IntN(4000))
				kept = append(kept, p)
				ch := uint8(rnd.IntN(4))
				if err := peer.Send(ch, p, []Flags{0, Reliable, Unsequenced, UnreliableFragment}[rnd.IntN(4)]); err != nil {
					t.Fatal(err)
				}
				rel[ch] = peer.channel(ch).outReliable
			}
			if rnd.IntN(3) > 0 {
				d.service()
				for _, a := range d.acknowledgeAll() {
					if rnd.IntN(3) > 0 {
						d.raw(d.plain(a))
					}
				}
				d.now += time.Duration(rnd.IntN(50)) * time.Millisecond
			}
			for ch := range seq {
				seq[ch] = peer.channel(uint8(ch)).inReliable
			}
			if err := invariants(d.h); err != nil {
				t.Fatal(err)
			}
		}
		d.service()
		if seed%2 == 0 {
			peer.DisconnectNow(0)
		} else {
			d.say(disconnect(asking, 2, 0))
		}
		d.service()
		if s := fmt.Sprint(peer.waiting, peer.waitingNo, peer.early, peer.queued, peer.queuedNo, peer.inFlight, peer.live, peer.flying); s != "0 0 0 0 0 0 0 0" {
			t.Errorf("after its end the peer counts %s", s)
		}
		for i, p := range kept {
			if n := p.refs.Load(); n != 1 {
				t.Fatalf("packet %d has %d references", i, n)
			}
		}
	}
}

// Whoever comes and goes while the application does not look costs a bounded
// number of events.
func TestEventsThatNobodyTakesAreBounded(t *testing.T) {
	f := forgerOf(t, Config{MaxPeers: 10})
	for i := range 1000 {
		f.addr = source(i)
		f.id[0] = byte(i)
		f.ask(f.request())
		f.h.Flush(f.now, f.hand.out)
		if r := f.h.halfOpen.byConnect(f.addr, f.id); r != nil {
			f.slot, f.session = r.slot, r.inSession
			f.raw(f.plain(ack(protocol.ControlChannel, r.seq, r.sentTime)))
			f.raw(f.plain(disconnect(telling, 2, 0)))
		}
		f.drain()
	}
	if n := f.h.Pending(); n > 2*10 {
		t.Errorf("%d events wait", n)
	}
	for {
		if _, ok := f.h.Event(); !ok {
			break
		}
	}
	f.hand.other(2).join()
}
