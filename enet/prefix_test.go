package enet

import (
	"testing"

	"crosspeer/enet/internal/engine"
)

// whole is a Compressor that cannot decompress a part, and allocates nothing.
type whole struct{}

func (whole) Compress(dst, src []byte) int { return copy(dst, src) }

func (whole) Decompress(dst, src []byte) int {
	if len(src) > len(dst) {
		return 0
	}
	return copy(dst, src)
}

func TestPrefixesOfEveryCompression(t *testing.T) {
	h := &Host{compressors: make(map[*Compression]engine.Codec)}
	for _, k := range []*Compression{RangeCoder, {"whole", func() Compressor { return whole{} }}} {
		c := h.compressor(k).(*namedCompressor)
		packed := make([]byte, 100)
		packed = packed[:c.Compress(packed, []byte("\x82\xffand the rest"))]
		dst := make([]byte, 64)
		if !c.Prefix(dst[:2], packed) || string(dst[:2]) != "\x82\xff" || c.Prefix(dst[:60], packed) {
			t.Errorf("%s: the prefix is %x", k.Name, dst)
		}
		if n := testing.AllocsPerRun(10, func() { c.Prefix(dst[:2], packed) }); n != 0 {
			t.Errorf("%s: %v allocations", k.Name, n)
		}
	}
}
