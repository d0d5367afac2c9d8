package wslink

import (
	"bufio"
	"bytes"
	"net"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"crosspeer"
)

func TestABroadcastIsEncodedOnce(t *testing.T) {
	f := &crosspeer.Frame{Kind: crosspeer.FramePacket, Packet: crosspeer.Packet{From: 1, Data: []byte("to all")}}
	first, second := formOf(f), formOf(f)
	if &first[0] != &second[0] {
		t.Error("two receivers have frames of their own")
	}
	f.Reset()
	if string(first[2+9:]) != "to all" {
		t.Errorf("the frame became %x", first)
	}
}

// counter is a connection that counts what is written.
type counter struct {
	net.Conn
	writes []int
	all    bytes.Buffer
}

func (c *counter) Write(b []byte) (int, error) {
	c.writes = append(c.writes, len(b))
	return c.all.Write(b)
}

func (*counter) SetWriteDeadline(time.Time) error { return nil }

func TestWhatIsQueuedLeavesInOneWrite(t *testing.T) {
	small, large := make([]byte, 100), make([]byte, batch)
	for _, tt := range []struct {
		name   string
		queue  [][]byte
		writes int
	}{
		{"nothing", nil, 0},
		{"one", [][]byte{small}, 1},
		{"many small ones", fill(150, small), 1},
		{"more than a batch", fill(300, small), 2},
		{"large ones", [][]byte{large, large}, 2},
		{"a large one between small ones", [][]byte{small, small, large, small, small}, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			conn := new(counter)
			l := newLink(Config{}.populated(), nil, conn, nil, false)
			var queue []form
			for i, b := range tt.queue {
				b = bytes.Clone(b)
				b[0] = byte(i) // its place
				queue = append(queue, frameOf(ws.OpBinary, false, b))
			}
			if err := l.writeAll(queue); err != nil {
				t.Fatal(err)
			}
			if len(conn.writes) != tt.writes {
				t.Errorf("%d writes of %v bytes, want %d", len(conn.writes), conn.writes, tt.writes)
			}
			r := &reader{conn: timeless{}, src: bufio.NewReader(&conn.all), max: 1 << 20, idle: time.Hour, slowest: time.Hour}
			for i, want := range tt.queue {
				if _, b, err := r.next(); err != nil || len(b) != len(want) || b[0] != byte(i) {
					t.Fatalf("message %d has %d bytes, %v", i, len(b), err)
				}
			}
		})
	}
}

func fill(n int, b []byte) (list [][]byte) {
	for range n {
		list = append(list, b)
	}
	return list
}

func TestAFloodOfPingsFillsNoQueue(t *testing.T) {
	l := newLink(Config{}.populated(), nil, new(counter), nil, false)
	for i := range 1000 {
		l.answer([]byte{byte(i)})
	}
	frames, _ := l.take()
	if last := byte(999 % 256); len(frames) != 1 || frames[0][2] != last {
		t.Errorf("%d answers wait, the first is %x; want the one to the last ping", len(frames), frames[0])
	}
}

// A waiting goroutine and a long queue would be most of what an idle
// connection costs.
func TestAnIdleLinkHasNoWriterAndNoLongQueue(t *testing.T) {
	conn := new(counter)
	l := newLink(Config{}.populated(), nil, conn, nil, false)
	l.mu.Lock()
	for range 1000 {
		l.push(frameOf(ws.OpBinary, false, make([]byte, 10)))
	}
	l.mu.Unlock()
	l.open()
	defer l.pinger.Stop()
	l.writer.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.manned || l.bytes != 0 || cap(l.queue) > spare || cap(l.spare) > spare {
		t.Errorf("a writer: %v, %d bytes queued, room for %d and %d frames", l.manned, l.bytes, cap(l.queue), cap(l.spare))
	}
	if got := len(conn.all.Bytes()); got != 12*1000 {
		t.Errorf("%d bytes were written, want 12000", got)
	}
}
