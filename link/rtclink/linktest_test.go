package rtclink_test

import (
	"net"
	"testing"

	"crosspeer"
	"crosspeer/link/rtclink"
	"crosspeer/linktest"
)

func transport() linktest.Transport {
	return linktest.Transport{
		New: func(testing.TB) (crosspeer.Listener, linktest.DialTo) {
			return rtclink.Listen("127.0.0.1:0", rtclink.Config{UDPAddr: "127.0.0.1:0"}),
				func(srv *crosspeer.Peer, _ crosspeer.PeerID) crosspeer.Dialer { return rtclink.Dial(srv.Addrs()[0]) }
		},
		Nowhere:        func(t testing.TB) crosspeer.Dialer { return rtclink.Dial("rtc+ws://" + silent(t)) },
		Lossy:          true,
		NoChannels:     true,
		MaxPacketBytes: 65526,
		MaxQueuedBytes: 16 << 20,
	}
}

func TestLinktest(t *testing.T) { linktest.Run(t, transport()) }

// A WebRTC connection takes some 50 ms of processor time.
func TestNothingIsLeft(t *testing.T) { linktest.Cycles(t, transport(), 10) }

// silent is the address of a socket that takes connections and says nothing.
func silent(t testing.TB) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l.Addr().String()
}
