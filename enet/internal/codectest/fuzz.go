package codectest

import (
	"bytes"
	"encoding/binary"
	"testing"

	"crosspeer/internal/hostile"
)

// FuzzDecompress is the body of a fuzz target for bytes from anywhere: they are
// decompressed within the limit, alike by a used and a fresh compressor, and not
// within less than they need. The first two bytes of an input are the limit.
func (s Subject) FuzzDecompress(f *testing.F, seeds ...[]byte) {
	var inputs [][]byte
	for _, b := range seeds {
		inputs = append(inputs, append(binary.BigEndian.AppendUint16(nil, 4092), b...))
	}
	used, room := s.New(), make([]byte, 1<<16)
	parse := func(b []byte) { used.Decompress(room, b) }
	hostile.Fuzz(f, inputs, parse, func(t testing.TB, b []byte) {
		if len(b) < 2 {
			return
		}
		limit, stream := binary.BigEndian.Uint16(b), b[2:]
		got := Decompress(t, used, stream, int(limit))
		if want := Decompress(t, s.New(), stream, int(limit)); !bytes.Equal(got, want) {
			t.Errorf("a used one gives %x, a fresh one %x", got, want)
		}
		if len(got) > 0 && len(Decompress(t, used, stream, len(got)-1)) != 0 {
			t.Errorf("%d bytes fit in one byte less", len(got))
		}
	})
}

// FuzzRoundTrip is the body of a fuzz target for what is compressed.
func (s Subject) FuzzRoundTrip(f *testing.F, seeds ...[]byte) {
	c := s.New()
	hostile.Fuzz(f, seeds, nil, func(t testing.TB, raw []byte) {
		if len(raw) > 0 && (len(raw) <= s.MaxInput || s.MaxInput == 0 && len(raw) < 1<<16) {
			s.mustReturn(t, c, raw)
		}
	})
}
