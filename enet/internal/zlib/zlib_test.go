package zlib

import (
	"bytes"
	"compress/zlib"
	"encoding/hex"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"crosspeer/enet/internal/codectest"
)

var subject = codectest.Subject{
	New:      func() codectest.Codec { return new(Coder) },
	MaxInput: MaxInput,
}

func TestCodec(t *testing.T) { subject.Test(t) }

func TestGodotDatagrams(t *testing.T) {
	sent, direct := codectest.Godot(t, "zlib", "deflate(zlib)")
	c := new(Coder)
	for _, d := range sent {
		ours := codectest.Compress(t, c, d.Body, len(d.Body))
		if shrinks := len(ours) > 0 && len(ours) < len(d.Body); shrinks != d.Compressed {
			t.Errorf("%x: a host compresses it: %t, Godot does: %t", d.Body, shrinks, d.Compressed)
		}
		if !d.Compressed {
			continue
		}
		if got := codectest.Decompress(t, c, d.Wire(), 4096-d.Header); !bytes.Equal(got, d.Body) {
			t.Errorf("%x decompresses to %x\nwant %x", d.Wire(), got, d.Body)
		}
		// The answer to a CONNECT must not be longer than it.
		if len(ours) > len(d.Wire())+2 {
			t.Errorf("%x compresses to %d bytes, Godot's to %d", d.Body, len(ours), len(d.Wire()))
		}
	}
	for _, d := range direct {
		if got := codectest.Decompress(t, c, d.Output, d.Length); !bytes.Equal(got, d.Input) {
			t.Errorf("%x decompresses to %x\nwant %x", []byte(d.Output), got, []byte(d.Input))
		}
	}
}

// standard decompresses with the standard library, nil for what is damaged. rest is
// what it left.
func standard(stream []byte) (data []byte, rest int) {
	src := bytes.NewReader(stream)
	r, err := zlib.NewReader(src)
	if err != nil {
		return nil, 0
	}
	data, err = io.ReadAll(io.LimitReader(r, 1<<16))
	if err != nil {
		return nil, 0
	}
	return data, src.Len()
}

// writers are the standard library's, by level: each has more than 600 kB.
var writers = map[int]*zlib.Writer{}

// byStandard compresses with the standard library at a level.
func byStandard(tb testing.TB, raw []byte, level int) []byte {
	tb.Helper()
	var b bytes.Buffer
	w, ok := writers[level]
	if !ok {
		var err error
		if w, err = zlib.NewWriterLevel(&b, level); err != nil {
			tb.Fatal(err)
		}
		writers[level] = w
	}
	w.Reset(&b)
	w.Write(raw)
	w.Close()
	return b.Bytes()
}

// TestTheStandardLibraryAgrees lets each read what the other wrote.
func TestTheStandardLibraryAgrees(t *testing.T) {
	c := new(Coder)
	for k, shape := range codectest.Shapes {
		t.Run(shape.Name, func(t *testing.T) {
			for i := range uint64(50) {
				r := rand.New(rand.NewPCG(uint64(k), i))
				raw := make([]byte, 1+r.IntN(MaxInput))
				shape.Fill(r, raw)
				ours := codectest.Compress(t, c, raw, 2*len(raw)+64)
				if got, rest := standard(ours); !bytes.Equal(got, raw) || rest != 0 {
					t.Fatalf("seed %d: the standard library reads %d of %d bytes and leaves %d", i, len(got), len(raw), rest)
				}
				level := r.IntN(12) - 2
				if got := codectest.Decompress(t, c, byStandard(t, raw, level), len(raw)); !bytes.Equal(got, raw) {
					t.Fatalf("seed %d: level %d of the standard library comes back as %d bytes of %d", i, level, len(got), len(raw))
				}
			}
		})
	}
}

// TestDamageIsSeenAsByTheStandardLibrary changes streams and lets both read them.
// What ours refuses beyond are its own bounds.
func TestDamageIsSeenAsByTheStandardLibrary(t *testing.T) {
	c := new(Coder)
	refused, taken := 0, 0
	for i := range uint64(3000) {
		r := rand.New(rand.NewPCG(5, i))
		raw := make([]byte, 1+r.IntN(200))
		codectest.Shapes[r.IntN(len(codectest.Shapes))].Fill(r, raw)
		stream := byStandard(t, raw, []int{-2, 1, 6, 9}[r.IntN(4)])
		for range 1 + r.IntN(2) {
			at := 2 + r.IntN(min(len(stream)-2, 40))
			stream[at] ^= 1 << r.IntN(8)
		}
		want, rest := standard(stream)
		if rest > 0 || len(want) > 4092 {
			want = nil
		}
		got := codectest.Decompress(t, c, stream, 4092)
		if len(got) == 0 {
			refused++
		} else {
			taken++
		}
		if !bytes.Equal(got, want) {
			t.Errorf("seed %d: %x gives %x, the standard library %x", i, stream, got, want)
		}
	}
	if refused == 0 {
		t.Error("nothing was damaged")
	}
}

func TestStreams(t *testing.T) {
	a := strings.Repeat
	for _, tt := range []struct {
		name   string
		stream string
		want   string // empty: refused
	}{
		{"a stored block", "7801 01 0100 feff 61 00620062", "a"},
		{"a fixed block", "789c 4b0400 00620062", "a"},
		{"eight blocks", "7801" + a(" 00 0000 ffff", 7) + " 01 0100 feff 61 00620062", "a"},

		{"nine blocks", "7801" + a(" 00 0000 ffff", 8) + " 01 0100 feff 61 00620062", ""},
		{"a check sum that is wrong", "7801 01 0100 feff 61 00620063", ""},
		{"a check sum that is cut off", "7801 01 0100 feff 61 006200", ""},
		{"a byte too many", "7801 01 0100 feff 61 00620062 00", ""},
		{"a stored length that contradicts itself", "7801 01 0100 ffff 61 00620062", ""},
		{"a stored block that is cut off", "7801 01 0500 faff 61 00620062", ""},
		{"a kind of block that there is not", "7801 07 0100 feff 61 00620062", ""},
		{"another method", "770a 01 0100 feff 61 00620062", ""},
		{"a window that there is not", "881c 01 0100 feff 61 00620062", ""},
		{"a header that is no multiple of 31", "7802 01 0100 feff 61 00620062", ""},
		{"a dictionary", "7820 01 0100 feff 61 00620062", ""},
		{"a match from before the beginning", "789c 03 02 00 00620062", ""},
		{"no last block", "7801 00 0100 feff 61 00620062", ""},
		{"a header alone", "789c", ""},
		{"codes that are too many", "789c fd 0f 00 00 00 00 00 00 00 00", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			stream, err := hex.DecodeString(strings.ReplaceAll(tt.stream, " ", ""))
			if err != nil {
				t.Fatal(err)
			}
			if got := codectest.Decompress(t, new(Coder), stream, 4092); string(got) != tt.want {
				t.Errorf("gives %q, want %q", got, tt.want)
			}
			if got, rest := standard(stream); !strings.HasPrefix(tt.name, "nine") && (string(got) != tt.want && rest == 0) {
				t.Errorf("the standard library gives %q, want %q", got, tt.want)
			}
		})
	}
}

// TestSkewedCodes compresses bytes whose best code would have more than 15 bits.
func TestSkewedCodes(t *testing.T) {
	c := new(Coder)
	r := rand.New(rand.NewPCG(3, 3))
	var raw []byte
	for f, g, v := 1, 1, byte(0); len(raw)+f <= MaxInput; f, g, v = g, f+g, v+1 {
		raw = append(raw, bytes.Repeat([]byte{v * 7}, f)...)
	}
	r.Shuffle(len(raw), func(i, j int) { raw[i], raw[j] = raw[j], raw[i] })
	if got, _ := standard(codectest.Compress(t, c, raw, len(raw))); !bytes.Equal(got, raw) {
		t.Errorf("%d bytes come back as %d", len(raw), len(got))
	}
	var times [literalN]uint16
	for f, g, i := uint16(1), uint16(1), 0; i < 22; f, g, i = g, f+g, i+1 {
		times[i] = f
	}
	for _, most := range []uint8{15, 7} {
		var lengths [literalN]uint8
		c.tree.lengths(lengths[:], times[:], most)
		sum := 0
		for _, n := range lengths {
			if n > most {
				t.Errorf("a code has %d bits, want at most %d", n, most)
			}
			if n > 0 {
				sum += 1 << (15 - n)
			}
		}
		if sum != 1<<15 {
			t.Errorf("the code of %d bits is not complete: %d of %d", most, sum, 1<<15)
		}
	}
}

func TestInputsOfAllLengths(t *testing.T) {
	c := new(Coder)
	raw := make([]byte, MaxInput+1)
	dst := make([]byte, 2*len(raw))
	if n := c.Compress(dst, raw[:MaxInput]); n == 0 || n > 30 {
		t.Errorf("%d zeros compress to %d", MaxInput, n)
	}
	codectest.Shapes[0].Fill(rand.New(rand.NewPCG(1, 1)), raw)
	if n := c.Compress(dst, raw[:MaxInput]); n == 0 {
		t.Errorf("%d noisy bytes do not compress", MaxInput)
	}
	if n := c.Compress(dst, raw); n != 0 {
		t.Errorf("%d bytes compress to %d, want 0", len(raw), n)
	}
}

// bombs are streams that claim more than a datagram holds, and one with more blocks
// than a datagram needs.
func bombs(tb testing.TB) map[string][]byte {
	zeros := byStandard(tb, make([]byte, 1<<20), 9)
	blocks := []byte{0x78, 1}
	for len(blocks) < 4000 {
		blocks = append(blocks, 0, 0, 0, 0xFF, 0xFF)
	}
	return map[string][]byte{"1 MiB of zeros": zeros[:min(len(zeros), 4000)], "empty blocks": blocks}
}

func TestBombs(t *testing.T) {
	for name, stream := range bombs(t) {
		for _, limit := range []int{256, 4092} {
			if got := codectest.Decompress(t, new(Coder), stream, limit); len(got) != 0 {
				t.Errorf("%s: %d bytes come out of %d", name, len(got), len(stream))
			}
		}
	}
}

func TestCallsDoNotAllocate(t *testing.T) {
	if n := subject.Allocations(); n != 0 {
		t.Errorf("%v allocations per call", n)
	}
}
