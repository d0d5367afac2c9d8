package udpbatch

import (
	"context"
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// ListenShared opens n sockets on one address; port 0 is a free port, the same
// for all. The kernel gives each datagram to one of them, picked by a hash of
// both its addresses: what comes from one remote always comes in at the same
// socket. SO_REUSEPORT, Linux 3.9.
//
// The first socket is bound without the option and gets it afterwards. So a
// port that somebody has already is an error, as it is for a single socket,
// also if he shares it: two servers of one user would otherwise
// divide their clients between them without a word.
func ListenShared(address *net.UDPAddr, n int) (socks []*net.UDPConn, err error) {
	defer func() {
		if err != nil {
			for _, s := range socks {
				s.Close()
			}
			socks = nil
		}
	}()
	first, err := net.ListenUDP("udp", address)
	if err != nil {
		return nil, err
	}
	socks = append(socks, first)
	raw, err := first.SyscallConn()
	if err != nil {
		return socks, err
	}
	if err := reusePort("", "", raw); err != nil {
		return socks, err
	}
	cfg := net.ListenConfig{Control: reusePort}
	for len(socks) < n {
		// The address as it was asked for, with the port that was found: an
		// empty host must again be that of both families.
		at := net.UDPAddr{IP: address.IP, Zone: address.Zone, Port: first.LocalAddr().(*net.UDPAddr).Port}
		pc, err := cfg.ListenPacket(context.Background(), "udp", at.String())
		if err != nil {
			return socks, err
		}
		socks = append(socks, pc.(*net.UDPConn))
	}
	return socks, nil
}

func reusePort(_, _ string, raw syscall.RawConn) (err error) {
	if e := raw.Control(func(fd uintptr) {
		err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEPORT, 1)
	}); e != nil {
		return e
	}
	return err
}
