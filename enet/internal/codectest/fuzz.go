package codectest

import (
	"bytes"
	"testing"
)

// FuzzDecompress is the body of a fuzz target for bytes from anywhere: they are
// decompressed within the limit, alike by a used and a fresh compressor, and not
// within less than they need.
func (s Subject) FuzzDecompress(f *testing.F, seeds ...[]byte) {
	for _, b := range seeds {
		f.Add(b, uint16(4092))
	}
	used := s.New()
	f.Fuzz(func(t *testing.T, stream []byte, limit uint16) {
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
	for _, b := range seeds {
		f.Add(b)
	}
	c := s.New()
	f.Fuzz(func(t *testing.T, raw []byte) {
		if len(raw) > 0 && (len(raw) <= s.MaxInput || s.MaxInput == 0 && len(raw) < 1<<16) {
			s.mustReturn(t, c, raw)
		}
	})
}
