package enet

import (
	"testing"

	"crosspeer/enet/internal/engine"
)

// whole is a Compressor that cannot decompress a part.
type whole struct{ Compressor }

// The engine sees whether a Compressor is a Prefixer, and the compression's name
// either way.
func TestPrefixersAreSeenThroughTheirName(t *testing.T) {
	h := &Host{compressors: make(map[*Compression]engine.Codec)}
	for name, k := range map[string]*Compression{
		"range-coder": RangeCoder,
		"whole":       {"whole", func() Compressor { return whole{RangeCoder.New()} }},
	} {
		c := h.compressor(k)
		p, ok := c.(engine.Prefixer)
		if want := name != "whole"; ok != want {
			t.Errorf("%s is a Prefixer: %v", name, ok)
		}
		if got := c.(interface{ called() string }).called(); got != name {
			t.Errorf("%s is called %s", name, got)
		}
		if !ok {
			continue
		}
		packed := make([]byte, 100)
		packed = packed[:c.Compress(packed, []byte("\x82\xffand the rest"))]
		dst := make([]byte, 2)
		if !p.Prefix(dst, packed) || string(dst) != "\x82\xff" || p.Prefix(make([]byte, 60), packed) {
			t.Errorf("%s: the prefix is %x", name, dst)
		}
	}
}
