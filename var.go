package crosspeer

import (
	"errors"
	"fmt"
	"math/bits"

	"crosspeer/variant"
)

// Bounds of Config.EncodeBufferMaxSize. Godot 3.2, PacketPeer.
const (
	encodeBufferDefault = 8 << 20
	encodeBufferLeast   = 1 << 10
	encodeBufferMost    = 256 << 20
)

// encodeBuffer is the size that a limit for encoded values stands for: the
// next power of two, as in the engine.
func encodeBuffer(n int) (int, error) {
	if n < encodeBufferLeast || n > encodeBufferMost {
		return 0, fmt.Errorf("crosspeer: limit for encoded values is %d bytes, want %d to %d", n, encodeBufferLeast, encodeBufferMost)
	}
	return powerOfTwo(n), nil
}

// powerOfTwo is the next one from n on.
func powerOfTwo(n int) int { return 1 << bits.Len(uint(n-1)) }

// PutVar sends a value of Godot's in a packet of its own, as PutPacket sends
// bytes. v is what package variant encodes for Godot 3; nil is sent too.
// Objects are sent as ids; with fullObjects, or when AllowObjectDecoding is
// set, as classes with properties. Errors: those of PutPacket,
// ErrTooLarge for a value above EncodeBufferMaxSize, and those of
// variant.Marshal. Godot 3.2, PacketPeer.put_var.
func (p *Peer) PutVar(v any, fullObjects bool) error {
	c := variant.Config{
		AllowObjects: fullObjects || p.AllowObjectDecoding(),
		MaxBytes:     p.EncodeBufferMaxSize(),
	}
	data, err := c.Marshal(v)
	var limit *variant.LimitError
	switch {
	case errors.As(err, &limit) && limit.Limit == "MaxBytes":
		return fmt.Errorf("%w: the value takes more than the %d bytes of EncodeBufferMaxSize", ErrTooLarge, limit.Max)
	case err != nil:
		return err
	}
	return p.PutPacket(data)
}

// GetVar takes the next packet that Poll has fetched and decodes the value in
// it; bytes behind the value are ignored. Objects arrive as ids; those sent in
// full are an error unless allowObjects is true or AllowObjectDecoding is set,
// and are never more than data. Errors are ErrNoPacket and those of
// variant.Decode; the packet is gone then, and PacketError is what it was.
// Godot 3.2, PacketPeer.get_var.
func (p *Peer) GetVar(allowObjects bool) (any, error) {
	data, from, err := p.compat.take()
	if err != nil {
		return nil, err
	}
	from.release(len(data))
	c := variant.Config{AllowObjects: allowObjects || p.AllowObjectDecoding()}
	v, _, err := c.Decode(data)
	return v, err
}

// SetAllowObjectDecoding makes PutVar and GetVar treat every value as one with
// full objects. Godot 3.2, PacketPeer.allow_object_decoding.
func (p *Peer) SetAllowObjectDecoding(allow bool) {
	p.compat.mu.Lock()
	defer p.compat.mu.Unlock()
	p.compat.objects, p.compat.objectsSet = allow, true
}

// AllowObjectDecoding is what SetAllowObjectDecoding was last given, or
// Config.AllowObjectDecoding.
func (p *Peer) AllowObjectDecoding() bool {
	p.compat.mu.Lock()
	defer p.compat.mu.Unlock()
	if p.compat.objectsSet {
		return p.compat.objects
	}
	return p.cfg.AllowObjectDecoding
}

// SetEncodeBufferMaxSize sets the largest value that PutVar sends, in encoded
// bytes: 1,024 to 268,435,456, which is rounded up to a power of two. Other
// sizes are an error and change nothing. Godot 3.2,
// PacketPeer.encode_buffer_max_size.
func (p *Peer) SetEncodeBufferMaxSize(n int) error {
	n, err := encodeBuffer(n)
	if err != nil {
		return err
	}
	p.compat.mu.Lock()
	defer p.compat.mu.Unlock()
	p.compat.encodeMax = n
	return nil
}

// EncodeBufferMaxSize is the largest value that PutVar sends, in encoded bytes.
// The default is that of the Config, 8 MiB.
func (p *Peer) EncodeBufferMaxSize() int {
	p.compat.mu.Lock()
	n := p.compat.encodeMax
	p.compat.mu.Unlock()
	if n == 0 {
		n = p.cfg.populated().EncodeBufferMaxSize
	}
	return n
}
