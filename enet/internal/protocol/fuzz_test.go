package protocol

import (
	"bytes"
	"encoding/hex"
	"testing"

	"crosspeer/internal/hostile"
)

// FuzzCommands reads a datagram to its end. What is read is written again as it
// was, but for the bits that nobody uses.
func FuzzCommands(f *testing.F) {
	var seeds [][]byte
	for _, s := range []string{
		// A connection of libenet clients: CONNECT, VERIFY_CONNECT, an
		// acknowledgement, data of all kinds, and DISCONNECT.
		"8fff12348" + "2ff000101230000" + "0000057800008000" + "00000004" + "0000000000000000" + "000013880000000200000002" + "01020304" + "00000007" + "0",
		"81231234" + "83ff0001" + "0000ffff" + "0000057800008000" + "00000004" + "0000000000000000" + "000013880000000200000002" + "01020304",
		"1000" + "01ff000100011234",
		"90001234" + "860000010002" + "6869" + "07000001000100026869" + "49000000000500026869" + "85ff0002",
		"90001234" + "88000001000100020000000200000000000000040000000068690c00000100010002000000020000000100000004000000026869",
		"90001234" + "84ff000200000009" + "8aff00030000ffff0000ffff" + "8bff0004000013880000000200000002",
	} {
		if len(s)%2 != 0 {
			s += "0"
		}
		b, err := hex.DecodeString(s)
		if err != nil {
			f.Fatal(err)
		}
		seeds = append(seeds, b)
	}
	commands := func(b []byte, each func(Command, []byte)) {
		for {
			c, rest, ok := Next(b)
			if !ok {
				return
			}
			each(c, b[:len(b)-len(rest)])
			b = rest
		}
	}
	parse := func(b []byte) {
		if _, n, ok := ParseHeader(b); ok {
			commands(b[n:], func(Command, []byte) {})
		}
	}
	hostile.Fuzz(f, seeds, parse, func(t testing.TB, b []byte) {
		h, n, ok := ParseHeader(b)
		if !ok {
			return
		}
		head := make([]byte, h.Size())
		if h.Put(head); h.Size() != n || !bytes.Equal(head, b[:n]) {
			t.Fatalf("the header %x becomes %x", b[:n], head)
		}
		commands(b[n:], func(c Command, was []byte) {
			if c.Op.Size()+len(c.Payload) != len(was) {
				t.Fatalf("%v of %x has %d bytes behind %d", c.Op, was, len(c.Payload), c.Op.Size())
			}
			again := append(rewritten(&c), c.Payload...)
			if again[0] = was[0]; !bytes.Equal(again, was) { // flags are the writer's
				t.Fatalf("%v %x becomes %x", c.Op, was, again)
			}
		})
	})
}

// rewritten is the fixed part of a command, written from what was read of it.
func rewritten(c *Command) []byte {
	b := make([]byte, c.Op.Size())
	switch c.Op {
	case OpAcknowledge:
		// Its own number repeats the acknowledged one, and is not read.
		a := c.AcknowledgeFields()
		a.Put(b)
		be.PutUint16(b[2:], c.Seq)
	case OpConnect, OpVerifyConnect:
		f := c.ConnectFields()
		f.Put(b, c.Op, c.Seq)
		b[1] = c.Channel
	case OpDisconnect:
		PutDisconnect(b, 0, c.Seq, c.DisconnectData())
		b[1] = c.Channel
	case OpPing:
		PutPing(b, c.Seq)
		b[1] = c.Channel
	case OpBandwidthLimit:
		in, out := c.BandwidthFields()
		PutBandwidthLimit(b, c.Seq, in, out)
		b[1] = c.Channel
	case OpThrottleConfigure:
		PutThrottleConfigure(b, c.Seq, c.ThrottleFields())
		b[1] = c.Channel
	case OpSendReliable:
		PutReliable(b, c.Channel, c.Seq, len(c.Payload))
	case OpSendUnreliable:
		PutUnreliable(b, c.Channel, c.Seq, c.Number(), len(c.Payload))
	case OpSendUnsequenced:
		PutUnsequenced(b, c.Channel, c.Number(), len(c.Payload))
		be.PutUint16(b[2:], c.Seq)
	default:
		f := c.FragmentFields()
		f.Put(b, c.Op, c.Channel, c.Seq, len(c.Payload))
	}
	return b
}
