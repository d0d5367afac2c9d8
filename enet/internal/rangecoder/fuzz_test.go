package rangecoder

import (
	"bytes"
	"testing"
)

func FuzzDecompress(f *testing.F) {
	v := loadVectors(f)
	for _, k := range v.Cases {
		f.Add([]byte(k.Compressed), uint16(len(k.Raw)))
	}
	for _, k := range v.Damaged {
		f.Add([]byte(k.Stream), uint16(k.Limit))
	}
	var c, fresh Coder
	f.Fuzz(func(t *testing.T, stream []byte, limit uint16) {
		got := decompress(t, &c, stream, int(limit))
		fresh = Coder{}
		if want := decompress(t, &fresh, stream, int(limit)); !bytes.Equal(got, want) {
			t.Errorf("a used Coder gives %x, a fresh one %x", got, want)
		}
		if len(got) > 0 && len(decompress(t, &c, stream, len(got)-1)) != 0 {
			t.Errorf("%d bytes fit in one byte less", len(got))
		}
	})
}

func FuzzRoundTrip(f *testing.F) {
	for _, k := range loadVectors(f).Cases {
		f.Add([]byte(k.Raw))
	}
	var c Coder
	f.Fuzz(func(t *testing.T, raw []byte) {
		packed := compress(t, &c, raw, roomy(len(raw)))
		if (len(packed) == 0) != (len(raw) == 0) {
			t.Fatalf("%d bytes compress to %d", len(raw), len(packed))
		}
		if got := decompress(t, &c, packed, len(raw)); !bytes.Equal(got, raw) {
			t.Errorf("got  %x\nwant %x", got, raw)
		}
	})
}
