package zstd

import (
	"bytes"
	"encoding/hex"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"crosspeer/enet/internal/codectest"
)

var subject = codectest.Subject{
	New:      func() codectest.Codec { return new(coder) },
	MaxInput: maxContent,
}

func TestCodec(t *testing.T) { subject.Test(t) }

func TestGodotDatagrams(t *testing.T) {
	sent, direct := codectest.Godot(t, "zstd", "zstd")
	c := new(coder)
	for _, d := range sent {
		ours := codectest.Compress(t, c, d.Body, len(d.Body))
		if len(ours) > 0 && len(ours) < len(d.Body) && !d.Compressed {
			t.Errorf("%x: a host compresses it to %x, Godot does not", d.Body, ours)
		}
		if !d.Compressed {
			continue
		}
		if got := codectest.Decompress(t, c, d.Wire(), 4096-d.Header); !bytes.Equal(got, d.Body) {
			t.Errorf("%x decompresses to %x\nwant %x", d.Wire(), got, d.Body)
		}
		if len(d.Body) > 500 && (len(ours) == 0 || len(ours) > len(d.Body)/2) {
			t.Errorf("%d bytes compress to %d, Godot's to %d", len(d.Body), len(ours), len(d.Wire()))
		}
	}
	for _, d := range direct {
		if got := codectest.Decompress(t, c, d.Output, d.Length); !bytes.Equal(got, d.Input) {
			t.Errorf("%x decompresses to %x\nwant %x", []byte(d.Output), got, []byte(d.Input))
		}
	}
}

func TestFrames(t *testing.T) {
	for _, tt := range []struct {
		name   string
		stream string
		want   string // empty: refused
	}{
		{"one stored block", "28b52ffd 20 01 090000 61", "a"},
		{"one byte, three times", "28b52ffd 20 03 1b0000 61", "aaa"},
		{"a window instead of a size", "28b52ffd 00 00 090000 61", "a"},
		{"a window of 3.75 TiB", "28b52ffd 00 ff 090000 61", "a"},
		{"a size of two bytes", "28b52ffd 60 0000 030800 61", strings.Repeat("a", 256)},
		{"a check sum", "28b52ffd 24 01 090000 61 6f6de04b", ""}, // a wrong one
		{"eight blocks", "28b52ffd 20 01" + strings.Repeat(" 000000", 7) + "090000 61", "a"},

		{"nine blocks", "28b52ffd 20 01" + strings.Repeat(" 000000", 8) + "090000 61", ""},
		{"a byte too many", "28b52ffd 20 01 090000 61 00", ""},
		{"a second frame", "28b52ffd 20 01 090000 61 28b52ffd 20 01 090000 61", ""},
		{"a frame to skip", "502a4d18 01000000 00 28b52ffd 20 01 090000 61", ""},
		{"a block that is cut off", "28b52ffd 20 02 110000 61", ""},
		{"a block's head that is cut off", "28b52ffd 20 01 0900", ""},
		{"no last block", "28b52ffd 20 01 080000 61", ""},
		{"a reserved kind of block", "28b52ffd 20 01 0f0000 61", ""},
		{"a size that is not the content's", "28b52ffd 20 02 090000 61", ""},
		{"a size beyond a datagram", "28b52ffd a0 00100000 090000 61", ""},
		{"a content beyond a datagram", "28b52ffd 00 00 030001 61", ""},
		{"a dictionary", "28b52ffd 21 01 01 090000 61", ""},
		{"a reserved bit", "28b52ffd 28 01 090000 61", ""},
		{"a magic number alone", "28b52ffd", ""},
		{"a size that is cut off", "28b52ffd e0 0100", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			stream, err := hex.DecodeString(strings.ReplaceAll(tt.stream, " ", ""))
			if err != nil {
				t.Fatal(err)
			}
			if got := codectest.Decompress(t, new(coder), stream, 4092); string(got) != tt.want {
				t.Errorf("gives %q, want %q", got, tt.want)
			}
		})
	}
}

// TestWhatAFrameHoldsIsAddedUp holds that a frame is refused before anything is
// decoded, if what needs no decoding is too much already.
func TestWhatAFrameHoldsIsAddedUp(t *testing.T) {
	for _, blocks := range []string{"580000 6162636465666768696a6b", "5a0000 61", "280000 6162636465 320000 61"} {
		stream, err := hex.DecodeString(strings.ReplaceAll("28b52ffd 00 00"+blocks, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		for limit, want := range map[int]bool{10: false, 11: true} {
			if _, ok := readFrame(append(stream, 1, 0, 0), limit); ok != want {
				t.Errorf("11 bytes in %q are let through with room for %d: %t", blocks, limit, ok)
			}
		}
	}
}

// TestForeignFrames reads frames of other levels and options.
func TestForeignFrames(t *testing.T) {
	c := new(coder)
	for _, options := range [][]zstd.EOption{
		{zstd.WithEncoderLevel(zstd.SpeedFastest)},
		{zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithEncoderCRC(true)},
		{zstd.WithSingleSegment(false), zstd.WithWindowSize(1 << 20)},
	} {
		enc, err := zstd.NewWriter(nil, options...)
		if err != nil {
			t.Fatal(err)
		}
		for k, shape := range codectest.Shapes {
			raw := make([]byte, 4000)
			shape.Fill(rand.New(rand.NewPCG(1, uint64(k))), raw)
			if got := codectest.Decompress(t, c, enc.EncodeAll(raw, nil), 4092); !bytes.Equal(got, raw) {
				t.Errorf("%s: %d bytes come back", shape.Name, len(got))
			}
		}
		enc.Close()
	}
}

// bombs are frames that claim more than a datagram holds, or hide what they hold.
func bombs(tb testing.TB) map[string][]byte {
	tb.Helper()
	enc := must(zstd.NewWriter(nil, zstd.WithEncoderCRC(false)))
	defer enc.Close()
	told := enc.EncodeAll(make([]byte, 64<<20), nil)
	told = told[:min(len(told), 4000)]
	hidden := []byte{0x28, 0xB5, 0x2F, 0xFD, 0, 0x68} // no size, a window of 8 MiB
	for range maxBlocks - 1 {
		hidden = append(hidden, 2, 0, 0x10, 0) // 128 KiB of zeros
	}
	hidden = append(hidden, 3, 0, 0x10, 0)
	// Compressed blocks of 128 KiB each, without a size.
	var b bytes.Buffer
	long := must(zstd.NewWriter(&b, zstd.WithEncoderCRC(false), zstd.WithEncoderConcurrency(1)))
	for range 8 {
		long.Write(bytes.Repeat([]byte("abcdefg"), 128<<10/7))
	}
	long.Close()
	// As many blocks as are allowed, each with tables of its own.
	var eight bytes.Buffer
	short := must(zstd.NewWriter(&eight, zstd.WithEncoderCRC(false), zstd.WithEncoderConcurrency(1)))
	for i := range maxBlocks {
		raw := make([]byte, 1000)
		codectest.Shapes[8].Fill(rand.New(rand.NewPCG(1, uint64(i))), raw)
		short.Write(raw)
		if i < maxBlocks-1 {
			short.Flush()
		}
	}
	short.Close()
	many := []byte{0x28, 0xB5, 0x2F, 0xFD, 0, 0x68}
	for len(many) < 4000 {
		many = append(many, 0, 0, 0)
	}
	many = append(many, 1, 0, 0)
	return map[string][]byte{"64 MiB that are told": told, "1 MiB that is not told": hidden, "1,300 empty blocks": many, "1 MiB of text": b.Bytes(), "eight blocks": eight.Bytes()}
}

func TestBombs(t *testing.T) {
	for name, stream := range bombs(t) {
		c := new(coder)
		c.Decompress(make([]byte, 16), []byte{0x28, 0xB5, 0x2F, 0xFD, 0x20, 1, 9, 0, 0, 'a'}) // makes the decoder
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for _, limit := range []int{256, 4092} {
			if got := codectest.Decompress(t, c, stream, limit); len(got) != 0 {
				t.Errorf("%s: %d bytes come out of %d", name, len(got), len(stream))
			}
		}
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > 64<<10 {
			t.Errorf("%s: %d bytes were allocated", name, n)
		}
	}
}

func TestNothingIsMadeForWhatIsNoFrame(t *testing.T) {
	c := new(coder)
	dst := make([]byte, 4092)
	for range 100 {
		c.Decompress(dst, []byte("these bytes have another form"))
	}
	if c.dec != nil || c.enc != nil {
		t.Error("a decoder was made")
	}
}

func TestCallsDoNotAllocate(t *testing.T) {
	// The library's pools lose some of what they hold under the race detector.
	if n := subject.Allocations(); n != 0 && !raceEnabled {
		t.Errorf("%v allocations per call", n)
	}
}
