package linktest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"crosspeer"
)

// pattern are n bytes that differ by seed and place.
func pattern(n, seed int) []byte {
	b := make([]byte, n)
	x := uint32(seed)*2654435761 + 1
	for i := range b {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		b[i] = byte(x)
	}
	return b
}

// inOneDatagram is a payload that every transport carries in its own mode.
const inOneDatagram = 400

func bytesKept(s *suite) {
	r := s.newRoom(nil, 2)
	b := newBoard(r)
	srv, c1, c2 := r.srv, r.clients[0], r.clients[1]
	channels := []int{0}
	if !s.NoChannels {
		channels = append(channels, 1, 2)
		channels = append(channels, s.Channels...)
	}
	seed := 0
	for _, mode := range modes {
		for _, channel := range channels {
			for _, size := range []int{4, 5, 63, 64, 65, inOneDatagram} {
				packet := func(to crosspeer.PeerID) crosspeer.Packet {
					seed++
					return crosspeer.Packet{To: to, Mode: mode, Channel: channel, Data: pattern(size, seed)}
				}
				b.check(c1, packet(0), srv, c2)
				b.check(srv, packet(c2.id), c2)
			}
		}
	}
	// Above a datagram the mode may change.
	for _, size := range []int{1199, 1200, 1201, 1364, 1365, 1472, 1500, 4096, 9000, 65535} {
		if size > s.MaxPacketBytes {
			break
		}
		seed++
		c1.send(crosspeer.Packet{Mode: crosspeer.Reliable, Data: pattern(size, seed)})
		for _, m := range []*member{srv, c2} {
			m.same(pattern(size, seed))
		}
	}
}

// same waits for a packet with these bytes.
func (m *member) same(want []byte) {
	m.s.Helper()
	got := m.packet().Data
	if bytes.Equal(got, want) {
		return
	}
	i := 0
	for i < min(len(got), len(want)) && got[i] == want[i] {
		i++
	}
	m.s.Fatalf("%s got %d bytes, sent were %d; they differ from byte %d on\n"+
		"transport: copy Frame.Data in Send, and keep a message in one piece", m.name, len(got), len(want), i)
}

func bytesEmpty(s *suite) {
	r := s.newRoom(nil, 2)
	for _, from := range []*member{r.clients[0], r.srv} {
		for _, data := range [][]byte{nil, {}} {
			from.send(crosspeer.Packet{Mode: crosspeer.Reliable, Data: data})
			for _, m := range r.all() {
				if m == from || from == r.srv && m == r.srv {
					continue
				}
				if got := m.packet(); len(got.Data) != 0 || got.From != from.id {
					s.Errorf("%s got %s, want an empty one", m.name, describe(crosspeer.PacketReceived{Packet: got}))
				}
			}
		}
	}
}

func bytesOwned(s *suite) {
	r := s.newRoom(nil, 3)
	for _, from := range []*member{r.srv, r.clients[0]} {
		buf := make([]byte, 300)
		const n = 50
		for i := range n {
			copy(buf, pattern(len(buf), i))
			if err := from.Send(crosspeer.Packet{Mode: crosspeer.Reliable, Data: buf}); err != nil {
				s.Fatal(err)
			}
			clear(buf) // the sender's again
		}
		for _, m := range r.all() {
			for i := 0; m != from && i < n; i++ {
				pkt := m.packet()
				if !bytes.Equal(pkt.Data, pattern(len(buf), i)) {
					s.Fatalf("%s got other bytes than were sent\n"+
						"transport: Frame.Data is valid during Send only, and what Deliver was given must not be shared", m.name)
				}
				clear(pkt.Data) // the receiver's
			}
		}
	}
}

func bytesBig(s *suite) {
	r := s.newRoom(nil, 2)
	srv, c1, c2 := r.srv, r.clients[0], r.clients[1]
	for i, size := range []int{64 << 10, 1 << 20, s.MaxPacketBytes} {
		if size > s.MaxPacketBytes {
			continue
		}
		data := pattern(size, i)
		c1.send(crosspeer.Packet{To: c2.id, Mode: crosspeer.Reliable, Data: data})
		c2.same(data)
		if size == s.MaxPacketBytes && size > 4<<20 {
			break // once is enough
		}
		srv.send(crosspeer.Packet{Mode: crosspeer.Reliable, Data: data})
		c1.same(data)
		c2.same(data)
		c2.send(crosspeer.Packet{To: crosspeer.TargetServer, Mode: crosspeer.Reliable, Data: data})
		srv.same(data)
	}
}

func bytesTooBig(s *suite) {
	r := s.newRoom(nil, 2)
	data := make([]byte, s.MaxPacketBytes+1)
	for _, row := range []struct {
		from *member
		to   crosspeer.PeerID
	}{{r.clients[0], 0}, {r.clients[0], 1}, {r.clients[0], r.clients[1].id}, {r.srv, 0}, {r.srv, r.clients[0].id}} {
		for _, mode := range modes {
			err := s.within("Send", func(context.Context) error {
				return row.from.Send(crosspeer.Packet{To: row.to, Mode: mode, Data: data})
			})
			if !errors.Is(err, crosspeer.ErrTooLarge) {
				s.Errorf("%s: Send of %d bytes to %d, %v: %v, want ErrTooLarge\n"+
					"transport: Link.Send gives SendTooLarge for what is above Transport.MaxPacketBytes",
					row.from.name, len(data), row.to, mode, err)
			}
		}
	}
	r.intact()
}

// intact checks that everybody can still be heard by everybody, and that
// nothing else comes first.
func (r *room) intact() {
	r.Helper()
	for _, from := range r.all() {
		text := fmt.Sprintf("%s is there", from.name)
		from.reliable(crosspeer.TargetBroadcast, text)
		for _, m := range slices.DeleteFunc(r.all(), func(m *member) bool { return m == from }) {
			m.texts(from.id, text)
		}
	}
}
