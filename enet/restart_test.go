package enet_test

import (
	"encoding/hex"
	"net"
	"testing"
	"time"

	"crosspeer/enet"
)

// What nobody may foresee is drawn anew by every host, also by one that follows
// another in the same process at the same address: slot, session, sequence
// number, sent time and connection identifier.
func TestNothingRepeatsAfterARestart(t *testing.T) {
	connect, err := hex.DecodeString("8fff1234" + "82ff0001" + "0123ffff" + "00000578" + "00010000" + "00000004" + "0000000000000000" +
		"00001388" + "00000002" + "00000002" + "01020304" + "00000007")
	if err != nil {
		t.Fatal(err)
	}
	socket, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	socket.SetDeadline(time.Now().Add(patience))
	read := func(command byte) []byte { // others are of a host that is closed
		t.Helper()
		for {
			b := make([]byte, 5000)
			n, _, err := socket.ReadFrom(b)
			if err != nil {
				t.Fatal(err)
			}
			if n > 4 && b[0]&0x80 != 0 && b[4] == command {
				return b[:n]
			}
		}
	}
	seen := map[string]int{}
	once := func(i int, what string, b []byte) {
		t.Helper()
		key := what + hex.EncodeToString(b)
		if before, ok := seen[key]; ok {
			t.Errorf("%s %x of host %d is that of host %d", what, b, i, before)
		}
		seen[key] = i
	}
	addr := "127.0.0.1:0"
	for i := range 100 {
		host, err := enet.Listen(addr, nil)
		if err != nil {
			t.Fatal(err)
		}
		addr = host.LocalAddr().String() // the next one's too
		if _, err := socket.WriteTo(connect, net.UDPAddrFromAddrPort(host.LocalAddr())); err != nil {
			t.Fatal(err)
		}
		verify := read(0x83)
		if len(verify) != 48 {
			t.Fatalf("CONNECT is answered by %x", verify)
		}
		// Sent time, sequence number, slot and sessions: 44 bits.
		once(i, "VERIFY_CONNECT", append(append([]byte(nil), verify[2:4]...), verify[6:12]...))

		if _, err := host.Connect(socket.LocalAddr().(*net.UDPAddr).AddrPort(), 1, 0); err != nil {
			t.Fatal(err)
		}
		once(i, "connection identifier", read(0x82)[44:48])
		host.Close()
	}
}
