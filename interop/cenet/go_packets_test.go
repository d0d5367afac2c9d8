package cenet

import (
	"fmt"
	"testing"
	"time"

	"crosspeer/enet"
)

func TestGoServesCEveryKindOfPacket(t *testing.T) { everyKind(t, goServes) }
func TestGoJoinsCEveryKindOfPacket(t *testing.T)  { everyKind(t, goJoins) }

// sizes are those around the limits of one datagram: 1364 bytes fit one at the
// MTU of 1392 that both agree on, 1360 with a checksum.
var sizes = []int{0, 5, 1360, 1361, 1364, 1365, 1372, 1373, 2000, 70000, 1 << 20}

// everyKind sends packets of all sizes with all flags, both ways.
func everyKind(t *testing.T, d direction) {
	for _, o := range encodings {
		t.Run(o.name, func(t *testing.T) {
			t.Parallel()
			m := d.meet(t, o)
			m.c.Throttle(0, 5*time.Second, 2, 0) // a busy machine drops nothing
			limit := 1364
			if o.c.Checksum {
				limit = 1360
			}
			seed := uint64(0)
			for bits := range 8 {
				flags := Flags(bits&3 | bits&4<<1)
				t.Run(fmt.Sprintf("flags=%d", flags), func(t *testing.T) {
					for _, size := range sizes {
						want := arrives(flags, size > limit)
						if size > 1e6 && want == UnreliableFragment {
							bigUnreliable(t, m, flags, size)
							continue
						}
						seed++
						goSend(t, m.peer, 1, flags, size, seed)
						m.c.Expect(Received(0, 1, want, size, seed))
						if size == 0 && o.c.RangeCoder {
							continue // crashes libenet 1.3.17
						}
						seed++
						m.c.Send(0, 2, flags, size, seed)
						goExpect(t, m.host, 2, want, size, seed)
					}
				})
			}
			m.sound(t)
		})
	}
}

// bigUnreliable sends a packet of so many fragments that one may be lost in
// the socket of a busy machine, until it arrives.
func bigUnreliable(t *testing.T, m meeting, flags Flags, size int) {
	t.Helper()
	const most = 20
	arrived := false
	for seed := uint64(0); seed < most && !arrived; seed++ {
		goSend(t, m.peer, 3, flags, size, seed)
		goSend(t, m.peer, 3, Reliable, 1, seed) // comes behind it
		e := m.c.Next()
		if arrived = e.is(Received(0, 3, UnreliableFragment, size, seed)); arrived {
			e = m.c.Next()
		}
		if !e.is(Received(0, 3, Reliable, 1, seed)) {
			t.Fatal(e)
		}
	}
	if !arrived {
		t.Errorf("none of %d packets of %d bytes has arrived at C", most, size)
	}
	arrived = false
	for seed := uint64(0); seed < most && !arrived; seed++ {
		m.c.Send(0, 3, flags, size, seed)
		m.c.Send(0, 3, Reliable, 1, seed)
		ev := goNext(t, m.host, enet.EventReceive)
		if arrived = goPacket(ev, 3, UnreliableFragment, size, seed) == nil; arrived {
			ev = goNext(t, m.host, enet.EventReceive)
		}
		if err := goPacket(ev, 3, Reliable, 1, seed); err != nil {
			t.Fatal(err)
		}
	}
	if !arrived {
		t.Errorf("none of %d packets of %d bytes has arrived in Go", most, size)
	}
}

// arrives gives the flags that a packet is received with. ENet protocol,
// sending.
func arrives(flags Flags, fragmented bool) Flags {
	switch {
	case fragmented && flags&(Reliable|UnreliableFragment) == UnreliableFragment:
		return UnreliableFragment
	case fragmented || flags&Reliable != 0:
		return Reliable
	}
	return flags & Unsequenced
}

func TestGoServesCChannels(t *testing.T) { channels(t, goServes) }
func TestGoJoinsCChannels(t *testing.T)  { channels(t, goJoins) }

// channels have numbers of their own, both ways and for both kinds that are in
// order.
func channels(t *testing.T, d direction) {
	const count = 50
	m := d.meet(t, option{c: Config{Channels: 4}, g: enet.Config{MaxChannels: 4}})
	if got := m.peer.ChannelCount(); got != 4 {
		t.Fatalf("%d channels, want 4", got)
	}
	if got := m.c.Stats(0).Channels; got != 4 {
		t.Fatalf("%d channels at C, want 4", got)
	}
	if err := m.peer.Send(4, nil, 0); err == nil {
		t.Error("there is a channel too many")
	}
	if err := m.c.refusal("send 0 4 1 5 1 1"); err == nil {
		t.Error("there is a channel too many at C")
	}
	next := map[uint8]uint64{}
	for i := range uint64(count) {
		for ch := range uint8(4) {
			goSend(t, m.peer, ch, Reliable, 10, i)
			m.c.Send(0, ch, Reliable, 10, i)
		}
	}
	for range count * 4 {
		ev := goNext(t, m.host, enet.EventReceive)
		if err := goPacket(ev, ev.Channel, Reliable, 10, next[ev.Channel]); err != nil {
			t.Fatal(err)
		}
		next[ev.Channel]++
	}
	clear(next)
	for range count * 4 {
		e := m.c.Next()
		if !e.is(Received(0, e.Channel, Reliable, 10, next[e.Channel])) {
			t.Fatalf("%v, want number %d of the channel", e, next[e.Channel])
		}
		next[e.Channel]++
	}
	m.sound(t)
}

func TestGoServesCMTU(t *testing.T) { mtus(t, goServes) }
func TestGoJoinsCMTU(t *testing.T)  { mtus(t, goJoins) }

// mtus holds for connections with all combinations of values. A C server takes
// the one that its client asks for.
func mtus(t *testing.T, d direction) {
	for _, c := range []int{576, 1400, 4096} {
		for _, g := range []int{576, 1400, 4096} {
			t.Run(fmt.Sprintf("C=%d/Go=%d", c, g), func(t *testing.T) {
				t.Parallel()
				m := d.meet(t, option{c: Config{MTU: c}, g: enet.Config{MTU: g}})
				want := min(c, g)
				if d.name == goJoins.name {
					want = g
				}
				if m.peer.MTU() != want || m.c.Stats(0).MTU != uint32(want) {
					t.Fatalf("MTU %d in Go and %d in C, want %d", m.peer.MTU(), m.c.Stats(0).MTU, want)
				}
				for i, size := range []int{want - 29, want - 28, want - 27, 100000} {
					goSend(t, m.peer, 0, Reliable, size, uint64(i))
					m.c.Expect(Received(0, 0, Reliable, size, uint64(i)))
					m.c.Send(0, 0, Reliable, size, uint64(i))
					goExpect(t, m.host, 0, Reliable, size, uint64(i))
				}
				m.sound(t)
			})
		}
	}
}
