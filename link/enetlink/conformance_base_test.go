package enetlink_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"crosspeer"
	"crosspeer/enet"
	"crosspeer/link/enetlink"
)

// The numbers in front of test names are those of Godot 3.2's behaviours; the
// registry in interop/godot3 lists them all.

func TestPacketPeer(t *testing.T) {
	virtually(t, "1 an empty packet is accepted anywhere and sent nowhere", func(t *testing.T, w *world) {
		p := w.member(crosspeer.Config{})
		if err := p.PutPacket(nil); err != nil {
			t.Errorf("in no session: %v", err)
		}
		server := w.serve(crosspeer.Config{}, enetlink.Config{})
		raw := w.rawIn(5)
		for _, target := range []crosspeer.PeerID{0, 5, -5, 77, -77, 1} {
			server.SetTargetPeer(target)
			if err := server.PutPacket([]byte{}); err != nil {
				t.Errorf("to %d: %v", target, err)
			}
		}
		server.send(5, crosspeer.Reliable, "first")
		w.settle()
		raw.expect(received(1, enet.Reliable, framed(1, 5, "first")))
	})
	virtually(t, "2 there is nothing to get from an empty queue", func(t *testing.T, w *world) {
		p := w.serve(crosspeer.Config{}, enetlink.Config{})
		data, err := p.GetPacket()
		if len(data) != 0 || !errors.Is(err, crosspeer.ErrNoPacket) || !errors.Is(p.PacketError(), crosspeer.ErrNoPacket) {
			t.Errorf("got %x, %v, and then %v", data, err, p.PacketError())
		}
	})
	virtually(t, "10 a peer accepts connections and sends reliably once it has a transport", func(t *testing.T, w *world) {
		p := w.member(crosspeer.Config{})
		if !p.IsRefusingNewConnections() || p.TransferMode() != crosspeer.Unreliable || p.ConnectionStatus() != crosspeer.Disconnected {
			t.Errorf("without a transport: refuses %v, %v, %v", p.IsRefusingNewConnections(), p.TransferMode(), p.ConnectionStatus())
		}
		server := w.serve(crosspeer.Config{}, enetlink.Config{})
		for _, p := range []*member{server, w.join(enetlink.Config{})} {
			if p.IsRefusingNewConnections() || p.TransferMode() != crosspeer.Reliable {
				t.Errorf("with a transport: refuses %v, %v", p.IsRefusingNewConnections(), p.TransferMode())
			}
		}
	})
	virtually(t, "11 Poll waits a second for something to happen and no longer", func(t *testing.T, w *world) {
		server := w.serve(crosspeer.Config{}, enetlink.Config{})
		took := func() time.Duration {
			begun := time.Now()
			if err := server.Poll(); err != nil {
				t.Errorf("Poll: %v", err)
			}
			return time.Since(begun)
		}
		if d := took(); d != time.Second {
			t.Errorf("with nothing to do Poll took %v", d)
		}
		w.raw(5, enet.Config{}, 3)
		if d := took(); d > 10*lag {
			t.Errorf("with a client coming Poll took %v", d)
		}
		if err := server.PollContext(done()); !errors.Is(err, context.Canceled) {
			t.Errorf("PollContext that may not wait: %v", err)
		}
	})
}
