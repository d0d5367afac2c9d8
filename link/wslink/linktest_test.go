package wslink_test

import (
	"net"
	"testing"

	"crosspeer"
	"crosspeer/link/wslink"
	"crosspeer/linktest"
)

func transport() linktest.Transport {
	return linktest.Transport{
		New: func(testing.TB) (crosspeer.Listener, linktest.DialTo) {
			return wslink.Listen("127.0.0.1:0"), func(srv *crosspeer.Peer, _ crosspeer.PeerID) crosspeer.Dialer {
				return wslink.Dial(srv.Addrs()[0])
			}
		},
		Nowhere:        func(t testing.TB) crosspeer.Dialer { return wslink.Dial("ws://" + silent(t)) },
		ReliableOnly:   true,
		NoChannels:     true,
		MaxPacketBytes: 65526,
		MaxQueuedBytes: 8<<20 + systemBuffers,
	}
}

func TestLinktest(t *testing.T) { linktest.Run(t, transport()) }

func TestNothingIsLeft(t *testing.T) { linktest.Cycles(t, transport(), 500) }

// systemBuffers is more than the system keeps of what a remote does not read.
const systemBuffers = 16 << 20

// silent is the address of a socket that takes connections and says nothing.
func silent(t testing.TB) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l.Addr().String()
}
