//go:build linux && (amd64 || arm64)

package udpbatch

import (
	"encoding/binary"
	"errors"
	"math"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A socket of package net is in the runtime's poller from its opening to its
// closing: each datagram wakes a thread, though nobody may want to read yet. A
// goroutine that sleeps between its reads saves nothing by that: 1.05 times the
// work of one that reads at once, at 200 players with 30 inputs a second
// (bench, suite tick). So a quiet socket is taken out of the poller, and waits
// in the kernel itself, on a thread of its own.

// maxQuiet is how many sockets of the process may be quiet at once.
const maxQuiet = 32

var quiets atomic.Int32

// Quiet takes the socket out of the runtime's poller, or puts it back. It says
// whether the socket is quiet now. It is called by the reader while nobody
// writes.
func (c *mmsgConn) Quiet(on bool) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	q, is := c.sock.(*quietSocket)
	switch {
	case on && !is:
		if quiets.Add(1) > maxQuiet {
			quiets.Add(-1)
			return false
		}
		s, err := newQuiet(c.raw)
		if err != nil {
			quiets.Add(-1)
			return false
		}
		c.sock.Close()
		c.sock, c.raw, is = s, s, true
	case !on && is:
		uc, raw, err := q.loud()
		if err != nil {
			return true
		}
		q.Close()
		c.sock, c.raw, is = uc, raw, false
		uc.SetReadDeadline(time.Unix(1, 0)) // who set another one meant to be heard
	}
	return is
}

// Pause waits without reading: for d, until the read deadline, or until it is
// set to something sooner. Only a quiet socket does.
func (c *mmsgConn) Pause(d time.Duration) {
	if q, ok := c.raw.(*quietSocket); ok {
		q.pause(d)
	}
}

// quietSocket is a socket that the runtime knows nothing of.
type quietSocket struct {
	use      sync.RWMutex // held for reading while the descriptors are in use
	fd       int
	bell     int // an eventfd that ends a wait
	closed   atomic.Bool
	deadline atomic.Int64 // of reading, since epoch
	until    atomic.Int64 // when a wait or pause ends by itself, noWait if there is none

	// A pause is one of the runtime's, as it needs no descriptor: in a system
	// call it would cost twice as much, most of it for the runtime's monitor,
	// which takes the processor from a thread that stays in one.
	pausing atomic.Bool
	poke    chan struct{} // ends a pause
	timer   *time.Timer   // the reader's

	fds   [2]unix.PollFd // the reader's, for the kernel
	limit unix.Timespec
}

const (
	noDeadline = math.MaxInt64
	noWait     = math.MinInt64
)

// epoch is where the clock of deadlines starts.
var epoch = time.Now()

// newQuiet takes a socket over, whose own descriptor may then be closed. Its
// deadline has passed, so that one set before is not lost.
func newQuiet(raw syscall.RawConn) (*quietSocket, error) {
	s := &quietSocket{fd: -1, poke: make(chan struct{}, 1), timer: time.NewTimer(0)}
	s.until.Store(noWait)
	if err := raw.Control(func(fd uintptr) {
		s.fd, _ = unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0)
	}); err != nil || s.fd < 0 {
		return nil, errors.Join(err, net.ErrClosed)
	}
	var err error
	if s.bell, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
		unix.Close(s.fd)
		return nil, err
	}
	return s, nil
}

// loud makes a socket of package net of it.
func (s *quietSocket) loud() (*net.UDPConn, syscall.RawConn, error) {
	fd, err := unix.FcntlInt(uintptr(s.fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, nil, err
	}
	f := os.NewFile(uintptr(fd), "udp")
	defer f.Close()
	pc, err := net.FilePacketConn(f)
	if err != nil {
		return nil, nil, err
	}
	uc := pc.(*net.UDPConn)
	raw, err := uc.SyscallConn()
	return uc, raw, err
}

// SetReadDeadline implements socket. It rings only if somebody waits for longer.
func (s *quietSocket) SetReadDeadline(t time.Time) error {
	at := int64(noDeadline)
	if !t.IsZero() {
		at = int64(t.Sub(epoch))
	}
	s.deadline.Store(at)
	if at < s.until.Load() {
		s.ring()
	}
	return nil
}

func (s *quietSocket) ring() {
	if s.pausing.Load() {
		s.prod()
		return
	}
	s.use.RLock()
	defer s.use.RUnlock()
	if !s.closed.Load() {
		s.strike()
	}
}

// prod ends a pause.
func (s *quietSocket) prod() {
	select {
	case s.poke <- struct{}{}:
	default:
	}
}

// strike rings while the descriptors are held.
func (s *quietSocket) strike() {
	var one [8]byte
	binary.NativeEndian.PutUint64(one[:], 1)
	unix.Write(s.bell, one[:])
}

// Close implements socket.
func (s *quietSocket) Close() error {
	if s.closed.Swap(true) {
		return net.ErrClosed
	}
	s.prod()
	s.strike()
	s.use.Lock() // nobody waits any more
	defer s.use.Unlock()
	unix.Close(s.bell)
	quiets.Add(-1)
	return unix.Close(s.fd)
}

// Control implements syscall.RawConn.
func (s *quietSocket) Control(f func(fd uintptr)) error {
	s.use.RLock()
	defer s.use.RUnlock()
	if s.closed.Load() {
		return net.ErrClosed
	}
	f(uintptr(s.fd))
	return nil
}

// Write implements syscall.RawConn, for functions that do not wait.
func (s *quietSocket) Write(f func(fd uintptr) bool) error {
	return s.Control(func(fd uintptr) { f(fd) })
}

// Read implements syscall.RawConn.
func (s *quietSocket) Read(f func(fd uintptr) bool) error {
	s.use.RLock()
	defer s.use.RUnlock()
	for {
		switch {
		case s.closed.Load():
			return net.ErrClosed
		case s.deadline.Load() <= int64(time.Since(epoch)):
			return os.ErrDeadlineExceeded
		case f(uintptr(s.fd)):
			return nil
		}
		s.wait()
	}
}

// pause waits for the time, heeding only what the deadline says.
func (s *quietSocket) pause(d time.Duration) {
	end := int64(time.Since(epoch) + d)
	s.pausing.Store(true)
	s.until.Store(end)
	for !s.closed.Load() {
		now := int64(time.Since(epoch))
		left := min(end, s.deadline.Load()) - now
		if left <= 0 {
			break
		}
		s.timer.Reset(time.Duration(left))
		select {
		case <-s.timer.C:
		case <-s.poke:
		}
	}
	s.until.Store(noWait)
	s.pausing.Store(false)
}

// wait returns when there is something to read, at the read deadline, or when
// the bell rings; perhaps before.
func (s *quietSocket) wait() {
	// It says until when it waits before it looks at the deadline, and who sets
	// that looks afterwards: one of the two sees the other.
	s.until.Store(noDeadline)
	defer s.until.Store(noWait)
	end := s.deadline.Load()
	if s.closed.Load() {
		return
	}
	s.fds = [2]unix.PollFd{{Fd: int32(s.bell), Events: unix.POLLIN}, {Fd: int32(s.fd), Events: unix.POLLIN}}
	var limit *unix.Timespec
	if end != noDeadline {
		s.limit = unix.NsecToTimespec(max(0, end-int64(time.Since(epoch))))
		limit = &s.limit
	}
	unix.Syscall6(unix.SYS_PPOLL, uintptr(unsafe.Pointer(&s.fds[0])), uintptr(len(s.fds)), uintptr(unsafe.Pointer(limit)), 0, 0, 0)
	if s.fds[0].Revents != 0 {
		var rung [8]byte
		unix.Read(s.bell, rung[:])
	}
}
