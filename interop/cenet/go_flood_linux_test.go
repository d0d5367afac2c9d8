package cenet

import (
	"encoding/binary"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"crosspeer/enet"
)

// Requests to connect from thousands of addresses that never answer keep
// nobody out.
func TestGoServesCDuringAFloodOfRequests(t *testing.T) {
	const (
		requests = 20000
		perTick  = 40 // 20,000 a second
		joins    = 50
	)
	server := goHost(t, nil)
	c := Start(t, Config{Peers: joins})
	f := newFlood(t, server.LocalAddr())
	begun := make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		tick := time.NewTicker(2 * time.Millisecond)
		defer tick.Stop()
		for sent := 0; sent < requests; <-tick.C {
			for range perTick {
				f.send(t)
				sent++
			}
			if sent == requests/10 {
				close(begun)
			}
		}
	})
	<-begun
	before := server.Stats()
	tick := time.NewTicker(13 * time.Millisecond) // out of step with the flood
	defer tick.Stop()
	var longest time.Duration
	for i := range joins {
		at := time.Now()
		c.Connect(server.LocalAddr(), 2, uint32(i))
		c.Expect(Connected(i, 0))
		ev := goNext(t, server, enet.EventConnect)
		longest = max(longest, time.Since(at))
		c.Send(i, 0, Reliable, 500, uint64(i))
		goExpect(t, server, 0, Reliable, 500, uint64(i))
		if ev.ConnectData != uint32(i) {
			t.Fatalf("data %d, want %d", ev.ConnectData, i)
		}
		<-tick.C
	}
	after := server.Stats()
	all.Wait()
	if longest >= time.Second {
		t.Errorf("a client has waited %v, want less than a second", longest)
	}
	if before.Connects < requests/20 || after.Connects-before.Connects < requests/20 {
		t.Errorf("%d requests before the clients and %d meanwhile: this is no flood", before.Connects, after.Connects-before.Connects)
	}
	s := server.Stats()
	if s.Peers != joins || s.Accepted != joins || s.HalfOpen > 32768 {
		t.Errorf("%d peers, %d accepted, %d half-open", s.Peers, s.Accepted, s.HalfOpen)
	}
	t.Logf("%d clients joined in %v at most, among %d requests", joins, longest, after.Connects-before.Connects)
}

// flood sends requests to connect from all over the loopback network.
type flood struct {
	conns []*net.UDPConn
	to    netip.AddrPort
	rand  *rand.Rand
}

func newFlood(t *testing.T, to netip.AddrPort) *flood {
	f := &flood{to: to, rand: rand.New(rand.NewPCG(1, 2))}
	for range 16 {
		c, err := net.ListenUDP("udp4", nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		f.conns = append(f.conns, c)
	}
	return f
}

// send sends one request from an address of 127.0.0.0/8.
func (f *flood) send(t *testing.T) {
	var b [52]byte
	binary.BigEndian.PutUint16(b[0:], 0x8fff) // no peer ID yet, with a time
	b[4], b[5] = 0x82, 0xff                   // CONNECT, to be acknowledged
	binary.BigEndian.PutUint16(b[6:], 1)      // sequence number
	b[10], b[11] = 0xff, 0xff                 // no sessions yet
	binary.BigEndian.PutUint32(b[12:], 1400)  // MTU
	binary.BigEndian.PutUint32(b[16:], 65536) // window
	binary.BigEndian.PutUint32(b[20:], 2)     // channels
	binary.BigEndian.PutUint32(b[32:], 5000)  // throttle
	binary.BigEndian.PutUint32(b[36:], 2)
	binary.BigEndian.PutUint32(b[40:], 2)
	binary.BigEndian.PutUint32(b[44:], f.rand.Uint32()) // connectID
	from := &unix.Inet4Pktinfo{Spec_dst: [4]byte{127, byte(f.rand.Uint32()), byte(f.rand.Uint32()), byte(2 + f.rand.IntN(200))}}
	conn := f.conns[f.rand.IntN(len(f.conns))]
	if _, _, err := conn.WriteMsgUDPAddrPort(b[:], unix.PktInfo4(from), f.to); err != nil {
		t.Error(err)
	}
}
