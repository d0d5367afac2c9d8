package wslink

import (
	"bufio"
	"bytes"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"crosspeer/internal/hostile"
)

// FuzzReader feeds any bytes to a reader: what it gives is within its limits,
// and what it does not give is an error. The first byte says whether frames
// have to be masked.
func FuzzReader(f *testing.F) {
	seeds, _ := recorded(f)
	seeds = append(seeds,
		[]byte{1, 0x82, 0x83, 1, 2, 3, 4, 5, 6, 7},
		[]byte{0, 0x02, 0x01, 5, 0x89, 0x00, 0x80, 0x01, 6},
		[]byte{1, 0x82, 0xFE, 0x01, 0x00, 1, 2, 3, 4},
		[]byte{0, 0x88, 0x02, 0x03, 0xE8},
		[]byte{0, 0x81, 0x02, 0xC3, 0x28},
		[]byte{0, 0x82, 0x7F, 0, 0, 0, 0, 0x3F, 0xFF, 0xFF, 0xFF, 1},
	)
	open := func(b []byte, max int) *reader {
		masked := len(b) > 0 && b[0]&1 == 1
		return &reader{conn: timeless{}, src: bufio.NewReader(bytes.NewReader(b[min(1, len(b)):])), masked: masked, max: max, idle: time.Hour, slowest: time.Hour}
	}
	read := func(b []byte) {
		for r := open(b, 1<<30); ; {
			if _, _, err := r.next(); err != nil {
				return
			}
		}
	}
	hostile.Fuzz(f, seeds, read, func(t testing.TB, b []byte) {
		r := open(b, 1000)
		for messages := 0; ; messages++ {
			op, payload, err := r.next()
			if err != nil {
				var v *violation
				if errors.As(err, &v) && len(closePayload(v.code, v.text)) > ws.MaxControlFramePayloadSize {
					t.Fatal("the reason does not fit a close frame")
				}
				return
			}
			if len(payload) > r.max || op.IsControl() && len(payload) > 125 || cap(r.message) > len(b)+2*growth {
				t.Fatalf("opcode %d with %d bytes, room for %d", op, len(payload), cap(r.message))
			}
			if op == ws.OpClose {
				closeReason(payload)
			}
			if messages > len(b) {
				t.Fatal("more messages than bytes")
			}
		}
	})
}

// timeless is a connection whose deadlines mean nothing.
type timeless struct{ net.Conn }

func (timeless) SetReadDeadline(time.Time) error { return nil }

func TestCloseReasonsAreCutAtACharacter(t *testing.T) {
	long := bytes.Repeat([]byte("ä"), 100)
	b := closePayload(1000, string(long))
	code, text, err := closeReason(b)
	if err != nil || code != 1000 || len(b) > 125 || len(text) != 122 {
		t.Errorf("%d bytes, read back as %d %q, %v", len(b), code, text, err)
	}
	if got := closePayload(1000, ""); len(got) != 2 {
		t.Errorf("100 an empty reason is %x, want the code only", got)
	}
}
