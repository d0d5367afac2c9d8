package enet

import (
	"crosspeer/enet/internal/engine"
	"crosspeer/enet/internal/protocol"
)

// Prefixer is a Compressor that can decompress the first bytes alone. With it,
// the host looks at the compressed datagrams of strangers before Decompress does
// all the work.
type Prefixer interface {
	// Prefix writes the first len(dst) bytes of src's content to dst; false if
	// there are not as many.
	Prefix(dst, src []byte) bool
}

// Prefix implements engine.Prefixer. What comes from strangers is short, so a
// Compressor that is no Prefixer may do all of the work, in dst's room.
func (c *namedCompressor) Prefix(dst, src []byte) bool {
	if p, ok := c.Compressor.(Prefixer); ok {
		return p.Prefix(dst, src)
	}
	return c.Decompress(dst[:min(cap(dst), protocol.MaxStranger)], src) >= len(dst)
}

var _ engine.Prefixer = (*namedCompressor)(nil)
