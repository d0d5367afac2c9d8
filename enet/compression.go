package enet

import (
	"crosspeer/enet/internal/engine"
	"crosspeer/enet/internal/fastlz"
	"crosspeer/enet/internal/rangecoder"
	"crosspeer/enet/internal/zlib"
)

// Compressor compresses the command area of datagrams. It keeps no state from
// one call to the next, and is used by one goroutine at a time.
type Compressor interface {
	// Compress writes the compressed form of src to dst and returns its
	// length, or 0 if it is longer than dst.
	Compress(dst, src []byte) int

	// Decompress is the inverse. It returns 0 if src is damaged or its
	// content longer than dst, whatever the bytes are. Zeros at the end that
	// were not there before are harmless.
	Decompress(dst, src []byte) int
}

// Compression is a way of compressing datagrams.
type Compression struct {
	Name string            // for logs, "range-coder"
	New  func() Compressor // called once per host
}

// Compressions that need nothing but the standard library.
var (
	// RangeCoder is built into libenet.
	RangeCoder = &Compression{"range-coder", func() Compressor { return new(rangecoder.Coder) }}

	// FastLZ is Godot's COMPRESS_FASTLZ.
	FastLZ = &Compression{"fastlz", func() Compressor { return new(fastlz.Coder) }}

	// Zlib is Godot's COMPRESS_ZLIB.
	Zlib = &Compression{"zlib", func() Compressor { return new(zlib.Coder) }}
)

// namedCompressor remembers which compression a compressor belongs to.
type namedCompressor struct {
	Compressor
	name string
}

func (c *namedCompressor) called() string { return c.name }

// compressor gives the host's one instance of a compression.
func (h *Host) compressor(k *Compression) engine.Codec {
	c, ok := h.compressors[k]
	if !ok {
		named := &namedCompressor{k.New(), k.Name}
		c = named
		if p, ok := named.Compressor.(Prefixer); ok {
			c = namedPrefixer{named, p}
		}
		h.compressors[k] = c
	}
	return c
}
