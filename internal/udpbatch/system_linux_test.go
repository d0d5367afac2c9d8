//go:build linux && (amd64 || arm64)

package udpbatch

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func newMmsg(t testing.TB, network, addr string) *mmsgConn {
	t.Helper()
	c, ok := New(listen(t, network, addr)).(*mmsgConn)
	if !ok {
		t.Fatal("this system moves one datagram per call")
	}
	return c
}

// A socket of another kind stands for one whose buffer is full, which
// loopback interfaces never show.
func TestWhatDoesNotFitTheSocketIsLostAndNotWaitedFor(t *testing.T) {
	c := newMmsg(t, "udp4", "127.0.0.1:0")
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_DGRAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(pair[0])
	defer unix.Close(pair[1])
	data := []byte("x")
	for i := range batch {
		c.out.hdrs[i].hdr.Namelen = 0 // the other end of the pair
		c.out.iovs[i].Base, c.out.iovs[i].Len = &data[0], 1
	}
	taken := 0
	for range 1 << 16 {
		c.out.first, c.out.n, c.out.err, c.lost = 0, batch, nil, 0
		if !c.sendmmsg(uintptr(pair[0])) {
			t.Fatal("the call wants to wait")
		}
		taken += c.out.first
		if c.lost > 0 {
			break
		}
	}
	if c.out.err != unix.EAGAIN || c.lost+c.out.first != batch {
		t.Errorf("%d lost and %d sent of %d, error %v", c.lost, c.out.first, batch, c.out.err)
	}
	var b [8]byte
	received := 0
	for {
		if _, _, err := unix.Recvfrom(pair[1], b[:], unix.MSG_DONTWAIT); err != nil {
			break
		}
		received++
	}
	if received != taken {
		t.Errorf("%d datagrams arrived, %d were said to be sent", received, taken)
	}
}

func TestAddressesSurviveTheKernelsForm(t *testing.T) {
	for _, tt := range []struct {
		addr   string
		v6     bool
		length uint32
		want   string // empty: as addr
	}{
		{"127.0.0.1:4242", false, unix.SizeofSockaddrInet4, ""},
		{"[::ffff:127.0.0.1]:4242", false, unix.SizeofSockaddrInet4, "127.0.0.1:4242"},
		{"127.0.0.1:4242", true, unix.SizeofSockaddrInet6, ""},
		{"[2001:db8::1]:65535", true, unix.SizeofSockaddrInet6, ""},
		{"[fe80::1%7]:1", true, unix.SizeofSockaddrInet6, ""},
		{"[fe80::1%lo]:1", true, unix.SizeofSockaddrInet6, "[fe80::1%1]:1"},
		{"[fe80::1%nowhere]:1", true, unix.SizeofSockaddrInet6, "[fe80::1]:1"},
		{"[2001:db8::1]:1", false, 0, ""},
	} {
		var n rawName
		a := netip.MustParseAddrPort(tt.addr)
		if got := setName(&n, a, tt.v6); got != tt.length {
			t.Errorf("%s: length %d, want %d", tt.addr, got, tt.length)
		}
		want := tt.want
		if want == "" {
			want = tt.addr
		}
		if got := addrOf(&n).String(); tt.length > 0 && got != want {
			t.Errorf("%s came back as %s", tt.addr, got)
		}
	}
	var n rawName
	if setName(&n, netip.AddrPort{}, true) != 0 || setName(&n, netip.AddrPort{}, false) != 0 {
		t.Error("no address has a form")
	}
}

// One batch holds datagrams that fail for different reasons; the first one is
// reported.
func TestLostDatagramsAreCountedThroughoutABatch(t *testing.T) {
	a, b := newMmsg(t, "udp4", "127.0.0.1:0"), newMmsg(t, "udp4", "127.0.0.1:0")
	to := b.LocalAddr().(*net.UDPAddr).AddrPort()
	six := netip.MustParseAddrPort("[::1]:7")
	var ms []Message
	for i := range 3 * batch {
		switch i % 4 {
		case 0:
			ms = append(ms, Message{six, []byte("x")})
		case 2:
			ms = append(ms, Message{netip.AddrPortFrom(to.Addr(), 0), []byte("x")})
		default:
			ms = append(ms, Message{to, []byte("x")})
		}
	}
	lost, err := a.WriteBatch(ms)
	if lost != len(ms)/2 || err != unix.EAFNOSUPPORT {
		t.Errorf("%d of %d lost, error %v", lost, len(ms), err)
	}
	collect(t, b, len(ms)/2)
}

// A deadline that has passed ends a wait, and does not hide what is there.
func TestDatagramsAreReadAfterTheDeadline(t *testing.T) {
	a, b := newMmsg(t, "udp4", "127.0.0.1:0"), newMmsg(t, "udp4", "127.0.0.1:0")
	b.SetReadDeadline(time.Unix(1, 0))
	to := b.LocalAddr().(*net.UDPAddr).AddrPort()
	if lost, err := a.WriteBatch([]Message{{to, []byte("x")}}); lost > 0 {
		t.Fatal(err)
	}
	if got, err := b.ReadBatch(); len(got) != 1 {
		t.Errorf("%d datagrams, %v", len(got), err)
	}
	if got, err := b.ReadBatch(); err == nil {
		t.Errorf("%d datagrams, want the deadline", len(got))
	}
}
