package enetlink_test

import (
	"net"
	"runtime"
	"strings"
	"testing"

	"crosspeer"
	"crosspeer/link/enetlink"
	"crosspeer/linktest"
)

func transport(sockets int) linktest.Transport {
	cfg := enetlink.Config{Sockets: sockets, ChannelCount: 20, AnswerWhenFull: true}
	return linktest.Transport{
		New: func(testing.TB) (crosspeer.Listener, linktest.DialTo) {
			return enetlink.Listen("127.0.0.1:0", cfg), func(srv *crosspeer.Peer, _ crosspeer.PeerID) crosspeer.Dialer {
				return enetlink.Dial(strings.TrimPrefix(srv.Addrs()[0], "enet://"), cfg)
			}
		},
		Nowhere:   func(t testing.TB) crosspeer.Dialer { return enetlink.Dial(silent(t)) },
		Lossy:     true,
		Channels:  []int{3, 19},
		NoReasons: true,
	}
}

func TestLinktest(t *testing.T) { linktest.Run(t, transport(1)) }

func TestLinktestOverSeveralSockets(t *testing.T) {
	needsSharing(t)
	linktest.Run(t, transport(2))
}

func TestNothingIsLeft(t *testing.T) { linktest.Cycles(t, transport(1), 500) }

func TestNothingIsLeftOfSeveralSockets(t *testing.T) {
	needsSharing(t)
	linktest.Cycles(t, transport(3), 100)
}

// needsSharing skips what needs several sockets on one port.
func needsSharing(t *testing.T) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("needs Linux")
	}
}

// silent is the address of a socket that nobody reads.
func silent(t testing.TB) string {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn.LocalAddr().String()
}
