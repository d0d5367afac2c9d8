package godot3

import (
	"bytes"
	"compress/zlib"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"testing"

	klauspost "github.com/klauspost/compress/zstd"

	"crosspeer/enet"
	"crosspeer/enet/zstd"
)

// enetCompression is the counterpart of a stock peer's compression in package enet.
func enetCompression(c Compression) *enet.Compression {
	return map[Compression]*enet.Compression{RangeCoder: enet.RangeCoder, FastLZ: enet.FastLZ, Zlib: enet.Zlib, Zstd: zstd.Compression}[c]
}

// standard decompresses with what everybody has: for zlib and Zstandard nothing of
// package enet.
type standard struct{ c Compression }

func independent(c Compression) enet.Compressor {
	switch c {
	case Zlib, Zstd:
		return standard{c}
	case FastLZ:
		return enet.FastLZ.New()
	}
	return enet.RangeCoder.New() // also where nothing should be compressed
}

func (standard) Compress(_, _ []byte) int { return 0 }

func (s standard) Decompress(dst, src []byte) int {
	var data []byte
	var err error
	if s.c == Zlib {
		var r io.ReadCloser
		if r, err = zlib.NewReader(bytes.NewReader(src)); err == nil {
			data, err = io.ReadAll(r)
		}
	} else {
		var d *klauspost.Decoder
		if d, err = klauspost.NewReader(nil); err == nil {
			data, err = d.DecodeAll(src, nil)
			d.Close()
		}
	}
	if err != nil || len(data) > len(dst) {
		return 0
	}
	return copy(dst, data)
}

// fileModes are the numbers of File.CompressionMode.
var fileModes = map[Compression]int{FastLZ: 0, Zlib: 1, Zstd: 2}

func TestTheEngineAndGoDecompressEachOther(t *testing.T) {
	e := Start(t, "engine")
	inputs := [][]byte{bytes.Repeat([]byte("A"), 100), Pattern(4000, 1), bytes.Repeat([]byte("xyzxy"), 700), make([]byte, 4092)}
	for n := 1; n < 20; n++ {
		inputs = append(inputs, Pattern(n, n), make([]byte, n))
	}
	for c, number := range fileModes {
		t.Run(fmt.Sprintf("72, 73 by %v, and less than 16 bytes of FastLZ with zeros", c), func(t *testing.T) {
			coder := enetCompression(c).New()
			for _, raw := range inputs {
				want := raw
				if c == FastLZ && len(raw) < 16 {
					want = append(bytes.Clone(raw), make([]byte, 16-len(raw))...)
				}
				theirs := engineBytes(t, e, raw, fmt.Sprintf("return bytes.compress(%d)", number))
				got := make([]byte, 4092)
				if got = got[:coder.Decompress(got, theirs)]; !bytes.Equal(got, want) {
					t.Errorf("the engine makes %x of %x, which Go reads as %x", theirs, raw, got)
				}
				ours := make([]byte, 2*len(raw)+64)
				ours = ours[:coder.Compress(ours, raw)]
				if back := engineBytes(t, e, ours, fmt.Sprintf("return bytes.decompress(%d, %d)", len(want), number)); !bytes.Equal(back, want) {
					t.Errorf("Go makes %x of %x, which the engine reads as %x", ours, raw, back)
				}
			}
		})
	}
}

// What the engine reads of streams that no encoder makes for a datagram, and where Go
// is stricter.
func TestTheEngineReadsMoreStreamsThanGo(t *testing.T) {
	e := Start(t, "engine")
	for _, tt := range []struct {
		name   string
		c      Compression
		stream string
		engine string
		same   bool // Go reads the same
	}{
		{"zlib in eight blocks", Zlib, "7801" + strings.Repeat("000000ffff", 7) + "010100feff6100620062", "a", true},
		{"zlib with a wrong check sum", Zlib, "7801010100feff6100620063", "", true},
		{"Zstandard in eight blocks", Zstd, "28b52ffd2001" + strings.Repeat("000000", 7) + "09000061", "a", true},
		{"Zstandard with a byte behind it", Zstd, "28b52ffd20010900006100", "", true},
		{"Zstandard with a dictionary", Zstd, "28b52ffd21010109000061", "", true},
		{"FastLZ of a level that there is not", FastLZ, "4f" + strings.Repeat("61", 16), "", true},
		{"zlib in nine blocks", Zlib, "7801" + strings.Repeat("000000ffff", 8) + "010100feff6100620062", "a", false},
		{"zlib with a byte behind it", Zlib, "7801010100feff610062006200", "a", false},
		{"Zstandard in nine blocks", Zstd, "28b52ffd2001" + strings.Repeat("000000", 8) + "09000061", "a", false},
		{"a Zstandard frame behind one to skip", Zstd, "502a4d18010000000028b52ffd200109000061", "a", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			stream, err := hex.DecodeString(tt.stream)
			if err != nil {
				t.Fatal(err)
			}
			room := max(len(tt.engine), 1)
			if tt.c == FastLZ {
				room = 16
			}
			theirs := engineBytes(t, e, stream, fmt.Sprintf("return bytes.decompress(%d, %d)", room, fileModes[tt.c]))
			if string(theirs) != tt.engine {
				t.Errorf("the engine reads %q, want %q", theirs, tt.engine)
			}
			ours := make([]byte, 4092)
			ours = ours[:enetCompression(tt.c).New().Decompress(ours, stream)]
			if want := map[bool]string{true: tt.engine}[tt.same]; string(ours) != want {
				t.Errorf("Go reads %q, want %q", ours, want)
			}
		})
	}
}

// engineBytes runs a script that returns bytes.
func engineBytes(t *testing.T, e *Engine, in []byte, source string) []byte {
	t.Helper()
	var text string
	e.RunWith(in, source).Into(&text)
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
