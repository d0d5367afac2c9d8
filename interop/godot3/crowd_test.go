package godot3

import (
	"fmt"
	"runtime"
	"slices"
	"testing"

	"crosspeer/link/enetlink"
)

// Eight stock clients join and leave a Go server while everybody who is there
// talks to everybody. Nothing that is sent reliably between two who both stay
// is lost, doubled or overtaken, also when they come in at different sockets.
func TestStockClientsComeAndGoWhileTrafficFlows(t *testing.T) {
	for _, tt := range []struct {
		c       Compression
		sockets int
	}{{None, 1}, {RangeCoder, 1}, {None, 3}} {
		c := tt.c
		t.Run(fmt.Sprintf("%v, sockets: %d", c, tt.sockets), func(t *testing.T) {
			if tt.sockets > 1 && runtime.GOOS != "linux" {
				t.Skip("needs Linux")
			}
			t.Parallel()
			g, port := goServer(t, ServerOptions{Compression: c}, func(c *enetlink.Config) { c.Sockets = tt.sockets })
			var names []string
			for i := range 8 {
				names = append(names, fmt.Sprintf("client %d", i+1))
			}
			var clients []Client
			for _, e := range StartAll(t, names...) {
				clients = append(clients, e.Joining(port, ClientOptions{Compression: c}))
			}
			stay, move := clients[:4], clients[4:]
			var ids []int32
			for _, c := range stay {
				c.Join()
				c.Expect(PeerConnected(ServerID), Succeeded())
				ids = append(ids, c.ID())
			}
			sent := 0
			talk := func() {
				for range 5 {
					for i, c := range stay {
						c.Put(Everyone, Reliable, fmt.Appendf(nil, "%d from %d", sent, ids[i]))
					}
					sent++
				}
			}
			// All at once in, all at once out, each time with new ids.
			for range 4 {
				for _, c := range move {
					if result := c.Join(); result != OK {
						t.Fatalf("%s: joining returned %d", c.Name(), result)
					}
				}
				talk()
				for _, c := range move {
					c.WaitFor(func(e Event) bool { return e == Succeeded() })
					c.Put(Everyone, Reliable, []byte("hello"))
				}
				talk()
				for _, c := range move {
					g.waitPast(t, Packet(c.ID(), []byte("hello"), 1))
					c.Close()
				}
				talk()
			}
			for i, id := range ids {
				g.seen(t, g.Name(), id, sent)
				for j, c := range stay {
					if i != j {
						c.(*Player).Log.seen(t, c.Name(), id, sent)
					}
				}
			}
		})
	}
}

// waitPast waits until an event has come, and leaves all events to be read.
func (l *Log) waitPast(t *testing.T, e Event) {
	t.Helper()
	eventually(t, l.name+" sees "+e.String(), func() bool { return slices.Contains(l.Unread(), e) })
}

// seen checks that everything that a peer has sent has come once and in order.
func (l *Log) seen(t *testing.T, who string, from int32, count int) {
	t.Helper()
	last := Packet(from, fmt.Appendf(nil, "%d from %d", count-1, from), 1)
	l.waitPast(t, last)
	n := 0
	for _, e := range l.Unread() {
		if e.Kind != KindPacket || e.Peer != from {
			continue
		}
		if want := fmt.Sprintf("%d from %d", n, from); e.Data != want {
			t.Errorf("%s got %q from %d, want %q", who, e.Data, from, want)
			return
		}
		n++
	}
	if n != count {
		t.Errorf("%s got %d packets from %d, want %d", who, n, from, count)
	}
}
