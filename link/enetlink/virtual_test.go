package enetlink_test

import (
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"crosspeer/internal/simnet"
)

// serverAddr is where the server of a world is.
var serverAddr = netip.MustParseAddrPort("10.0.0.1:4242")

// lag is the time that a datagram takes in a world.
const lag = 10 * time.Millisecond

// world is a virtual network in virtual time. Its peers are closed at the end.
type world struct {
	t    *testing.T
	wire *simnet.Wire
	last netip.Addr // the address given out last
}

// virtually runs a subtest in a world of its own.
func virtually(t *testing.T, name string, f func(*testing.T, *world)) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := &world{t: t, wire: simnet.NewWire(1, simnet.Conditions{Delay: lag}), last: serverAddr.Addr()}
			t.Cleanup(func() { w.wire.Close() })
			f(t, w)
		})
	})
}

// socket opens a socket at an address of its own, or at the server's.
func (w *world) socket(server bool) *simnet.Conn {
	w.t.Helper()
	at := serverAddr
	if !server {
		w.last = w.last.Next()
		at = netip.AddrPortFrom(w.last, 5000)
	}
	conn, err := w.wire.Listen(at)
	if err != nil {
		w.t.Fatal(err)
	}
	return conn
}

// settle lets everything arrive that is under way.
func (w *world) settle() { w.wait(100 * time.Millisecond) }

func (w *world) wait(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// cut loses everything between the server and an address.
func (w *world) cut(addr netip.AddrPort) {
	w.wire.SetPath(addr, serverAddr, simnet.Conditions{Loss: 1})
	w.wire.SetPath(serverAddr, addr, simnet.Conditions{Loss: 1})
}
