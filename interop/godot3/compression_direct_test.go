package godot3

import (
	"bytes"
	"compress/zlib"
	"encoding/hex"
	"fmt"
	"io"
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
