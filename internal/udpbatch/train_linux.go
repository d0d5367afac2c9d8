//go:build linux && (amd64 || arm64)

package udpbatch

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// A train is consecutive datagrams to one address, equal in size but for the
// last, which may be shorter. The kernel takes it as one message, walks its
// stack once, and cuts it up at the end, or lets the network card do so:
// generic segmentation offload, UDP_SEGMENT, Linux 4.18. On loopback a train
// costs a fifth of what its datagrams cost by themselves (BenchmarkTrain).

const (
	maxTrain      = 64    // datagrams; the kernel's limit, UDP_MAX_SEGMENTS
	maxTrainBytes = 65000 // below what an IP packet holds
)

// control is the ancillary data that says how long a train's datagrams are.
type control struct {
	hdr  unix.Cmsghdr
	size uint16
	_    [6]byte
}

// canTrain says whether the kernel knows trains.
func canTrain(fd int) bool {
	_, err := unix.GetsockoptInt(fd, unix.IPPROTO_UDP, unix.UDP_SEGMENT)
	return err == nil
}

// couple makes a datagram part of the train that the last header holds, if it
// fits.
func (d *direction) couple(size int) bool {
	i := d.n - 1
	n := d.count(i)
	first, last := int(d.iovs[d.used-n].Len), int(d.iovs[d.used-1].Len)
	if n == maxTrain || size == 0 || first != last || size > first || n*first+size > maxTrainBytes {
		return false
	}
	d.hdrs[i].hdr.SetIovlen(n + 1)
	if n == 1 {
		c := &d.controls[i]
		c.hdr.Level, c.hdr.Type = unix.IPPROTO_UDP, unix.UDP_SEGMENT
		c.hdr.SetLen(unix.CmsgLen(2))
		c.size = uint16(first)
		d.hdrs[i].hdr.Control = (*byte)(unsafe.Pointer(c))
		d.hdrs[i].hdr.SetControllen(unix.CmsgSpace(2))
	}
	return true
}

// count is how many datagrams a header holds.
func (d *direction) count(i int) int { return int(d.hdrs[i].hdr.Iovlen) }

// rest is how many datagrams the headers from first on hold.
func (d *direction) rest() (n int) {
	for i := d.first; i < d.n; i++ {
		n += d.count(i)
	}
	return n
}

// uncouple sends the datagrams of a train that the kernel did not take one by
// one, and makes no more trains: some network device on the way has no
// use for them.
func (c *mmsgConn) uncouple(fd uintptr, i int) {
	c.trains = false
	h := c.out.hdrs[i].hdr
	iovs := unsafe.Slice(h.Iov, h.Iovlen)
	h.Control = nil
	h.SetControllen(0)
	h.SetIovlen(1)
	for k := range iovs {
		h.Iov = &iovs[k]
		for {
			_, _, errno := unix.RawSyscall(unix.SYS_SENDMSG, fd, uintptr(unsafe.Pointer(&h)), unix.MSG_DONTWAIT)
			if errno == unix.EINTR {
				continue
			}
			if errno != 0 {
				c.lose(1, errno)
			}
			break
		}
	}
}
