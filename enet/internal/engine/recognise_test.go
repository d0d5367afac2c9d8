package engine

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"crosspeer/enet/internal/fastlz"
	"crosspeer/enet/internal/protocol"
	"crosspeer/enet/internal/rangecoder"
	"crosspeer/enet/internal/zlib"
)

// countingCodec counts what it is asked to decompress.
type countingCodec struct {
	Codec
	asked, longest, room int
}

func (c *countingCodec) Decompress(dst, src []byte) int {
	c.asked++
	c.longest = max(c.longest, len(src))
	c.room = max(c.room, len(dst))
	return c.Codec.Decompress(dst, src)
}

// counting wraps every codec, in the same order.
func counting() (codecs []Codec, counts []*countingCodec) {
	for _, c := range everyCodec() {
		counted := &countingCodec{Codec: c}
		codecs, counts = append(codecs, counted), append(counts, counted)
	}
	return codecs, counts
}

func asked(counts []*countingCodec) (n []int) {
	for _, c := range counts {
		n = append(n, c.asked)
	}
	return n
}

// squeeze makes a datagram compressed, by whatever codec the host does not know of.
func (d *hand) squeeze(c Codec, hdr protocol.Header, commands ...[]byte) []byte {
	d.t.Helper()
	hdr.Compressed = true
	b := squeeze(c, d.wrap(hdr, commands...), hdr.Size())
	if len(b) == hdr.Size() {
		d.t.Fatal("nothing was compressed")
	}
	return b
}

func TestACompressionIsFoundOutOnceInItsOrder(t *testing.T) {
	stranger := protocol.Header{PeerID: protocol.NoPeer, HasTime: true, SentTime: handStamp}
	for _, tt := range []struct {
		name  string
		codec Codec
		own   int   // its place
		tried []int // zlib, FastLZ and the range coder, for one CONNECT
	}{
		{"zlib", new(zlib.Coder), 0, []int{1, 0, 0}},
		{"FastLZ", new(fastlz.Coder), 1, []int{1, 1, 0}},
		{"the range coder", new(rangecoder.Coder), 2, []int{1, 1, 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			codecs, counts := counting()
			d := newHand(t, Config{Accept: codecs, Codec: tt.codec}) // Codec is what this test reads by
			d.raw(d.squeeze(tt.codec, stranger, connect(d.request())))
			if got := asked(counts); !slices.Equal(got, tt.tried) {
				t.Errorf("the codecs are asked %v times, want %v", got, tt.tried)
			}
			v, ok := d.verified()
			if !ok || !v.hdr.Compressed {
				t.Fatalf("answered %t, compressed %t", ok, v.hdr.Compressed)
			}
			own := protocol.Header{PeerID: d.slot, Session: d.session, HasTime: true, SentTime: handStamp}
			d.raw(d.squeeze(tt.codec, own, d.answer(v), ping(2), ping(3), ping(4)))
			for i := range uint16(9) {
				d.raw(d.squeeze(tt.codec, own, reliable(0, 1+i, strings.Repeat("a", 200))))
			}
			want := slices.Clone(tt.tried)
			want[tt.own] += 10
			if got := asked(counts); !slices.Equal(got, want) {
				t.Errorf("after ten datagrams more the codecs have been asked %v times, want %v", got, want)
			}
			if d.h.PeerCount() != 1 || d.h.stats.DropCompression+d.h.stats.Malformed > 0 {
				t.Errorf("%d peers, %+v", d.h.PeerCount(), d.h.stats)
			}
		})
	}
}

// A stranger's compressed datagram costs no more than the size of a CONNECT, in and
// out, whatever it has or claims.
func TestWhatStrangersCompressIsBounded(t *testing.T) {
	head := protocol.Header{PeerID: protocol.NoPeer, HasTime: true, Compressed: true}
	for _, n := range []int{1, 60, protocol.MaxStranger - 5, protocol.MaxStranger, 300, 1400, 4092} {
		for name, byteAt := range map[string]func(i int) byte{
			"zeros": func(int) byte { return 0 },
			"a long FastLZ match": func(i int) byte {
				return [4]byte{0, 0xE0, 0xFF, 0}[min(i, 1+i%3)]
			},
			"ascending": func(i int) byte { return byte(i) },
		} {
			codecs, counts := counting()
			d := newHand(t, Config{Accept: codecs})
			b := make([]byte, head.Size()+n)
			head.Put(b)
			for i := range n {
				b[head.Size()+i] = byteAt(i)
			}
			d.raw(b)
			equal(t, d.service())
			for _, c := range counts {
				if c.longest >= protocol.MaxStranger || c.room > protocol.MaxStranger {
					t.Errorf("%d bytes of %s: a codec gets %d bytes and room for %d", n, name, c.longest, c.room)
				}
				if (c.asked > 0) != (n < protocol.MaxStranger) {
					t.Errorf("%d bytes of %s: a codec is asked %d times", n, name, c.asked)
				}
			}
			if d.h.stats.DropCompression != 1 {
				t.Errorf("%d bytes of %s: %d drops are counted", n, name, d.h.stats.DropCompression)
			}
		}
	}
}

// mistaken takes whatever comes for a CONNECT that asks for nothing there can be.
type mistaken struct{ runLength }

func (mistaken) Decompress(dst, _ []byte) int {
	f := protocol.Connect{PeerID: protocol.MaxPeerID, MTU: 1400, WindowSize: 4096, ChannelCount: 1000}
	return copy(dst, connect(f))
}

func TestAConnectThatCannotBeIsAnotherCompression(t *testing.T) {
	d := newHand(t, Config{Accept: []Codec{mistaken{}, new(zlib.Coder)}, Codec: new(zlib.Coder)})
	d.raw(d.squeeze(new(zlib.Coder), protocol.Header{PeerID: protocol.NoPeer, HasTime: true}, connect(d.request())))
	d.service()
	if len(d.datagrams) != 1 || d.h.stats.Connects != 1 {
		t.Errorf("%d answers, %d requests", len(d.datagrams), d.h.stats.Connects)
	}
}

// A peer's bomb is cut at what a datagram holds and costs it nothing else.
func TestAPeersBombIsDropped(t *testing.T) {
	for name, codec := range map[string]func() Codec{
		"zlib":        func() Codec { return new(zlib.Coder) },
		"FastLZ":      func() Codec { return new(fastlz.Coder) },
		"range coder": func() Codec { return new(rangecoder.Coder) },
	} {
		t.Run(name, func(t *testing.T) {
			c := &countingCodec{Codec: codec()}
			d := newHand(t, Config{Codec: c})
			d.join().settle()
			own := protocol.Header{PeerID: d.slot, Session: d.session, HasTime: true}
			bomb := d.squeeze(codec(), own, bytes.Repeat([]byte{protocol.FlagAcknowledge | byte(protocol.OpPing), 0xFF, 0, 9}, 1500))
			d.raw(bomb)
			if c.room > protocol.MaxDatagram {
				t.Errorf("room for %d bytes", c.room)
			}
			if d.h.stats.DropCompression != 1 {
				t.Errorf("%d drops are counted", d.h.stats.DropCompression)
			}
			d.service()
			d.raw(d.squeeze(codec(), own, reliable(0, 1, strings.Repeat("a", 200))))
			if got := d.service(); len(got) == 0 || !strings.HasPrefix(got[0], "receive 0 reliable") {
				t.Errorf("afterwards the host says %q", got)
			}
		})
	}
}
