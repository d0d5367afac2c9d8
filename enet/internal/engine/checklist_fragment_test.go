package engine

import (
	"fmt"
	"hash/crc32"
	"runtime"
	"strings"
	"testing"

	"crosspeer/enet/internal/protocol"
)

var fragmentPoints = []point{
	{70, "packets are cut into pieces of the MTU less 28, less 4 with a checksum", func(t *testing.T) {
		for _, mtu := range []int{576, 1000, 1392, 4096} {
			for _, sum := range []func([]byte) uint32{nil, crc32.ChecksumIEEE} {
				d := newHand(t, Config{MTU: mtu, Checksum: sum})
				f := d.request()
				f.MTU = 4096
				d.ask(f)
				v, _ := d.verified()
				d.say(d.answer(v))
				d.settle()
				size := mtu - 28
				if sum != nil {
					size -= 4
				}
				d.send(0, strings.Repeat("x", size), Reliable)
				equal(t, d.service(), fmt.Sprintf("SEND_RELIABLE 0:1 %d bytes", size))
				d.settle()
				for _, flags := range []Flags{Reliable, 0, Unsequenced, UnreliableFragment} {
					d.send(0, strings.Repeat("x", 2*size+1), flags)
					d.service()
					var lengths []int
					for _, b := range d.datagrams {
						if len(b) > mtu {
							t.Errorf("a datagram of %d bytes, MTU %d", len(b), mtu)
						}
						_, area := d.area(b)
						for len(area) > 0 {
							c, rest, _ := protocol.Next(area)
							area = rest
							lengths = append(lengths, len(c.Payload))
						}
					}
					if fmt.Sprint(lengths) != fmt.Sprint([]int{size, size, 1}) {
						t.Errorf("MTU %d, flags %d: pieces of %v, want two of %d", mtu, flags, lengths, size)
					}
					d.settle()
				}
			}
		}
		recorded(t, "send: mtu 576", "send: checksum", "send: packet flags")
	}},
	{71, "each reliable fragment has a number and an acknowledgement of its own", func(t *testing.T) {
		d := joined(t, Config{MTU: 576})
		d.settle()
		d.send(0, strings.Repeat("x", 548*2+4), Reliable)
		d.send(0, "next", Reliable)
		equal(t, d.service(),
			"SEND_FRAGMENT 0:1 start=1 0/3 at 0 of 1100: 548 bytes",
			"SEND_FRAGMENT 0:2 start=1 1/3 at 548 of 1100: 548 bytes",
			`SEND_FRAGMENT 0:3 start=1 2/3 at 1096 of 1100: 4 bytes, SEND_RELIABLE 0:4 "next"`)
		data := []string{"ab", "cd", "e"}
		for i, s := range data {
			got := d.say(fragment(0, uint16(1+i), piece(1, i, data...), s))
			want := fmt.Sprintf("ACK 0:%d@1234", 1+i)
			if got[len(got)-1] != want {
				t.Errorf("%q, want %s", got, want)
			}
		}
		equal(t, d.say(reliable(0, 4, "f")), `receive 0 reliable "f"`, "ACK 0:4@1234")
	}},
	{72, "all unreliable fragments have one unreliable number", func(t *testing.T) {
		d := joined(t, Config{MTU: 576})
		d.settle()
		d.send(0, "a", Reliable)
		d.send(0, "b", 0)
		d.settle()
		d.send(0, strings.Repeat("x", 1100), UnreliableFragment)
		d.send(0, "c", 0)
		equal(t, d.service(),
			"SEND_UNRELIABLE_FRAGMENT 0:1 start=2 0/3 at 0 of 1100: 548 bytes",
			"SEND_UNRELIABLE_FRAGMENT 0:1 start=2 1/3 at 548 of 1100: 548 bytes",
			`SEND_UNRELIABLE_FRAGMENT 0:1 start=2 2/3 at 1096 of 1100: 4 bytes, SEND_UNRELIABLE 0:1.3 "c"`)
	}},
	{73, "fragments in any order with duplicates", func(t *testing.T) {
		data := []string{"ab", "cd", "ef", "g"}
		for _, order := range [][]int{{0, 1, 2, 3}, {3, 2, 1, 0}, {1, 1, 3, 3, 0, 0, 2}, {2, 0, 3, 2, 1}} {
			r, u := joined(t, Config{}), joined(t, Config{})
			r.settle()
			u.settle()
			var gotR, gotU []string
			for _, i := range order {
				gotR = append(gotR, r.say(fragment(0, uint16(1+i), piece(1, i, data...), data[i]))...)
				gotU = append(gotU, u.say(unreliableFragment(0, 0, piece(1, i, data...), data[i]))...)
			}
			gotR = append(gotR, r.say(fragment(0, 1, piece(1, 0, data...), data[0]))...) // after delivery
			n := 0
			for _, l := range gotR {
				if l == `receive 0 reliable "abcdefg"` {
					n++
				} else if !strings.HasPrefix(l, "ACK") {
					t.Errorf("order %v: %s", order, l)
				}
			}
			if n != 1 || len(gotR) != len(order)+2 {
				t.Errorf("order %v: delivered %d times, %q", order, n, gotR)
			}
			equal(t, gotU, `receive 0 unreliable-fragments "abcdefg"`)
		}
		recorded(t, "fragments: out of order")
	}},
	{74, "a fragment of another total, count or kind is rejected", func(t *testing.T) {
		data := []string{"ab", "cd"}
		for _, tt := range []struct {
			name string
			edit func(*protocol.Fragment)
		}{
			{"total", func(f *protocol.Fragment) { f.Total++ }},
			{"count", func(f *protocol.Fragment) { f.Count++ }},
		} {
			d := joined(t, Config{})
			d.settle()
			d.say(fragment(0, 1, piece(1, 0, data...), "ab"), unreliableFragment(1, 0, piece(1, 0, data...), "ab"))
			f := piece(1, 1, data...)
			tt.edit(&f)
			equal(t, d.say(fragment(0, 2, f, "cd")))
			equal(t, d.say(unreliableFragment(1, 0, f, "cd"), reliable(2, 1, "behind")))
			equal(t, d.say(fragment(0, 2, piece(1, 1, data...), "cd"), unreliableFragment(1, 0, piece(1, 1, data...), "cd")),
				`receive 0 reliable "abcd"`, `receive 1 unreliable-fragments "abcd"`, "ACK 0:2@1234")
		}
		d := joined(t, Config{})
		d.settle()
		d.say(reliable(0, 2, "whole"), unreliable(0, 1, 5, "whole"))
		equal(t, d.say(fragment(0, 2, piece(2, 0, data...), "ab")))
		equal(t, d.say(unreliableFragment(0, 1, piece(5, 0, data...), "ab"), ping(9)))
		recorded(t, "fragments: mismatching")
	}},
	{75, "invalid fields are rejected", func(t *testing.T) {
		for _, tt := range []struct {
			name string
			f    protocol.Fragment
			data string
		}{
			{"number = count", protocol.Fragment{Count: 2, Number: 2, Total: 4, Offset: 2}, "ab"},
			{"no fragments", protocol.Fragment{Count: 0, Total: 4}, "ab"},
			{"too many fragments", protocol.Fragment{Count: 1<<20 + 1, Total: 2 << 20}, "ab"},
			{"total too large", protocol.Fragment{Count: 2, Total: 32<<20 + 1}, "ab"},
			{"offset = total", protocol.Fragment{Count: 2, Number: 1, Total: 4, Offset: 4}, "ab"},
			{"offset + length > total", protocol.Fragment{Count: 2, Number: 1, Total: 4, Offset: 3}, "ab"},
			{"offset + length wraps", protocol.Fragment{Count: 2, Number: 1, Total: 4, Offset: 0xFFFFFFFF}, "ab"},
			{"zero length", protocol.Fragment{Count: 2, Total: 4}, ""},
			{"total < count", protocol.Fragment{Count: 5, Total: 4}, "a"},
			{"total zero", protocol.Fragment{Count: 1, Total: 0}, ""},
		} {
			tt.f.Start = 1
			d := joined(t, Config{})
			d.settle()
			for _, c := range [][]byte{fragment(0, 1, tt.f, tt.data), unreliableFragment(0, 0, tt.f, tt.data)} {
				if got := d.say(c, ping(9)); got != nil {
					t.Errorf("%s: %q", tt.name, got)
				}
			}
			if d.peer.waiting != 0 || d.peer.waitingNo != 0 {
				t.Errorf("%s: %d bytes wait", tt.name, d.peer.waiting)
			}
		}
		// A reliable fragment needs a number of its own.
		d := joined(t, Config{})
		d.settle()
		f := protocol.Fragment{Start: 1, Count: 1 << 16, Total: 1 << 20}
		equal(t, d.say(fragment(0, 1, f, strings.Repeat("x", 16)), ping(9)))
		recorded(t, "fragments: invalid", "fragments: zero-length")
	}},
	{76, "fragments that start outside the window are ignored without error", func(t *testing.T) {
		data := []string{"ab", "cd"}
		for _, tt := range []struct {
			start, own uint16
			want       []string
		}{
			{7 * 4096, 1, []string{"ACK 0:1@1234, ACK 255:9@1234"}},
			{7 * 4096, 7 * 4096, []string{"ACK 255:9@1234"}},
			{9 * 4096, 9 * 4096, []string{"ACK 0:36864@1234, ACK 255:9@1234"}},
			{0, 0, []string{"ACK 0:0@1234, ACK 255:9@1234"}}, // delivered before
		} {
			d := joined(t, Config{})
			d.settle()
			equal(t, d.say(fragment(0, tt.own, piece(tt.start, 0, data...), "ab"), ping(9)), tt.want...)
			equal(t, d.say(unreliableFragment(0, 7*4096, piece(1, 0, data...), "ab"), ping(9)), "ACK 255:9@1234")
			if d.peer.waiting != 0 {
				t.Errorf("%d bytes wait", d.peer.waiting)
			}
		}
		recorded(t, "fragments: start outside")
	}},
	{77, "packets with holes or overlaps are never delivered", func(t *testing.T) {
		for _, tt := range []struct {
			name      string
			total     uint32
			fragments []protocol.Fragment
			data      []string
		}{
			{"hole in the middle", 10, []protocol.Fragment{{Offset: 0}, {Offset: 6}}, []string{"abcd", "efgh"}},
			{"overlap", 6, []protocol.Fragment{{Offset: 0}, {Offset: 2}}, []string{"abcd", "efgh"}},
			{"both at the start", 8, []protocol.Fragment{{Offset: 0}, {Offset: 0}}, []string{"abcd", "efgh"}},
			{"hole at the end", 9, []protocol.Fragment{{Offset: 0}, {Offset: 4}}, []string{"abcd", "efgh"}},
			{"last longer than the others", 7, []protocol.Fragment{{Offset: 0}, {Offset: 2}}, []string{"ab", "cdefg"}},
			{"of two lengths", 9, []protocol.Fragment{{Offset: 0}, {Offset: 4}, {Offset: 6}}, []string{"abcd", "ef", "ghi"}},
			{"only one, not at the start", 4, []protocol.Fragment{{Offset: 2}}, []string{"ab"}},
		} {
			for _, backwards := range []bool{false, true} {
				d := joined(t, Config{})
				d.settle()
				for k := range tt.data {
					i := k
					if backwards {
						i = len(tt.data) - 1 - k
					}
					f := tt.fragments[i]
					f.Start, f.Count, f.Number, f.Total = 1, uint32(len(tt.data)), uint32(i), tt.total
					got := append(d.say(fragment(0, uint16(1+i), f, tt.data[i])), d.say(unreliableFragment(1, 0, f, tt.data[i]))...)
					equal(t, got, fmt.Sprintf("ACK 0:%d@1234", 1+i))
				}
				// The channel goes on behind it.
				next := uint16(len(tt.data) + 1)
				equal(t, d.say(reliable(0, next, "next"), unreliable(1, 0, 2, "next")),
					`receive 0 reliable "next"`, `receive 1 unreliable "next"`, fmt.Sprintf("ACK 0:%d@1234", next))
				if d.peer.waiting != 0 || d.peer.waitingNo != 0 || d.peer.early != 0 {
					t.Errorf("%s: %d bytes of %d packets wait", tt.name, d.peer.waiting, d.peer.waitingNo)
				}
			}
		}
	}},
	{78, "incomplete unreliable packets go when a newer one is delivered, and so does their memory", func(t *testing.T) {
		data := []string{"ab", "cd"}
		for i, newer := range [][]byte{
			unreliable(0, 0, 9, "newer"),
			reliable(0, 1, "newer"),
		} {
			d := joined(t, Config{})
			d.settle()
			for n := range uint16(5) {
				d.say(unreliableFragment(0, 0, piece(1+n, 1, data...), "cd"))
			}
			if d.peer.waiting != 20 || d.peer.early != 5 {
				t.Errorf("%d bytes wait, want 20", d.peer.waiting)
			}
			d.say(newer)
			ch := d.peer.channel(0)
			if d.peer.waiting != 0 || d.peer.waitingNo != 0 || d.peer.early != 0 || len(ch.held) != 0 || ch.incomplete != 0 {
				t.Errorf("newer packet %d: %d bytes wait, %d packets are held", i, d.peer.waiting, len(ch.held))
			}
			equal(t, d.say(unreliableFragment(0, 0, piece(1, 0, data...), "ab")))
		}
		recorded(t, "unreliable fragments")
	}},
	{79, "a fragment does not make the host allocate what it announces", func(t *testing.T) {
		d := joined(t, Config{})
		d.settle()
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		for ch := range uint8(2) {
			f := protocol.Fragment{Start: 1, Count: 24601, Total: 32 << 20}
			d.say(fragment(ch, 1, f, strings.Repeat("x", 1364)))
			f.Start = 1
			d.say(unreliableFragment(ch, 0, f, strings.Repeat("x", 1364)))
		}
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > 256<<10 {
			t.Errorf("%d bytes allocated for four fragments of 1364", n)
		}
		// All that is announced counts, or the limit would not hold.
		if d.peer.waiting < 32<<20 {
			t.Errorf("%d bytes count as waiting", d.peer.waiting)
		}
	}},
	{80, "fragments of an accepted packet are acknowledged in windows 7 and 8", func(t *testing.T) {
		d := joined(t, Config{})
		d.settle()
		f := protocol.Fragment{Start: 1, Count: 40_000, Total: 80_000}
		d.say(fragment(0, 1, f, "ab"))
		for _, n := range []uint32{7 * 4096, 8 * 4096, 9*4096 - 2} {
			f.Number, f.Offset = n, 2*n
			equal(t, d.say(fragment(0, uint16(1+n), f, "ab")), fmt.Sprintf("ACK 0:%d@1234", 1+n))
		}
		equal(t, d.say(reliable(0, 7*4096+5, "x"))) // another packet's number
	}},
	{81, "packets of more fragments than can be acknowledged are refused", func(t *testing.T) {
		d := joined(t, Config{MTU: 576})
		most := 24576 * 548
		if err := d.peer.Send(0, wrapPacket(make([]byte, most+1)), Reliable); err != ErrTooLarge {
			t.Errorf("24577 fragments: %v", err)
		}
		if err := d.peer.Send(0, wrapPacket(make([]byte, most)), Reliable); err != nil {
			t.Errorf("24576 fragments: %v", err)
		}
		if err := d.peer.Send(1, wrapPacket(make([]byte, most+1)), UnreliableFragment); err != nil {
			t.Errorf("24577 unreliable fragments: %v", err)
		}
	}},
}
