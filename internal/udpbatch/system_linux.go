//go:build linux && (amd64 || arm64)

package udpbatch

import (
	"encoding/binary"
	"net"
	"net/netip"
	"runtime"
	"strconv"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// mmsghdr is the kernel's struct mmsghdr on 64-bit systems.
type mmsghdr struct {
	hdr unix.Msghdr
	len uint32
	_   [4]byte
}

// mmsgConn moves up to Batch datagrams per system call.
//
// The calls do not wait and go directly to the kernel: entering and leaving
// the scheduler's bookkeeping for each costs a fifth to a third of the whole.
// Only when nothing is there does the goroutine park in the runtime's poller,
// so deadlines and Close work as for any socket.
type mmsgConn struct {
	*net.UDPConn
	raw syscall.RawConn
	v6  bool // socket of family AF_INET6: IPv4 addresses are mapped

	in, out direction
	ms      []Message
	read    func(fd uintptr) bool // made once; closures would be allocated
	write   func(fd uintptr) bool
	first   int // of the messages to write
	last    int
	lost    int
	n       int
	err     error
}

// direction holds the headers that the kernel reads and fills.
type direction struct {
	hdrs  [Batch]mmsghdr
	iovs  [Batch]unix.Iovec
	names [Batch]rawName
}

func newSystem(uc *net.UDPConn) Conn {
	raw, err := uc.SyscallConn()
	if err != nil {
		return nil
	}
	c := &mmsgConn{UDPConn: uc, raw: raw, ms: make([]Message, Batch)}
	if err := raw.Control(func(fd uintptr) {
		sa, e := unix.Getsockname(int(fd))
		_, c.v6 = sa.(*unix.SockaddrInet6)
		err = e
	}); err != nil {
		return nil
	}
	buf := make([]byte, Batch*bufferSize)
	for i := range Batch {
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
	c.read, c.write = c.recvmmsg, c.sendmmsg
	return c
}

func (c *mmsgConn) ReadBatch() ([]Message, error) {
	c.n, c.err = 0, nil
	if err := c.raw.Read(c.read); err != nil {
		return nil, err
	}
	if c.err != nil {
		return nil, c.err
	}
	for i := range c.n {
		base := unsafe.Slice(c.in.iovs[i].Base, bufferSize)
		c.ms[i] = Message{addrOf(&c.in.names[i]), base[:c.in.hdrs[i].len]}
	}
	return c.ms[:c.n], nil
}

// recvmmsg fills c.in; it returns false to wait for a datagram.
func (c *mmsgConn) recvmmsg(fd uintptr) bool {
	for i := range c.in.hdrs {
		c.in.hdrs[i].hdr.Namelen = unix.SizeofSockaddrInet6
	}
	for {
		n, _, errno := unix.RawSyscall6(unix.SYS_RECVMMSG, fd,
			uintptr(unsafe.Pointer(&c.in.hdrs[0])), Batch, unix.MSG_DONTWAIT, 0, 0)
		switch errno {
		case 0:
			c.n = int(n)
		case unix.EAGAIN:
			return false
		case unix.EINTR:
			continue
		default:
			c.err = errno
		}
		return true
	}
}

func (c *mmsgConn) WriteBatch(ms []Message) (lost int, err error) {
	c.lost, c.err = 0, nil
	for len(ms) > 0 {
		n := min(len(ms), Batch)
		for i, m := range ms[:n] {
			c.out.iovs[i].Base = unsafe.SliceData(m.Data)
			c.out.iovs[i].SetLen(len(m.Data))
			c.out.hdrs[i].hdr.Namelen = setName(&c.out.names[i], m.Addr, c.v6)
		}
		c.first, c.last = 0, n
		if err := c.raw.Write(c.write); err != nil {
			return len(ms), err // closed
		}
		ms = ms[n:]
	}
	runtime.KeepAlive(ms)
	return c.lost, c.err
}

// sendmmsg sends c.out. It never waits: a full socket buffer loses the rest,
// as a full queue anywhere on the path would.
func (c *mmsgConn) sendmmsg(fd uintptr) bool {
	for c.first < c.last {
		n, _, errno := unix.RawSyscall6(unix.SYS_SENDMMSG, fd,
			uintptr(unsafe.Pointer(&c.out.hdrs[c.first])), uintptr(c.last-c.first), unix.MSG_DONTWAIT, 0, 0)
		switch errno {
		case 0:
			c.first += int(n)
		case unix.EINTR:
		case unix.EAGAIN, unix.ENOBUFS:
			c.lost += c.last - c.first
			c.err = errno
			return true
		default: // concerns the first datagram only
			c.first++
			c.lost++
			c.err = errno
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

// setName writes an address for the kernel and returns its length.
func setName(n *rawName, a netip.AddrPort, v6 bool) uint32 {
	if !v6 {
		n4 := (*unix.RawSockaddrInet4)(unsafe.Pointer(n))
		*n4 = unix.RawSockaddrInet4{Family: unix.AF_INET, Port: swap(a.Port())}
		if a.Addr().Is4() {
			n4.Addr = a.Addr().As4()
		}
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

// zone and scope translate between the two names of an interface. Numbers
// serve as well as names and need no look-up.
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
