//go:build linux && (amd64 || arm64)

package udpbatch

import (
	"errors"
	"net"
	"os"
	"runtime"
	"testing"
	"time"
)

func newQuietMmsg(t *testing.T) *mmsgConn {
	t.Helper()
	c := newMmsg(t, "udp4", "127.0.0.1:0")
	t.Cleanup(func() { c.Close() })
	if !c.Quiet(true) {
		t.Fatal("the socket is not quiet")
	}
	return c
}

// What is set while the socket changes must not be lost: the next read ends at
// once. What comes in meanwhile is there.
func TestASocketBecomesQuietAndLoudAgain(t *testing.T) {
	a, b := newMmsg(t, "udp4", "127.0.0.1:0"), newMmsg(t, "udp4", "127.0.0.1:0")
	defer b.Close()
	to := b.LocalAddr().(*net.UDPAddr).AddrPort()
	for _, on := range []bool{true, true, false, false, true, false} {
		if got := b.Quiet(on); got != on {
			t.Fatalf("quiet is %v, want %v", got, on)
		}
		b.SetReadDeadline(time.Time{})
		a.WriteBatch([]Message{{to, []byte("x")}})
		if got := collect(t, b, 1); string(got[0].Data) != "x" {
			t.Errorf("got %q", got[0].Data)
		}
		b.SetReadDeadline(time.Time{})
		before := b.sock
		b.Quiet(!on)
		if b.sock == before {
			t.Fatal("the socket is the same")
		}
		if ms, err := b.ReadBatch(); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%d datagrams, %v: the first read must end at once", len(ms), err)
		}
		if from, ok := b.LocalAddr().(*net.UDPAddr); !ok || from.AddrPort() != to {
			t.Errorf("the address is %v", b.LocalAddr())
		}
		b.Quiet(on)
	}
	if n := quiets.Load(); n != 0 {
		t.Errorf("%d sockets are quiet at the end", n)
	}
}

// asleep returns when the socket's reader waits or pauses.
func asleep(c *mmsgConn) {
	for c.raw.(*quietSocket).until.Load() == noWait {
		runtime.Gosched()
	}
}

// A pause ends when it is over, when the deadline is set to now, and when the
// socket is closed, but not because of a datagram.
func TestAPauseEndsByTheDeadline(t *testing.T) {
	c := newQuietMmsg(t)
	ended := make(chan struct{})
	pause := func() {
		go func() { c.Pause(time.Hour); ended <- struct{}{} }()
		asleep(c)
	}
	c.SetReadDeadline(time.Time{})

	c.Pause(time.Microsecond)

	pause()
	c.WriteBatch([]Message{{c.LocalAddr().(*net.UDPAddr).AddrPort(), []byte("x")}})
	c.SetReadDeadline(time.Unix(1, 0))
	<-ended
	if ms, err := c.ReadBatch(); err != nil || len(ms) != 1 {
		t.Errorf("%d datagrams, %v", len(ms), err)
	}

	c.SetReadDeadline(time.Now().Add(time.Hour))
	pause()
	c.SetReadDeadline(time.Now().Add(time.Microsecond))
	<-ended

	c.SetReadDeadline(time.Time{})
	pause()
	c.Close()
	<-ended
}

// A read that waits in the kernel ends in the same ways, and by a datagram.
func TestAQuietReadEnds(t *testing.T) {
	c := newQuietMmsg(t)
	ended := make(chan error)
	read := func() {
		go func() { _, err := c.ReadBatch(); ended <- err }()
		asleep(c)
	}
	c.SetReadDeadline(time.Time{})
	read()
	c.WriteBatch([]Message{{c.LocalAddr().(*net.UDPAddr).AddrPort(), []byte("x")}})
	if err := <-ended; err != nil {
		t.Error(err)
	}
	for _, at := range []time.Time{time.Unix(1, 0), time.Now().Add(time.Microsecond)} {
		c.SetReadDeadline(time.Now().Add(time.Hour))
		read()
		c.SetReadDeadline(at)
		if err := <-ended; !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Error(err)
		}
	}
	c.SetReadDeadline(time.Time{})
	read()
	c.Close()
	if err := <-ended; !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
}

func TestQuietSocketsAreBounded(t *testing.T) {
	for range maxQuiet {
		newQuietMmsg(t)
	}
	if c := newMmsg(t, "udp4", "127.0.0.1:0"); c.Quiet(true) {
		t.Errorf("%d sockets are quiet", maxQuiet+1)
	}
}
