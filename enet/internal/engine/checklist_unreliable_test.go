package engine

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"crosspeer/enet/internal/protocol"
)

var unreliablePoints = []point{
	{61, "unreliable packets arrive with increasing numbers only", func(t *testing.T) {
		policies(t, func(t *testing.T, cfg Config) {
			d := joined(t, cfg)
			d.settle()
			equal(t, d.say(unreliable(0, 0, 2, "2"), unreliable(0, 0, 1, "1"), unreliable(0, 0, 2, "2"), unreliable(0, 0, 9, "9"),
				unreliable(0, 0, 0, "0"), unreliable(1, 0, 1, "other"), unreliable(0, 0, 0xFFFF, "last")),
				`receive 0 unreliable "2"`, `receive 0 unreliable "9"`, `receive 1 unreliable "other"`, `receive 0 unreliable "last"`)
		})
		recorded(t, "unreliable: increasing", "unreliable: channels")
	}},
	{62, "unreliable packets wait for the reliable one before them", func(t *testing.T) {
		d := joined(t, Config{})
		d.settle()
		equal(t, d.say(unreliable(0, 1, 1, "b"), unreliable(0, 1, 2, "c"), unreliable(0, 2, 1, "e"), unreliable(0, 1, 1, "b")))
		equal(t, d.say(reliable(0, 1, "a")), `receive 0 reliable "a"`, `receive 0 unreliable "b"`, `receive 0 unreliable "c"`, "ACK 0:1@1234")
		equal(t, d.say(reliable(0, 2, "d")), `receive 0 reliable "d"`, `receive 0 unreliable "e"`, "ACK 0:2@1234")
		recorded(t, "unreliable: held")
	}},
	{63, "unreliable packets are dropped when a later reliable one is delivered", func(t *testing.T) {
		d := joined(t, Config{})
		d.settle()
		d.say(unreliable(0, 1, 1, "b"), reliable(0, 2, "c"))
		// Number 1 comes together with 2: b is still in time.
		equal(t, d.say(reliable(0, 1, "a")), `receive 0 reliable "a"`, `receive 0 reliable "c"`, "ACK 0:1@1234")
		equal(t, d.say(unreliable(0, 1, 2, "late"), unreliable(0, 2, 1, "d")), `receive 0 unreliable "d"`)
		if s := d.peer.Snapshot(); s.WaitingBytes != 0 || s.WaitingPackets != 0 || len(d.peer.channel(0).held) != 0 {
			t.Errorf("%d bytes in %d packets still wait", s.WaitingBytes, s.WaitingPackets)
		}
	}},
	{64, "the unreliable number starts anew behind each reliable packet", func(t *testing.T) {
		d := joined(t, Config{})
		d.settle()
		for _, f := range []Flags{0, 0, Reliable, 0} {
			d.send(0, "", f)
		}
		equal(t, d.service(), `SEND_UNRELIABLE 0:0.1 "", SEND_UNRELIABLE 0:0.2 "", SEND_RELIABLE 0:1 "", SEND_UNRELIABLE 0:1.1 ""`)
		d.say(unreliable(0, 0, 500, "x"))
		equal(t, d.say(reliable(0, 1, "a"), unreliable(0, 1, 1, "b")), `receive 0 reliable "a"`, `receive 0 unreliable "b"`, "ACK 0:1@1234")
	}},
	{65, "at unreliable number 0xFFFF the next packet goes reliably", func(t *testing.T) {
		policies(t, func(t *testing.T, cfg Config) {
			d := joined(t, cfg)
			d.settle()
			d.peer.channel(0).outUnreliable = 0xFFFE
			for range 3 {
				d.send(0, "x", 0)
			}
			equal(t, d.service(), `SEND_UNRELIABLE 0:0.65535 "x", SEND_RELIABLE 0:1 "x", SEND_UNRELIABLE 0:1.1 "x"`)
			d.peer.channel(0).outUnreliable = 0xFFFF
			d.send(0, strings.Repeat("x", 2000), UnreliableFragment)
			if got := d.service(); len(got) != 2 || !strings.HasPrefix(got[0], "SEND_FRAGMENT 0:2 ") {
				t.Errorf("%q", got)
			}
		})
	}},
	{66, "unsequenced groups: 1024 remembered, 32768 ahead", func(t *testing.T) {
		for _, tt := range []struct {
			name   string
			before []uint16
			group  uint16
			want   bool
		}{
			{"first", nil, 1, true},
			{"again", []uint16{1}, 1, false},
			{"below, same block", []uint16{9}, 1, true},
			{"next block", []uint16{1023}, 1024, true},
			{"old block", []uint16{1023, 1024}, 1022, false},
			{"last that is not too far", nil, 32767, true},
			{"too far", nil, 32768, false},
			{"too old", []uint16{1024}, 1023, false},
			{"wrap", []uint16{32767, 64511}, 0, true},
			{"wrap, again", []uint16{32767, 64511, 0}, 0, false},
			{"same place in a later block", []uint16{5, 2048 + 5}, 5, false},
		} {
			d := joined(t, Config{})
			d.settle()
			for _, g := range tt.before {
				d.say(unsequenced(0, g, ""))
			}
			if got := len(d.say(unsequenced(0, tt.group, ""))) > 0; got != tt.want {
				t.Errorf("%s: delivered %v, want %v", tt.name, got, tt.want)
			}
		}
		full := joined(t, Config{MaxWaitingPackets: 1})
		full.settle()
		full.raw(full.timed(unsequenced(0, 1, "")))
		full.raw(full.timed(unsequenced(0, 2, "")))
		full.service()
		equal(t, full.say(unsequenced(0, 2, "")), `receive 0 unsequenced ""`) // it was not stored before
		recorded(t, "unsequenced")
	}},
	{67, "unsequenced groups are counted over all channels", func(t *testing.T) {
		d := joined(t, Config{})
		d.settle()
		for _, channel := range []uint8{0, 3, 1} {
			d.send(channel, "", Unsequenced)
		}
		equal(t, d.service(), `SEND_UNSEQUENCED 0:0.1 "", SEND_UNSEQUENCED 3:0.2 "", SEND_UNSEQUENCED 1:0.3 ""`)
		equal(t, d.say(unsequenced(0, 7, "a"), unsequenced(1, 7, "b")), `receive 0 unsequenced "a"`)
	}},
	{68, "the packet throttle drops by its counter, when a packet would be sent", func(t *testing.T) {
		for _, tt := range []struct {
			throttle uint32
			dropped  []int
		}{
			{32, nil}, {31, nil}, {24, []int{3, 8, 12, 17, 21, 26, 30}},
		} {
			for _, flags := range []Flags{0, Unsequenced} {
				d := joined(t, Config{})
				d.settle()
				for i := range 32 {
					d.send(0, fmt.Sprint(i), flags)
				}
				d.peer.throttle.value = tt.throttle // after queueing
				var want []int
				for i := range 32 {
					if !slices.Contains(tt.dropped, i) {
						want = append(want, i)
					}
				}
				if got := numbers(d); !slices.Equal(got, want) {
					t.Errorf("throttle %d, flags %d: sent %v, want %v", tt.throttle, flags, got, want)
				}
				if s := d.peer.Snapshot(); s.QueuedBytes != 0 || s.QueuedPackets != 0 || s.Throttled != uint64(len(tt.dropped)) {
					t.Errorf("throttle %d: %+v", tt.throttle, s)
				}
			}
		}
	}},
	{69, "a dropped packet takes no neighbour with it", func(t *testing.T) {
		for throttle := uint32(0); throttle <= 31; throttle++ {
			d := joined(t, Config{})
			d.settle()
			for i := range 64 { // two channels with equal pairs of numbers, side by side
				d.send(uint8(i%2), fmt.Sprint(i), []Flags{0, 0, Unsequenced, Unsequenced}[i%4])
			}
			d.peer.throttle.value = throttle
			if got := len(numbers(d)); got != 2*int(throttle+1) {
				t.Errorf("throttle %d: %d of 64 sent, want %d", throttle, got, 2*(throttle+1))
			}
		}
		d := joined(t, Config{})
		d.settle()
		d.peer.throttle.value, d.peer.throttle.counter = 0, 0 // drops the first
		d.send(0, strings.Repeat("x", 3000), UnreliableFragment)
		d.send(0, "y", Reliable)
		equal(t, d.service(), `SEND_RELIABLE 0:1 "y"`)
	}},
}

// numbers services the host and gives the numbers that were sent as text.
func numbers(d *hand) (sent []int) {
	d.service()
	for _, b := range d.datagrams {
		_, area := d.area(b)
		for len(area) > 0 {
			c, rest, _ := protocol.Next(area)
			area = rest
			var n int
			if _, err := fmt.Sscan(string(c.Payload), &n); err == nil {
				sent = append(sent, n)
			}
		}
	}
	return sent
}
