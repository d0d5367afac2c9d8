package engine

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"slices"
	"testing"
	"time"

	"crosspeer/enet/internal/protocol"
	"crosspeer/enet/internal/rangecoder"
)

var headerPoints = []point{
	{1, "header bits; CONNECT starts with 0x8FFF", func(t *testing.T) {
		d := newHand(t, Config{})
		f := d.dial()
		if got := binary.BigEndian.Uint16(d.out.Datagrams[0].Data); got != 0x8FFF {
			t.Errorf("CONNECT starts with %04x, want 8fff", got)
		}
		v := d.agreement(f)
		v.OutgoingSession = 2
		d.say(verify(1, v))
		d.settle()
		for _, tt := range []struct {
			flags Flags
			want  uint16
		}{{0, 0x2123}, {Unsequenced, 0x2123}, {Reliable, 0xA123}} {
			d.send(0, "x", tt.flags)
			d.service()
			if got := binary.BigEndian.Uint16(d.datagrams[0]); got != tt.want {
				t.Errorf("flags %d: header %04x, want %04x", tt.flags, got, tt.want)
			}
		}
	}},
	{2, "sent time if and only if a command wants an acknowledgement", func(t *testing.T) {
		policies(t, func(t *testing.T, cfg Config) {
			d := joined(t, cfg)
			d.settle()
			for _, tt := range []struct {
				name string
				act  func()
				want bool
			}{
				{"acknowledgement only", func() { d.raw(d.timed(ping(2))) }, false},
				{"unreliable only", func() { d.send(0, "x", 0) }, false},
				{"unsequenced only", func() { d.send(0, "x", Unsequenced) }, false},
				{"reliable", func() { d.send(0, "x", Reliable) }, true},
				{"unreliable before reliable", func() { d.send(0, "x", 0); d.send(0, "x", Reliable) }, true},
				{"goodbye", func() { d.peer.DisconnectNow(0) }, false},
			} {
				tt.act()
				d.service()
				if hdr, _ := d.area(d.datagrams[0]); hdr.HasTime != tt.want {
					t.Errorf("%s: sent time %v, want %v", tt.name, hdr.HasTime, tt.want)
				}
			}
		})
	}},
	{3, "sent time is that of this transmission", func(t *testing.T) {
		policies(t, func(t *testing.T, cfg Config) {
			d := joined(t, cfg)
			d.settle()
			d.now = 65*time.Second + 500*time.Millisecond // 36 ms before the 16 bits wrap
			d.send(0, "x", Reliable)
			d.service()
			sent := 0
			for end := d.now + 2*time.Second; d.now < end; d.now += time.Millisecond {
				d.service()
				for _, b := range d.datagrams {
					sent++
					if got := binary.BigEndian.Uint16(b[2:]); got != uint16(d.now.Milliseconds()) {
						t.Errorf("at %v the sent time is %d, want %d", d.now, got, uint16(d.now.Milliseconds()))
					}
				}
			}
			if sent < 3 {
				t.Errorf("%d transmissions in two seconds", sent)
			}
		})
	}},
	{4, "outgoing session ID in bits 13 and 12, 0 without a peer ID", func(t *testing.T) {
		for out := range uint8(4) {
			d := newHand(t, Config{})
			f := d.dial()
			if hdr, _ := d.area(d.out.Datagrams[0].Data); hdr.Session != 0 || hdr.PeerID != protocol.NoPeer {
				t.Errorf("CONNECT has session %d, peer ID %x", hdr.Session, hdr.PeerID)
			}
			v := d.agreement(f)
			v.IncomingSession, v.OutgoingSession = 3-out, out
			d.session = 3 - out
			d.say(verify(1, v))
			if hdr, _ := d.area(d.datagrams[0]); hdr.Session != out {
				t.Errorf("session %d, want %d", hdr.Session, out)
			}
			equal(t, d.say(ping(2)), "ACK 255:2@1234") // with the incoming session
		}
		recordedSession(t, "reconnect-plain")
	}},
	{5, "a datagram shorter than its header", func(t *testing.T) {
		for _, tt := range []struct {
			name     string
			checksum func([]byte) uint32
			b        []byte
		}{
			{"one byte", nil, []byte{0}},
			{"sent time missing", nil, []byte{0x80, 0}},
			{"sent time cut", nil, []byte{0x80, 0, 0}},
			{"checksum missing", crc32.ChecksumIEEE, []byte{0, 0}},
			{"checksum cut", crc32.ChecksumIEEE, []byte{0, 0, 0, 0, 0}},
			{"sent time without checksum", crc32.ChecksumIEEE, []byte{0x80, 0, 0, 0, 1, 2, 3}},
			{"compressed, nothing else", nil, []byte{0x40, 0}},
		} {
			t.Run(tt.name, func(t *testing.T) {
				d := joined(t, Config{Checksum: tt.checksum, Codec: new(rangecoder.Coder)})
				d.settle()
				for _, who := range []uint16{d.slot, protocol.NoPeer, d.slot ^ 1} {
					b := slices.Clone(tt.b)
					if len(b) > 1 {
						binary.BigEndian.PutUint16(b, binary.BigEndian.Uint16(b)|who|uint16(d.session)<<12)
					}
					d.raw(b)
				}
				equal(t, d.service())
				equal(t, d.say(reliable(0, 1, "on")), `receive 0 reliable "on"`, "ACK 0:1@1234")
			})
		}
		recorded(t, "header: datagrams")
	}},
	{6, "empty datagrams do not end anything", func(t *testing.T) {
		d := joined(t, Config{})
		d.settle()
		d.raw(nil)
		d.raw([]byte{})
		equal(t, d.say(reliable(0, 1, "on")), `receive 0 reliable "on"`, "ACK 0:1@1234")
		if n := d.h.Stats().DropShort; n != 2 {
			t.Errorf("%d dropped as short, want 2", n)
		}
	}},
	{7, "4096 bytes are taken, 4097 dropped", func(t *testing.T) {
		d := joined(t, Config{})
		d.settle()
		room := protocol.MaxDatagram - protocol.MaxHeader - protocol.OpSendReliable.Size()
		d.raw(d.timed(reliable(0, 1, string(make([]byte, room+1)))))
		equal(t, d.service())
		equal(t, d.say(reliable(0, 1, string(make([]byte, room)))), fmt.Sprintf("receive 0 reliable %d bytes", room), "ACK 0:1@1234")
		if n := d.h.Stats().DropOversize; n != 1 {
			t.Errorf("%d dropped as too large, want 1", n)
		}
	}},
	{8, "free slots, unknown slots, wrong source, wrong session", func(t *testing.T) {
		d := joined(t, Config{})
		d.settle()
		good := *d
		for _, tt := range []struct {
			name string
			edit func(*hand)
		}{
			{"the slot beside", func(d *hand) { d.slot ^= 1 }},
			{"the last slot", func(d *hand) { d.slot = protocol.MaxPeerID }},
			{"another port", func(d *hand) { d.addr = source(2) }},
			{"session + 1", func(d *hand) { d.session = (d.session + 1) & 3 }},
			{"session + 2", func(d *hand) { d.session = (d.session + 2) & 3 }},
			{"session + 3", func(d *hand) { d.session = (d.session + 3) & 3 }},
		} {
			bad := good
			tt.edit(&bad)
			bad.raw(bad.timed(reliable(0, 1, "x")))
			if got := d.service(); got != nil {
				t.Errorf("%s: %q", tt.name, got)
			}
		}
		equal(t, d.say(reliable(0, 1, "x")), `receive 0 reliable "x"`, "ACK 0:1@1234")
		recorded(t, "header: wrong")
	}},
	{9, "any session bits while connecting", func(t *testing.T) {
		for s := range uint8(4) {
			d := newHand(t, Config{})
			f := d.dial()
			d.session = s
			if got := d.say(verify(1, d.agreement(f))); len(got) == 0 || got[0] != "connect 0" {
				t.Errorf("session %d: %q", s, got)
			}
		}
	}},
	{10, "CRC over header, seed and uncompressed area, big-endian", func(t *testing.T) {
		for _, codec := range []Codec{nil, new(rangecoder.Coder)} {
			d := joined(t, Config{Checksum: crc32.ChecksumIEEE, Codec: codec})
			d.settle()
			d.send(0, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", Reliable)
			d.service()
			b := d.datagrams[0]
			area := b[8:]
			if codec != nil {
				if b[0]&0x40 == 0 {
					t.Fatal("not compressed")
				}
				var plain [200]byte
				area = plain[:codec.Decompress(plain[:], area)]
			}
			want := crc32.ChecksumIEEE(slices.Concat(b[:4], d.id[:], area))
			if got := binary.BigEndian.Uint32(b[4:]); got != want {
				t.Errorf("compressed %v: checksum %08x, want %08x", codec != nil, got, want)
			}
		}
		recordedSession(t, "basic-crc32", "basic-range-coder+crc32")
	}},
	{11, "seed is zeros for peer ID 0xFFF, the connection identifier otherwise", func(t *testing.T) {
		d := newHand(t, Config{Checksum: crc32.ChecksumIEEE})
		f := d.dial()
		b := d.out.Datagrams[0].Data
		want := crc32.ChecksumIEEE(slices.Concat(b[:4], make([]byte, 4), b[8:]))
		if got := binary.BigEndian.Uint32(b[4:]); got != want {
			t.Errorf("checksum of CONNECT %08x, want %08x", got, want)
		}
		id := d.id
		d.id = [4]byte{}
		equal(t, d.say(verify(1, d.agreement(f))))
		d.id = id
		equal(t, d.say(verify(1, d.agreement(f))), "connect 0", "ACK 255:1@1234, PING 255:2")
		recorded(t, "checksum")
	}},
	{12, "a datagram with a wrong checksum", func(t *testing.T) {
		d := joined(t, Config{Checksum: crc32.ChecksumIEEE})
		d.settle()
		good := d.timed(reliable(0, 1, "hello"))
		for i := range good {
			for _, bit := range []byte{1, 0x80} {
				b := slices.Clone(good)
				b[i] ^= bit
				d.raw(b)
				if got := d.service(); got != nil {
					t.Fatalf("byte %d changed by %x: %q", i, bit, got)
				}
			}
		}
		d.raw(good)
		equal(t, d.service(), `receive 0 reliable "hello"`, "ACK 0:1@1234")
	}},
	{13, "compressed without a compressor, uncompressed with one", func(t *testing.T) {
		coder := new(rangecoder.Coder)
		squeeze := func(b []byte) []byte {
			var dst [256]byte
			n := coder.Compress(dst[:], b[4:])
			c := append(slices.Clone(b[:4]), dst[:n]...)
			c[0] |= 0x40
			return c
		}
		text := reliable(0, 1, "aaaaaaaaaaaaaaaaaaaaaaaa")
		without := joined(t, Config{})
		without.settle()
		without.raw(squeeze(without.timed(text)))
		equal(t, without.service())
		equal(t, without.say(text), "receive 0 reliable 24 bytes", "ACK 0:1@1234")

		with := joined(t, Config{Codec: coder})
		with.settle()
		equal(t, with.say(text), "receive 0 reliable 24 bytes", "ACK 0:1@1234")
		with.raw(squeeze(with.timed(reliable(0, 2, "aaaaaaaaaaaaaaaaaaaaaaaa"))))
		equal(t, with.service(), "receive 0 reliable 24 bytes", "ACK 0:2@1234")
		recorded(t, "header: compressed", "header: range")
	}},
	{14, "compressed only if strictly smaller", func(t *testing.T) {
		for _, tt := range []struct {
			name  string
			saves int // bytes, of those that the area has
			want  bool
		}{{"one byte less", 1, true}, {"as many bytes", 0, false}, {"does not fit", -1, false}} {
			d := joined(t, Config{Codec: fakeCodec(tt.saves)})
			d.send(0, "four", 0)
			d.service()
			if got := d.datagrams[0][0]&0x40 != 0; got != tt.want {
				t.Errorf("%s: compressed %v, want %v", tt.name, got, tt.want)
			}
			want := protocol.MinHeader + protocol.OpSendUnreliable.Size() + 4
			if tt.want {
				want -= tt.saves
			}
			if n := len(d.datagrams[0]); n != want {
				t.Errorf("%s: %d bytes, want %d", tt.name, n, want)
			}
		}
	}},
	{15, "range coder, both directions", func(t *testing.T) {
		recordedSession(t, "basic-range-coder", "basic-range-coder+crc32")
	}},
}

// fakeCodec saves a fixed number of bytes, and does nothing below 20: VERIFY
// and ACK stay readable.
type fakeCodec int

func (c fakeCodec) Compress(dst, src []byte) int {
	n := len(src) - int(c)
	if len(src) != 12 || n > len(dst) {
		return 0
	}
	return n
}

func (fakeCodec) Decompress(dst, src []byte) int { return 0 }
