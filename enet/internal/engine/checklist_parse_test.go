package engine

import (
	"fmt"
	"testing"

	"crosspeer/enet/internal/protocol"
)

var parsePoints = []point{
	{41, "command numbers 0, 13, 14, 15 end the datagram", func(t *testing.T) {
		for _, op := range []byte{0, 13, 14, 15} {
			d := joined(t, Config{})
			d.settle()
			bad := make([]byte, 48)
			bad[0], bad[1] = op|protocol.FlagAcknowledge, protocol.ControlChannel
			equal(t, d.say(reliable(0, 1, "a"), bad, reliable(0, 2, "b")), `receive 0 reliable "a"`, "ACK 0:1@1234")
		}
		recorded(t, "parse: command numbers")
	}},
	{42, "bits 5 and 4 of the command byte are ignored", func(t *testing.T) {
		for _, bits := range []byte{0x10, 0x20, 0x30} {
			d := joined(t, Config{})
			d.settle()
			c := reliable(0, 1, "a")
			c[0] |= bits
			equal(t, d.say(c), `receive 0 reliable "a"`, "ACK 0:1@1234")
		}
	}},
	{43, "commands before an error keep their effect, those after it have none", func(t *testing.T) {
		d := joined(t, Config{})
		d.settle()
		equal(t, d.say(reliable(0, 1, "a"), reliable(9, 1, "bad"), reliable(0, 2, "b"), ping(2)),
			`receive 0 reliable "a"`, "ACK 0:1@1234")
		if d.peer.stats.Malformed != 1 {
			t.Errorf("%d datagrams counted as malformed, want 1", d.peer.stats.Malformed)
		}
		recorded(t, "parse: bad channel")
	}},
	{44, "a channel beyond the count is an error, for every kind of data", func(t *testing.T) {
		f := piece(1, 0, "a", "b")
		for _, channel := range []uint8{4, 5, 254, 255} {
			for i, c := range [][]byte{
				reliable(channel, 1, "x"), unreliable(channel, 0, 1, "x"), unsequenced(channel, 1, "x"),
				fragment(channel, 1, f, "a"), unreliableFragment(channel, 0, f, "a"),
			} {
				d := joined(t, Config{})
				d.settle()
				if got := d.say(c, reliable(0, 1, "y")); got != nil {
					t.Errorf("channel %d of 4, command %d: %q", channel, i, got)
				}
				if len(d.peer.channels) > 4 {
					t.Errorf("%d channels were made", len(d.peer.channels))
				}
			}
		}
	}},
	{45, "a length beyond the datagram is an error", func(t *testing.T) {
		f := piece(1, 0, "abcd", "efgh")
		for i, c := range [][]byte{
			reliable(0, 1, "abcd"), unreliable(0, 0, 1, "abcd"), unsequenced(0, 1, "abcd"),
			fragment(0, 1, f, "abcd"), unreliableFragment(0, 0, f, "abcd"), ping(2), bandwidth(2, 1, 1), throttle(2, 1, 1, 1),
			disconnect(protocol.FlagAcknowledge, 2, 1),
		} {
			for cut := 1; cut < len(c); cut++ {
				d := joined(t, Config{})
				d.settle()
				if got := d.say(c[:len(c)-cut]); got != nil {
					t.Fatalf("command %d without its last %d bytes: %q", i, cut, got)
				}
			}
		}
	}},
	{46, "more than 32 commands in a datagram are accepted", func(t *testing.T) {
		d := joined(t, Config{})
		d.settle()
		var commands [][]byte
		for i := range 500 {
			commands = append(commands, reliable(0, uint16(i+1), ""))
		}
		got := d.say(commands...)
		if len(got) != 500+(500+31)/32 {
			t.Errorf("%d lines, want 500 packets and %d datagrams of 32 acknowledgements", len(got), (500+31)/32)
		}
		recorded(t, "parse: 100")
	}},
	{47, "a command that wants an acknowledgement ends a datagram without sent time", func(t *testing.T) {
		for i, c := range [][]byte{ping(2), reliable(1, 1, "x"), bandwidth(2, 0, 0)} {
			d := joined(t, Config{})
			d.settle()
			d.raw(d.plain(unreliable(0, 0, 1, "a"), c, unreliable(0, 0, 2, "b")))
			for _, l := range d.service() {
				if l != `receive 0 unreliable "a"` && l != `receive 1 reliable "x"` {
					t.Errorf("command %d: %s", i, l)
				}
			}
		}
		recorded(t, "parse: reliable command without")
	}},
	{48, "empty packets of every kind", func(t *testing.T) {
		d := joined(t, Config{})
		d.settle()
		equal(t, d.say(reliable(0, 1, ""), unreliable(0, 1, 1, ""), unsequenced(0, 1, "")),
			`receive 0 reliable ""`, `receive 0 unreliable ""`, `receive 0 unsequenced ""`, "ACK 0:1@1234")
		for _, f := range []Flags{Reliable, 0, Unsequenced} {
			d.send(0, "", f)
		}
		equal(t, d.service(), `SEND_RELIABLE 0:1 "", SEND_UNRELIABLE 0:1.1 "", SEND_UNSEQUENCED 0:0.1 ""`)
		recorded(t, "parse: empty packets")
	}},
	{49, "nothing is acknowledged without the flag", func(t *testing.T) {
		f := piece(2, 0, "a", "b")
		d := joined(t, Config{})
		d.settle()
		for _, c := range [][]byte{ping(9), reliable(0, 1, "x"), fragment(0, 2, f, "a"), bandwidth(9, 0, 0), throttle(9, 5000, 2, 2)} {
			c[0] &^= protocol.FlagAcknowledge
			for _, l := range d.say(c) {
				if l != `receive 0 reliable "x"` {
					t.Errorf("%x: %s", c[0], l)
				}
			}
		}
	}},
	{50, "commands of the connection are acknowledged whatever their number", func(t *testing.T) {
		policies(t, func(t *testing.T, cfg Config) {
			d := joined(t, cfg)
			d.settle()
			for _, seq := range []uint16{0, 1, 7, 7, 0x6FFF, 0x7000, 0x8FFF, 0xFFFF} {
				equal(t, d.say(ping(seq)), fmt.Sprintf("ACK 255:%d@1234", seq))
			}
		})
		recorded(t, "0xFF channel")
	}},
}
