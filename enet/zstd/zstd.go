// Package zstd is Zstandard for datagrams, Godot's COMPRESS_ZSTD. It is a package of
// its own because it needs a library beyond the standard one, which programs that
// leave it out do not link.
//
//	enetlink.Listen(":4242", enetlink.Config{Zstd: zstd.Compression})
//	enet.Listen(":4242", &enet.Config{Compression: zstd.Compression})
//
// A datagram is one complete frame (RFC 8878) without a dictionary. What comes out
// of it is bounded by the datagram; so are the blocks of a frame, 8, by which the
// time for one is.
package zstd

import (
	"github.com/klauspost/compress/zstd"

	"crosspeer/enet"
)

// Compression is Zstandard at its usual level.
var Compression = &enet.Compression{
	Name: "zstd",
	New:  func() enet.Compressor { return new(coder) },
}

// coder makes its parts when they are used first: a server that recognises
// Zstandard may never have a client that uses it.
type coder struct {
	enc *zstd.Encoder // 1.3 MB
	dec *zstd.Decoder
	buf []byte // what the encoder writes to, which knows no limit, or the decoder reads
}

// maxContent is the most that is compressed or decompressed, in bytes, twice the
// largest datagram.
const maxContent = 8 << 10

// must is for errors of options, which are constant.
func must[T any](v T, err error) T {
	if err != nil {
		panic("zstd: " + err.Error())
	}
	return v
}

// Compress implements enet.Compressor.
func (c *coder) Compress(dst, src []byte) int {
	if len(src) == 0 || len(src) > maxContent {
		return 0
	}
	if c.enc == nil {
		// Godot's frames have the size of their content and no check sum.
		c.enc = must(zstd.NewWriter(nil,
			zstd.WithEncoderConcurrency(1), zstd.WithLowerEncoderMem(true), zstd.WithWindowSize(maxContent),
			zstd.WithSingleSegment(true), zstd.WithEncoderCRC(false)))
	}
	c.buf = c.enc.EncodeAll(src, c.buf[:0])
	if len(c.buf) > len(dst) {
		return 0
	}
	return copy(dst, c.buf)
}

// Decompress implements enet.Compressor.
func (c *coder) Decompress(dst, src []byte) int {
	f, ok := readFrame(src, min(len(dst), maxContent))
	if !ok {
		return 0
	}
	if c.dec == nil {
		c.dec = must(zstd.NewReader(nil,
			zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecodeAllCapLimit(true),
			zstd.WithDecoderMaxMemory(maxBlocks*maxContent), zstd.WithDecoderMaxWindow(maxContent)))
	}
	c.buf = f.rewrite(c.buf[:0])
	out, err := c.dec.DecodeAll(c.buf, dst[:0:len(dst)])
	if err != nil || len(out) > len(dst) || f.size != unknown && len(out) != f.size {
		return 0
	}
	return len(out)
}
