package rangecoder

import (
	"bytes"
	"encoding/binary"
	"testing"

	"crosspeer/internal/hostile"
)

// FuzzDecompress decompresses anything. The first two bytes are the room.
func FuzzDecompress(f *testing.F) {
	v := loadVectors(f)
	var seeds [][]byte
	seed := func(limit int, stream []byte) {
		seeds = append(seeds, append(binary.BigEndian.AppendUint16(nil, uint16(limit)), stream...))
	}
	for _, k := range v.Cases {
		seed(len(k.Raw), k.Compressed)
	}
	for _, k := range v.Damaged {
		seed(k.Limit, k.Stream)
	}
	var c, fresh Coder
	room := make([]byte, 1<<16)
	parse := func(b []byte) { c.Decompress(room, b) }
	hostile.Fuzz(f, seeds, parse, func(t testing.TB, b []byte) {
		if len(b) < 2 {
			return
		}
		limit, stream := binary.BigEndian.Uint16(b), b[2:]
		got := decompress(t, &c, stream, int(limit))
		fresh = Coder{}
		if want := decompress(t, &fresh, stream, int(limit)); !bytes.Equal(got, want) {
			t.Errorf("a used Coder gives %x, a fresh one %x", got, want)
		}
		if len(got) > 0 {
			some := make([]byte, len(stream)%len(got))
			if !c.Prefix(some, stream) || !bytes.Equal(some, got[:len(some)]) || c.Prefix(make([]byte, len(got)+1), stream) {
				t.Errorf("the first %d bytes of %x are %x", len(some), got, some)
			}
		}
		if len(got) > 0 && len(decompress(t, &c, stream, len(got)-1)) != 0 {
			t.Errorf("%d bytes fit in one byte less", len(got))
		}
	})
}

func FuzzRoundTrip(f *testing.F) {
	var seeds [][]byte
	for _, k := range loadVectors(f).Cases {
		seeds = append(seeds, k.Raw)
	}
	var c Coder
	hostile.Fuzz(f, seeds, nil, func(t testing.TB, raw []byte) {
		packed := compress(t, &c, raw, roomy(len(raw)))
		if (len(packed) == 0) != (len(raw) == 0) {
			t.Fatalf("%d bytes compress to %d", len(raw), len(packed))
		}
		if got := decompress(t, &c, packed, len(raw)); !bytes.Equal(got, raw) {
			t.Errorf("got  %x\nwant %x", got, raw)
		}
	})
}
