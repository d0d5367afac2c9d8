package dtls

import (
	"bytes"
	"testing"

	"crosspeer/internal/hostile"
)

// FuzzFilter holds that the filter survives any bytes, and gives whole records
// of the datagram that are admissible, in their order. The first two bytes of an
// input are the phase and whether it is late.
func FuzzFilter(f *testing.F) {
	record := func(typ byte, epoch byte, content ...byte) []byte {
		return append([]byte{typ, 0xfe, 0xfd, 0, epoch, 0, 0, 0, 0, 0, 1, 0, byte(len(content))}, content...)
	}
	hello := record(22, 0, append([]byte{1, 0, 0, 34, 0, 0, 0, 0, 0, 0, 0, 34, 0xfe, 0xfd}, make([]byte, 32)...)...)
	var seeds [][]byte
	for _, b := range [][]byte{nil, hello, record(23, 1, 1, 2, 3), append(record(20, 0, 1), record(22, 1, 9, 9)...), record(21, 0, 2, 40), hello[:20]} {
		for p := fresh; p <= established; p++ {
			seeds = append(seeds, append([]byte{byte(p), 0}, b...), append([]byte{byte(p), 1}, b...))
		}
	}
	read := func(b []byte) (p phase, late bool, datagram []byte) {
		b = append(b, 0, 0)[:max(len(b), 2)]
		return phase(b[0] % 3), b[1]&1 == 1, b[2:]
	}
	parse := func(b []byte) {
		filter(read(b))
		isHello(b)
	}
	hostile.Fuzz(f, seeds, parse, func(t testing.TB, b []byte) {
		p, late, datagram := read(bytes.Clone(b))
		before := bytes.Clone(datagram)
		kept := filter(p, late, datagram)
		if !bytes.Equal(before, datagram) {
			t.Fatal("the datagram is changed")
		}
		if ok, _ := isHello(datagram); ok {
			random(datagram)
		}
		rest := datagram
		for b := kept; len(b) > 0; {
			if !isRecord(b) {
				t.Fatalf("kept what is no record: % x of % x", b, datagram)
			}
			end := recordHeader + int(b[11])<<8 + int(b[12])
			if end > len(b) {
				t.Fatalf("kept a part of a record: % x of % x", b, datagram)
			}
			if !admissible(p, b[:end]) && !(late && b[0] == byte(handshake)) {
				t.Fatalf("kept % x", b[:end])
			}
			at := bytes.Index(rest, b[:end])
			if at < 0 {
				t.Fatalf("made up % x", b[:end])
			}
			rest, b = rest[at+end:], b[end:]
		}
	})
}
