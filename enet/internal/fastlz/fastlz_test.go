package fastlz

import (
	"bytes"
	"encoding/hex"
	"os"
	"strings"
	"testing"

	"crosspeer/enet/internal/codectest"
)

var subject = codectest.Subject{
	New:      func() codectest.Codec { return new(Coder) },
	Smallest: smallest,
}

func TestCodec(t *testing.T) { subject.Test(t) }

func TestGodotDatagrams(t *testing.T) {
	sent, direct := codectest.Godot(t, "fastlz", "fastlz")
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
		want := append(bytes.Clone(d.Input), make([]byte, d.Length-len(d.Input))...)
		if got := codectest.Decompress(t, c, d.Output, d.Length); !bytes.Equal(got, want) {
			t.Errorf("%x decompresses to %x\nwant %x", []byte(d.Output), got, want)
		}
	}
}

// TestLevel2 reads what PoolByteArray.compress of Godot 3.2.3 made of 8 times 300
// noisy bytes and 9,000 zeros.
func TestLevel2(t *testing.T) {
	text, err := os.ReadFile("testdata/level2.hex")
	if err != nil {
		t.Fatal(err)
	}
	stream, err := hex.DecodeString(strings.Join(strings.Fields(string(text)), ""))
	if err != nil {
		t.Fatal(err)
	}
	block := make([]byte, 9300)
	state := uint32(1)
	for i := range 300 {
		state = (state*1103515245 + 12345) & 0x7FFFFFFF
		block[i] = byte(state >> 16)
	}
	want := bytes.Repeat(block, 8)
	if got := codectest.Decompress(t, new(Coder), stream, len(want)); !bytes.Equal(got, want) {
		t.Errorf("%d bytes come out, want %d", len(got), len(want))
	}
}

func TestTokens(t *testing.T) {
	z := func(n int) []byte { return make([]byte, n) }
	for _, tt := range []struct {
		name   string
		stream string
		want   []byte
	}{
		{"a run of one", "00 61", []byte("a")},
		{"the longest run", "1f" + strings.Repeat(" 61", 32), bytes.Repeat([]byte("a"), 32)},
		{"a match of three", "00 61 20 00", []byte("aaaa")},
		{"a match of eight from two back", "01 61 62 c0 01", []byte("ababababab")},
		{"the longest match of level 1", "00 00 e0 ff 00", z(265)},
		{"a length of level 2 that goes on", "20 00 e0 ff 00 00", z(265)},
		{"a length of level 2 that goes on twice", "20 00 e0 ff ff 02 00", z(522)},
		{"a match behind a match", "00 61 20 00 20 00", []byte("aaaaaaa")},
		{"a second run", "00 61 00 62", []byte("ab")},

		{"a run that ends early", "02 61 62", nil},
		{"a match without its distance", "00 61 20", nil},
		{"a long match without its distance", "00 61 e0 05", nil},
		{"a long match without its length", "00 61 e0", nil},
		{"a match from before the beginning", "00 61 20 01", nil},
		{"a length of level 2 without end", "20 00 e0 ff ff ff", nil},
		{"a distance of level 2 that goes on and ends", "20 00 3f ff 00", nil},
		{"a distance of level 2 from before the beginning", "20 00 3f ff 00 00", nil},
		{"a level that there is not", "40 61", nil},
		{"a run without its bytes", "00 61 00", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			stream, err := hex.DecodeString(strings.ReplaceAll(tt.stream, " ", ""))
			if err != nil {
				t.Fatal(err)
			}
			if got := codectest.Decompress(t, new(Coder), stream, 4092); !bytes.Equal(got, tt.want) {
				t.Errorf("gives %x, want %x", got, tt.want)
			}
		})
	}
}

func TestDistances(t *testing.T) {
	c := new(Coder)
	noise := make([]byte, 300)
	codectest.Shapes[0].Fill(rng(), noise)
	for _, tt := range []struct {
		apart  int
		repeat bool
	}{{8192, true}, {8193, false}} {
		raw := append(bytes.Clone(noise), make([]byte, tt.apart-len(noise))...)
		raw = append(raw, noise...)
		packed := codectest.Compress(t, c, raw, len(raw))
		if found := len(packed) < 500; found != tt.repeat {
			t.Errorf("bytes that stood %d before are found: %t, in %d bytes", tt.apart, found, len(packed))
		}
		if got := codectest.Decompress(t, c, packed, len(raw)); !bytes.Equal(got, raw) {
			t.Errorf("%d apart: something else comes back", tt.apart)
		}
	}
}

func TestInputsOfAllLengths(t *testing.T) {
	c := new(Coder)
	raw := bytes.Repeat([]byte("ab"), 1<<15)
	if n := c.Compress(make([]byte, 4096), raw[:MaxInput]); n == 0 || codectest.Decompress(t, c, codectest.Compress(t, c, raw[:MaxInput], 4096), MaxInput) == nil {
		t.Errorf("%d bytes compress to %d", MaxInput, n)
	}
	if n := c.Compress(make([]byte, 4096), raw); n != 0 {
		t.Errorf("%d bytes compress to %d, want 0", len(raw), n)
	}
}

// TestBombs holds that what a few bytes claim is not written beyond the limit.
func TestBombs(t *testing.T) {
	c := new(Coder)
	for name, stream := range map[string][]byte{
		"level 1": append([]byte{0, 0}, bytes.Repeat([]byte{0xE0, 0xFF, 0}, 1364)...), // 360,097 bytes
		"level 2": append([]byte{0x20, 0, 0xE0}, bytes.Repeat([]byte{0xFF}, 4090)...), // and no end
	} {
		for _, limit := range []int{256, 4092} {
			if got := codectest.Decompress(t, c, stream, limit); len(got) != 0 {
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
