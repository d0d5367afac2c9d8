//go:build linux && (amd64 || arm64)

package udpbatch

import (
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// mmsghdr is the kernel's struct mmsghdr on 64-bit systems.
type mmsghdr struct {
	hdr unix.Msghdr
	len uint32
	_   [4]byte
}

// batch is the most datagrams that one call moves. Longer batches would keep
// the thread in the kernel for more than a fraction of a millisecond.
const batch = 32

// mmsgConn moves up to batch datagrams per system call.
//
// The calls do not wait and go directly to the kernel: entering and leaving
// the scheduler's bookkeeping for each costs a fifth to a third of the whole.
// Only when nothing is there does the goroutine park in the runtime's poller,
// so deadlines and Close work as for any socket.
type mmsgConn struct {
	raw   syscall.RawConn // of sock
	local net.Addr
	v6    bool // socket of family AF_INET6: IPv4 addresses are mapped

	mu   sync.Mutex // held while the socket is replaced
	sock socket

	in, out direction
	try     func(fd uintptr) // reads once, without waiting
	ms      []Message        // what ReadBatch gives
	lost    int              // by WriteBatch
	trains  bool             // the kernel takes them
}

// socket is what a mmsgConn needs of its socket besides the calls.
type socket interface {
	SetReadDeadline(time.Time) error
	Close() error
}

// direction is reading or writing. The kernel reads and fills its headers;
// they point to all memory that a call uses, which keeps it alive.
type direction struct {
	hdrs     [batch]mmsghdr
	iovs     [batch]unix.Iovec
	names    [batch]rawName
	controls [batch]control
	first    int // header to begin with
	used     int // vectors in use, from 0
	n        int // headers in use, from 0
	err      error
	call     func(fd uintptr) bool // made once; closures would be allocated
}

func newSystem(uc *net.UDPConn) Conn {
	raw, err := uc.SyscallConn()
	if err != nil {
		return nil
	}
	c := &mmsgConn{sock: uc, raw: raw, local: uc.LocalAddr(), ms: make([]Message, batch)}
	if err := raw.Control(func(fd uintptr) {
		sa, e := unix.Getsockname(int(fd))
		_, c.v6 = sa.(*unix.SockaddrInet6)
		c.trains = canTrain(int(fd))
		err = e
	}); err != nil {
		return nil
	}
	buf := make([]byte, batch*bufferSize)
	for i := range batch {
		b := buf[i*bufferSize : (i+1)*bufferSize : (i+1)*bufferSize]
		c.ms[i].Data = b
		c.in.iovs[i].Base = &b[0]
		c.in.iovs[i].SetLen(len(b))
		for _, d := range []*direction{&c.in, &c.out} {
			d.hdrs[i].hdr.Name = (*byte)(unsafe.Pointer(&d.names[i]))
			d.hdrs[i].hdr.Iov = &d.iovs[i]
			d.hdrs[i].hdr.SetIovlen(1)
		}
	}
	c.in.call, c.out.call = c.recvmmsg, c.sendmmsg
	c.try = func(fd uintptr) { c.recvmmsg(fd) }
	return c
}

// LocalAddr implements Conn.
func (c *mmsgConn) LocalAddr() net.Addr { return c.local }

// SetReadDeadline implements Conn.
func (c *mmsgConn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sock.SetReadDeadline(t)
}

// Close implements Conn.
func (c *mmsgConn) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sock.Close()
}

// Batch implements Conn.
func (c *mmsgConn) Batch() int { return batch }

func (c *mmsgConn) ReadBatch() ([]Message, error) {
	c.in.n, c.in.err = 0, nil
	if err := c.raw.Read(c.in.call); err != nil {
		// A deadline that has passed does not say that nothing is there.
		if !errors.Is(err, os.ErrDeadlineExceeded) || c.raw.Control(c.try) != nil || c.in.n == 0 && c.in.err == nil {
			return nil, err
		}
	}
	if c.in.err != nil {
		return nil, c.in.err
	}
	for i := range c.in.n {
		base := unsafe.Slice(c.in.iovs[i].Base, bufferSize)
		c.ms[i] = Message{addrOf(&c.in.names[i]), base[:c.in.hdrs[i].len]}
	}
	return c.ms[:c.in.n], nil
}

// recvmmsg fills c.in; it returns false to wait for a datagram.
func (c *mmsgConn) recvmmsg(fd uintptr) bool {
	for i := range c.in.hdrs {
		c.in.hdrs[i].hdr.Namelen = unix.SizeofSockaddrInet6
	}
	for {
		n, _, errno := unix.RawSyscall6(unix.SYS_RECVMMSG, fd,
			uintptr(unsafe.Pointer(&c.in.hdrs[0])), batch, unix.MSG_DONTWAIT, 0, 0)
		switch errno {
		case 0:
			c.in.n = int(n)
		case unix.EAGAIN:
			return false
		case unix.EINTR:
			continue
		default:
			c.in.err = errno
		}
		return true
	}
}

func (c *mmsgConn) WriteBatch(ms []Message) (lost int, err error) {
	c.lost, c.out.err = 0, nil
	for len(ms) > 0 {
		some := ms[:min(len(ms), batch)]
		c.out.first, c.out.n, c.out.used = 0, 0, 0
		var last netip.AddrPort // of the datagram before
		for _, m := range some {
			if !(c.trains && m.Addr == last && c.out.n > 0 && c.out.couple(len(m.Data))) {
				if !c.begin(m.Addr) {
					continue
				}
				last = m.Addr
			}
			v := &c.out.iovs[c.out.used]
			v.Base = unsafe.SliceData(m.Data)
			v.SetLen(len(m.Data))
			c.out.used++
		}
		if err := c.raw.Write(c.out.call); err != nil {
			return c.lost + len(ms), err // closed
		}
		ms = ms[len(some):]
	}
	return c.lost, c.out.err
}

// begin starts a header for an address, or loses the datagram.
func (c *mmsgConn) begin(a netip.AddrPort) bool {
	d := &c.out
	size := setName(&d.names[d.n], a, c.v6)
	if size == 0 {
		c.lose(1, unix.EAFNOSUPPORT)
		return false
	}
	h := &d.hdrs[d.n].hdr
	h.Namelen = size
	h.Iov = &d.iovs[d.used]
	h.SetIovlen(1)
	h.Control = nil
	h.SetControllen(0)
	d.n++
	return true
}

// lose counts n datagrams as lost.
func (c *mmsgConn) lose(n int, err error) {
	c.lost += n
	if c.out.err == nil {
		c.out.err = err
	}
}

// sendmmsg sends c.out. It never waits: a full socket buffer loses the rest,
// as a full queue anywhere on the path would.
func (c *mmsgConn) sendmmsg(fd uintptr) bool {
	d := &c.out
	for d.first < d.n {
		n, _, errno := unix.RawSyscall6(unix.SYS_SENDMMSG, fd,
			uintptr(unsafe.Pointer(&d.hdrs[d.first])), uintptr(d.n-d.first), unix.MSG_DONTWAIT, 0, 0)
		switch errno {
		case 0:
			d.first += int(n)
		case unix.EINTR:
		case unix.EAGAIN, unix.ENOBUFS:
			c.lose(d.rest(), errno)
			return true
		default: // concerns the first only
			if d.count(d.first) > 1 {
				c.uncouple(fd, d.first)
			} else {
				c.lose(1, errno)
			}
			d.first++
		}
	}
	return true
}

// rawName holds an address of either family; the first field of both is the
// family.
type rawName = unix.RawSockaddrInet6

// addrOf reads an address that the kernel wrote.
func addrOf(n *rawName) netip.AddrPort {
	if n.Family == unix.AF_INET {
		n4 := (*unix.RawSockaddrInet4)(unsafe.Pointer(n))
		return netip.AddrPortFrom(netip.AddrFrom4(n4.Addr), swap(n4.Port))
	}
	a := netip.AddrFrom16(n.Addr).Unmap()
	if n.Scope_id != 0 && a.Is6() {
		a = a.WithZone(zone(n.Scope_id))
	}
	return netip.AddrPortFrom(a, swap(n.Port))
}

// setName writes an address for the kernel and returns its length, or 0 if a
// socket of that family has no such address.
func setName(n *rawName, a netip.AddrPort, v6 bool) uint32 {
	if !a.IsValid() {
		return 0
	}
	if !v6 {
		ip := a.Addr().Unmap()
		if !ip.Is4() {
			return 0
		}
		n4 := (*unix.RawSockaddrInet4)(unsafe.Pointer(n))
		*n4 = unix.RawSockaddrInet4{Family: unix.AF_INET, Port: swap(a.Port()), Addr: ip.As4()}
		return unix.SizeofSockaddrInet4
	}
	*n = rawName{Family: unix.AF_INET6, Port: swap(a.Port()), Addr: a.Addr().As16()}
	if z := a.Addr().Zone(); z != "" {
		n.Scope_id = scope(z)
	}
	return unix.SizeofSockaddrInet6
}

// swap converts a port between the wire's order and this machine's.
func swap(p uint16) uint16 {
	var b [2]byte
	binary.NativeEndian.PutUint16(b[:], p)
	return binary.BigEndian.Uint16(b[:])
}

// Canonical implements Conn. Zones are numbers: they need no look-up per
// datagram.
func (c *mmsgConn) Canonical(a netip.AddrPort) netip.AddrPort {
	ip := a.Addr().Unmap()
	if z := ip.Zone(); z != "" {
		if id := scope(z); id != 0 {
			ip = ip.WithZone(zone(id))
		}
	}
	return netip.AddrPortFrom(ip, a.Port())
}

// zone and scope translate between the number of an interface and a zone,
// which may be a number or a name.
func zone(id uint32) string { return strconv.FormatUint(uint64(id), 10) }

func scope(z string) uint32 {
	if n, err := strconv.ParseUint(z, 10, 32); err == nil {
		return uint32(n)
	}
	if ifi, err := net.InterfaceByName(z); err == nil {
		return uint32(ifi.Index)
	}
	return 0
}
