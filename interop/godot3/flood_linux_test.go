package godot3

import (
	"encoding/binary"
	"net"
	"runtime"
	"syscall"
	"testing"
	"time"
)

// A flood of requests to connect from 100,000 addresses takes neither the
// places of a server's players nor its memory.
func TestStockClientJoinsWhileTheServerIsFlooded(t *testing.T) {
	g, port := goServer(t, ServerOptions{MaxClients: 32})
	e := Start(t, "client")
	before := heap()
	const count = 100_000
	begun := time.Now()
	sent := flood(t, port, count)
	took := time.Since(begun)
	grown := int64(heap()) - int64(before)
	player := e.Joining(port, ClientOptions{})
	begun = time.Now()
	(&Session{Server: g}).Join(t, player)
	joined := time.Since(begun)
	t.Logf("%d requests in %v; the heap grew by %d KiB; a client joined in %v", sent, took, grown>>10, joined)
	if sent < count {
		t.Errorf("%d of %d requests were sent", sent, count)
	}
	// What the server remembers of them shows that they have reached it.
	if grown < 1<<20 || grown > 16<<20 {
		t.Errorf("the heap grew by %d bytes", grown)
	}
	if joined > time.Second {
		t.Errorf("a client joined in %v", joined)
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// flood sends requests to connect, each from an address of its own of
// 127.0.0.0/8. All of them are the system's own, so it lets a socket choose
// one per datagram.
func flood(t *testing.T, port, count int) (sent int) {
	t.Helper()
	conn, err := net.ListenUDP("udp4", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	to := &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port}
	request := []byte{
		0x8F, 0xFF, 0, 0, // header: no peer id yet, sent time
		0x82, 0xFF, 0, 1, // CONNECT
		0, 0, 0xFF, 0xFF, // peer id, sessions
		0, 0, 5, 0x78, 0, 1, 0, 0, 0, 0, 0, 3, // MTU, window, channels
		0, 0, 0, 0, 0, 0, 0, 0, // bandwidths
		0, 0, 0x13, 0x88, 0, 0, 0, 2, 0, 0, 0, 2, // throttle
		0, 0, 0, 0, // connection identifier
		0, 0, 0, 0, // data: the peer id
	}
	for i := range count {
		binary.BigEndian.PutUint32(request[44:], uint32(i))
		binary.BigEndian.PutUint32(request[48:], uint32(i+2))
		from := [4]byte{127, byte(1 + i>>16), byte(i >> 8), byte(i)}
		if _, _, err := conn.WriteMsgUDP(request, source(from), to); err == nil {
			sent++
		}
	}
	return sent
}

// source is the control message that chooses a datagram's source address:
// struct in_pktinfo in a struct cmsghdr. Linux, ip(7), IP_PKTINFO.
func source(from [4]byte) []byte {
	b := make([]byte, syscall.CmsgSpace(syscall.SizeofInet4Pktinfo))
	binary.NativeEndian.PutUint64(b, uint64(syscall.CmsgLen(syscall.SizeofInet4Pktinfo)))
	binary.NativeEndian.PutUint32(b[8:], syscall.IPPROTO_IP)
	binary.NativeEndian.PutUint32(b[12:], syscall.IP_PKTINFO)
	copy(b[syscall.CmsgLen(0)+4:], from[:]) // ipi_spec_dst
	return b
}
