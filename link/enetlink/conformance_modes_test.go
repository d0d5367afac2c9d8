package enetlink_test

import (
	"errors"
	"fmt"
	"testing"

	"crosspeer"
	"crosspeer/enet"
	"crosspeer/link/enetlink"
)

func TestModesAndChannels(t *testing.T) {
	modes := []struct {
		mode    crosspeer.TransferMode
		flags   enet.Flags
		channel uint8
	}{
		{crosspeer.Reliable, enet.Reliable, 1},
		{crosspeer.UnreliableOrdered, 0, 2},
		{crosspeer.Unreliable, enet.Unsequenced, 2},
	}
	virtually(t, "47 each mode has its kind of command and its channel", func(t *testing.T, w *world) {
		m, raw := w.rawJoin(enetlink.Config{})
		for _, kind := range modes {
			m.send(0, kind.mode, "x")
			w.settle()
			raw.expect(received(kind.channel, kind.flags, framed(int32(m.UniqueID()), 0, "x")))
		}
	})
	virtually(t, "48 always ordered sends unreliable packets in order", func(t *testing.T, w *world) {
		m, raw := w.rawJoin(enetlink.Config{AlwaysOrdered: true})
		for _, mode := range []crosspeer.TransferMode{crosspeer.Unreliable, crosspeer.UnreliableOrdered} {
			m.send(0, mode, "x")
			w.settle()
			raw.expect(received(2, 0, framed(int32(m.UniqueID()), 0, "x")))
		}
	})
	virtually(t, "47, 48 always ordered is about a server's own packets, not those it relays", func(t *testing.T, w *world) {
		r := relaying(w, crosspeer.Config{}, enetlink.Config{AlwaysOrdered: true})
		r.c[0].put(2, enet.Unsequenced, framed(1000, 20, "relayed"))
		r.server.send(20, crosspeer.Unreliable, "own")
		w.settle()
		r.c[1].expect(received(2, 0, framed(1, 20, "own")), received(2, enet.Unsequenced, framed(1000, 20, "relayed")))
	})
	for _, kind := range modes {
		virtually(t, fmt.Sprintf("49 1364 bytes are one command, 1365 travel reliably, %v", kind.mode), func(t *testing.T, w *world) {
			m, raw := w.rawJoin(enetlink.Config{})
			for size, flags := range map[int]enet.Flags{1364: kind.flags, 1365: enet.Reliable} {
				data := fmt.Sprintf("%*d", size, 7)
				m.send(0, kind.mode, data)
				w.settle()
				raw.expect(received(kind.channel, flags, framed(int32(m.UniqueID()), 0, data)))
			}
		})
	}
	virtually(t, "49 a relay keeps what became reliable reliable", func(t *testing.T, w *world) {
		r := relaying(w, crosspeer.Config{}, enetlink.Config{})
		data := framed(1000, 20, fmt.Sprintf("%1365d", 7))
		r.c[0].put(2, enet.Unsequenced, data)
		w.settle()
		r.c[1].expect(received(2, enet.Reliable, data))
	})
	virtually(t, "50 a packet that is too large is refused, not lost", func(t *testing.T, w *world) {
		m, _ := w.rawJoin(enetlink.Config{})
		const most = 32<<20 - 8
		if err := m.Send(crosspeer.Packet{Mode: crosspeer.Reliable, Data: make([]byte, most+1)}); !errors.Is(err, crosspeer.ErrTooLarge) {
			t.Errorf("%d bytes: %v", most+1, err)
		}
	})
	virtually(t, "51 a transfer channel carries every mode, past those who have it not", func(t *testing.T, w *world) {
		server := w.serve(crosspeer.Config{}, enetlink.Config{ChannelCount: 6})
		from, narrow, wide := w.raw(5, enet.Config{}, 6), w.raw(6, enet.Config{}, 3), w.raw(7, enet.Config{}, 6)
		w.settle()
		for _, r := range []*rawPeer{from, narrow, wide} {
			r.saw()
		}
		server.saw()
		for _, kind := range modes {
			data := framed(5, 0, kind.mode.String())
			from.put(5, kind.flags, data)
			w.settle()
			server.expect(fmt.Sprintf(`"%v" from 5 to 0, %v, channel 5`, kind.mode, kind.mode))
			wide.expect(received(5, kind.flags, data))
			narrow.expect()
		}
		if n := server.Stats().NoChannel; n != 3 {
			t.Errorf("%d copies were counted as without channel, want 3", n)
		}
		if err := server.SetTransferChannel(5); err != nil {
			t.Fatal(err)
		}
		for _, kind := range modes {
			server.SetTransferMode(kind.mode)
			if err := server.PutPacket([]byte("own")); err != nil {
				t.Errorf("to everybody, %v: %v", kind.mode, err)
			}
			w.settle()
			wide.expect(received(5, kind.flags, framed(1, 0, "own")))
			narrow.expect()
		}
	})
	virtually(t, "52 a connection has the fewer channels of both, and others are refused", func(t *testing.T, w *world) {
		server := w.serve(crosspeer.Config{}, enetlink.Config{ChannelCount: 5})
		m := w.join(enetlink.Config{ChannelCount: 8})
		server.saw()
		for _, channel := range []int{5, 7} {
			err := m.Send(crosspeer.Packet{Mode: crosspeer.Reliable, Channel: channel, Data: []byte("x")})
			if !errors.Is(err, crosspeer.ErrChannel) {
				t.Errorf("on channel %d: %v", channel, err)
			}
		}
		if err := m.Send(crosspeer.Packet{Mode: crosspeer.Reliable, Channel: 4, Data: []byte("x")}); err != nil {
			t.Errorf("on channel 4: %v", err)
		}
		w.settle()
		server.expect(fmt.Sprintf(`"x" from %d to 0, reliable, channel 4`, m.UniqueID()))
	})
	virtually(t, "53 no connection has more than 255 channels", func(t *testing.T, w *world) {
		p := w.member(crosspeer.Config{})
		if err := w.dial(t.Context(), p, enetlink.Config{ChannelCount: 300}); err == nil {
			t.Error("300 channels were accepted")
		}
		m, raw := w.rawJoin(enetlink.Config{ChannelCount: 255})
		if n := raw.ChannelCount(); n != 255 {
			t.Errorf("the connection has %d channels", n)
		}
		if err := m.Send(crosspeer.Packet{Mode: crosspeer.Reliable, Channel: 254, Data: []byte("x")}); err != nil {
			t.Errorf("on channel 254: %v", err)
		}
	})
	virtually(t, "54 a transfer channel that no connection can have is refused", func(t *testing.T, w *world) {
		p := w.member(crosspeer.Config{})
		for _, channel := range []int{0, -2, 255, 299} {
			if err := p.SetTransferChannel(channel); !errors.Is(err, crosspeer.ErrChannel) || p.TransferChannel() != -1 {
				t.Errorf("channel %d: %v, and then it is %d", channel, err, p.TransferChannel())
			}
		}
		m, _ := w.rawJoin(enetlink.Config{ChannelCount: 255})
		if err := m.Send(crosspeer.Packet{Mode: crosspeer.Reliable, Channel: 255, Data: []byte("x")}); !errors.Is(err, crosspeer.ErrChannel) {
			t.Errorf("a packet on channel 255: %v", err)
		}
	})
}
