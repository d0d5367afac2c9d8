package simnet

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// result is the end of a blocked read.
type result struct {
	err   error
	after time.Duration
}

// startRead reads in a goroutine and is blocked in it when it returns.
func startRead(c *Conn) <-chan result {
	done := make(chan result, 1)
	began := time.Now()
	go func() {
		_, _, err := c.ReadFromUDPAddrPort(make([]byte, 9))
		done <- result{err, time.Since(began)}
	}()
	synctest.Wait()
	return done
}

func wantTimeout(t *testing.T, err error) {
	t.Helper()
	var ne net.Error
	if !errors.Is(err, os.ErrDeadlineExceeded) || !errors.As(err, &ne) || !ne.Timeout() {
		t.Errorf("error %v, want a timeout", err)
	}
}

func TestAReadDeadlineEndsABlockedRead(t *testing.T) {
	tests := []struct {
		name string
		set  func(c *Conn, start time.Time) // while the read is blocked
		want time.Duration
	}{
		{"at its time", func(c *Conn, start time.Time) { c.SetReadDeadline(start.Add(30 * ms)) }, 30 * ms},
		{"at once when it is now", func(c *Conn, start time.Time) { c.SetReadDeadline(start) }, 0},
		{"at once when it is in the past", func(c *Conn, start time.Time) { c.SetReadDeadline(time.Unix(1, 0)) }, 0},
		{"later when it was moved back", func(c *Conn, start time.Time) {
			c.SetReadDeadline(start.Add(10 * ms))
			c.SetReadDeadline(start.Add(20 * ms))
		}, 20 * ms},
		{"earlier when it was moved forward", func(c *Conn, start time.Time) {
			c.SetReadDeadline(start.Add(90 * ms))
			time.AfterFunc(5*ms, func() { c.SetReadDeadline(start.Add(10 * ms)) })
		}, 10 * ms},
		{"in the past from another goroutine, after a while", func(c *Conn, start time.Time) {
			time.AfterFunc(15*ms, func() { c.SetReadDeadline(time.Now().Add(-time.Hour)) })
		}, 15 * ms},
		{"only the last when it was taken back between", func(c *Conn, start time.Time) {
			c.SetReadDeadline(start.Add(10 * ms))
			c.SetReadDeadline(time.Time{})
			time.AfterFunc(40*ms, func() { c.SetDeadline(time.Now()) })
		}, 40 * ms},
		{"as a deadline of both directions", func(c *Conn, start time.Time) { c.SetDeadline(start.Add(25 * ms)) }, 25 * ms},
		{"but not a deadline of writing", func(c *Conn, start time.Time) {
			c.SetWriteDeadline(start)
			c.SetReadDeadline(start.Add(35 * ms))
		}, 35 * ms},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bubble(t, Conditions{}, func(t *testing.T, w *Wire) {
				c := listen(t, w, alice)
				done := startRead(c)
				tt.set(c, time.Now())
				r := <-done
				wantTimeout(t, r.err)
				if r.after != tt.want {
					t.Errorf("after %v, want %v", r.after, tt.want)
				}
			})
		})
	}
}

func TestAReadDeadlineEndsAllBlockedReads(t *testing.T) {
	bubble(t, Conditions{}, func(t *testing.T, w *Wire) {
		c := listen(t, w, alice)
		one, two := startRead(c), startRead(c)
		c.SetReadDeadline(time.Now().Add(ms))
		wantTimeout(t, (<-one).err)
		wantTimeout(t, (<-two).err)
	})
}

func TestAPassedReadDeadlineHoldsUntilItIsMoved(t *testing.T) {
	bubble(t, Conditions{}, func(t *testing.T, w *Wire) {
		a, b := listen(t, w, alice), listen(t, w, bob)
		b.SetReadDeadline(time.Now())
		write(t, a, bob, "waits")
		for range 2 { // it comes before waiting data
			_, _, err := b.ReadFrom(make([]byte, 9))
			wantTimeout(t, err)
		}
		b.SetReadDeadline(time.Now().Add(time.Hour))
		if got := read(t, b); got != "waits" {
			t.Errorf("read %q", got)
		}
	})
}

func TestAWriteDeadlineRefusesWrites(t *testing.T) {
	bubble(t, Conditions{}, func(t *testing.T, w *Wire) {
		a := listen(t, w, alice)
		listen(t, w, bob)
		a.SetWriteDeadline(time.Now().Add(10 * ms))
		write(t, a, bob, "in time")
		<-time.After(10 * ms)
		_, err := a.WriteToUDPAddrPort(nil, bob)
		wantTimeout(t, err)
		a.SetWriteDeadline(time.Time{})
		write(t, a, bob, "again")
		a.SetDeadline(time.Now())
		_, err = a.WriteToUDPAddrPort(nil, bob)
		wantTimeout(t, err)
		if got := w.Stats().Sent; got != 2 {
			t.Errorf("Sent = %d, want 2", got)
		}
	})
}

func TestCloseWakesReadersAndRefusesAllElse(t *testing.T) {
	for name, shut := range map[string]func(*Wire, *Conn) error{
		"the endpoint": func(_ *Wire, c *Conn) error { return c.Close() },
		"the wire":     func(w *Wire, _ *Conn) error { return w.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, Conditions{}, func(t *testing.T, w *Wire) {
				c := listen(t, w, alice)
				c.SetDeadline(time.Now().Add(time.Hour))
				one, two := startRead(c), startRead(c)
				if err := shut(w, c); err != nil {
					t.Fatal(err)
				}
				for _, r := range []result{<-one, <-two} {
					if !errors.Is(r.err, net.ErrClosed) || r.after != 0 {
						t.Errorf("read ended after %v with %v", r.after, r.err)
					}
				}
				_, _, readErr := c.ReadFrom(nil)
				_, writeErr := c.WriteTo(nil, net.UDPAddrFromAddrPort(bob))
				for i, err := range []error{readErr, writeErr, c.SetDeadline(time.Now()), c.SetReadBuffer(1), c.Close()} {
					var op *net.OpError
					if !errors.Is(err, net.ErrClosed) || !errors.As(err, &op) {
						t.Errorf("call %d: %v, want net.ErrClosed in a net.OpError", i, err)
					}
				}
				if got := c.LocalAddr().String(); got != alice.String() {
					t.Errorf("LocalAddr = %v", got)
				}
			})
		})
	}
}

func TestAShortBufferCutsTheDatagram(t *testing.T) {
	bubble(t, Conditions{}, func(t *testing.T, w *Wire) {
		a, b := listen(t, w, alice), listen(t, w, bob)
		write(t, a, bob, "abcdef")
		write(t, a, bob, "next")
		var buf [3]byte
		if n, _, err := b.ReadFromUDPAddrPort(buf[:]); n != 3 || err != nil || string(buf[:]) != "abc" {
			t.Errorf("read %d, %q, %v", n, buf, err)
		}
		if got := read(t, b); got != "next" {
			t.Errorf("then %q", got)
		}
	})
}

type otherAddr struct{}

func (otherAddr) Network() string { return "other" }
func (otherAddr) String() string  { return "elsewhere" }

func TestAWriteToNoUDPAddressIsRefused(t *testing.T) {
	bubble(t, Conditions{}, func(t *testing.T, w *Wire) {
		a := listen(t, w, alice)
		for _, to := range []net.Addr{nil, otherAddr{}, (*net.UDPAddr)(nil), &net.UDPAddr{}, &net.UDPAddr{IP: net.IPv4(10, 0, 0, 2)}} {
			n, err := a.WriteTo([]byte("x"), to)
			var op *net.OpError
			if n != 0 || !errors.As(err, &op) || op.Op != "write" {
				t.Errorf("WriteTo(%v) = %d, %v", to, n, err)
			}
		}
		if _, err := a.WriteToUDPAddrPort(make([]byte, MaxDatagram+1), bob); err == nil || !strings.Contains(err.Error(), "too long") {
			t.Errorf("a datagram bigger than UDP: %v", err)
		}
		if _, err := a.WriteToUDPAddrPort(make([]byte, MaxDatagram), bob); err != nil {
			t.Errorf("the biggest datagram: %v", err)
		}
		if got := w.Stats().Sent; got != 1 {
			t.Errorf("Sent = %d, want 1", got)
		}
	})
}

func TestTheReceiveBufferIsBounded(t *testing.T) {
	bubble(t, Conditions{}, func(t *testing.T, w *Wire) {
		a, b := listen(t, w, alice), listen(t, w, bob)
		if err := b.SetReadBuffer(250); err != nil {
			t.Fatal(err)
		}
		var causes []Cause
		w.Tap(func(e Event) { causes = append(causes, e.Cause) })
		for _, s := range []string{"a", "b", "c"} {
			write(t, a, bob, strings.Repeat(s, 100))
		}
		write(t, a, bob, strings.Repeat("d", 50))
		got := read(t, b)[:1]
		write(t, a, bob, strings.Repeat("e", 100)) // there is room again
		got += read(t, b)[:1] + read(t, b)[:1] + read(t, b)[:1]
		if got != "abde" {
			t.Errorf("read %q, want abde", got)
		}
		if i := slices.Index(causes, CauseBuffer); i < 0 || w.Stats().LostBuffer != 1 {
			t.Errorf("causes %v, stats %+v", causes, w.Stats())
		}
		for range DefaultReadBuffer/1000 + 5 {
			write(t, b, alice, strings.Repeat("x", 1000))
		}
		if got := w.Stats().LostBuffer; got != 1+5 {
			t.Errorf("by default LostBuffer = %d, want 6", got)
		}
	})
}

// Outside of a bubble, because a bubble would wait for the goroutines itself.
func TestNoGoroutineIsLeftAfterClose(t *testing.T) {
	before := runtime.NumGoroutine()
	for i := range 20 {
		w := NewWire(1, Conditions{Delay: time.Hour})
		a, b := listen(t, w, alice), listen(t, w, bob)
		b.SetReadDeadline(time.Now().Add(time.Hour))
		done := make(chan error, 1)
		go func() {
			_, _, err := b.ReadFromUDPAddrPort(nil)
			done <- err
		}()
		write(t, a, bob, "x")
		if i%2 == 0 {
			w.Close()
		} else {
			a.Close()
			b.Close()
		}
		if err := <-done; !errors.Is(err, net.ErrClosed) {
			t.Fatal(err)
		}
	}
	// The readers have answered and only need to end.
	for range 1000 {
		if runtime.NumGoroutine() <= before {
			return
		}
		runtime.Gosched()
	}
	t.Errorf("%d goroutines before, %d after", before, runtime.NumGoroutine())
}

func TestADeadlineTimerThatRingsTooLateDoesNothing(t *testing.T) {
	bubble(t, Conditions{}, func(t *testing.T, w *Wire) {
		a, b := listen(t, w, alice), listen(t, w, bob)
		b.SetReadDeadline(time.Now().Add(ms))
		late := b.readEpoch
		b.SetReadDeadline(time.Now().Add(time.Hour))
		b.passRead(late) // as when it waited for the lock meanwhile
		write(t, a, bob, "x")
		if got := read(t, b); got != "x" {
			t.Errorf("read %q", got)
		}
		b.passRead(b.readEpoch)
		_, _, err := b.ReadFromUDPAddrPort(nil)
		wantTimeout(t, err)
	})
}

var _ interface {
	net.PacketConn
	ReadFromUDPAddrPort([]byte) (int, netip.AddrPort, error)
	WriteToUDPAddrPort([]byte, netip.AddrPort) (int, error)
	SetReadBuffer(int) error
} = (*Conn)(nil)
