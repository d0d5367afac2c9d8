package engine

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"crosspeer/enet/internal/protocol"
)

// What a host does that connects to another.
var connectPoints = []point{
	{16, "CONNECT is number 1 on channel 0xFF, flagged, 48 bytes", func(t *testing.T) {
		d := newHand(t, Config{MTU: 1000, OutgoingBandwidth: 200_000, IncomingBandwidth: 50_000})
		f := d.dial()
		b := d.out.Datagrams[0].Data
		if want := []byte{0x82, 0xFF, 0, 1}; len(b) != 4+48 || !bytes.Equal(b[4:8], want) {
			t.Errorf("CONNECT begins with %x and has %d bytes", b[4:8], len(b)-4)
		}
		want := protocol.Connect{PeerID: f.PeerID, IncomingSession: 0xFF, OutgoingSession: 0xFF, MTU: 1000,
			WindowSize: 3 * 4096, ChannelCount: 4, IncomingBandwidth: 50_000, OutgoingBandwidth: 200_000,
			Throttle: protocol.Throttle{Interval: 5000, Acceleration: 2, Deceleration: 2}, ConnectID: f.ConnectID, Data: 9}
		if f != want {
			t.Errorf("\n got %+v\nwant %+v", f, want)
		}
	}},
	{17, "CONNECT is sent again after 500, 1500, 3500, 7500, 15500 ms; failure at 31500 ms", func(t *testing.T) {
		policies(t, func(t *testing.T, cfg Config) {
			d := newHand(t, cfg)
			d.dial()
			equal(t, d.wait(60*time.Second), "500 CONNECT 255:1", "1500 CONNECT 255:1", "3500 CONNECT 255:1",
				"7500 CONNECT 255:1", "15500 CONNECT 255:1", "31500 disconnect no reply 0")
			if n := d.h.PeerCount(); n != 0 {
				t.Errorf("%d peers are left", n)
			}
		})
		recordedSession(t, "noserver-plain")
		t.Run("an acknowledgement without VERIFY_CONNECT changes nothing of it", func(t *testing.T) {
			d := newHand(t, Config{})
			d.dial()
			sent := binary.BigEndian.Uint16(d.out.Datagrams[0].Data[2:])
			equal(t, d.say(ack(protocol.ControlChannel, 1, sent)))
			equal(t, d.wait(60*time.Second), "500 CONNECT 255:1", "1500 CONNECT 255:1", "3500 CONNECT 255:1",
				"7500 CONNECT 255:1", "15500 CONNECT 255:1", "31500 disconnect no reply 0")
		})
	}},
	{30, "channel count, throttle values and connection identifier of VERIFY_CONNECT are checked", func(t *testing.T) {
		for _, tt := range []struct {
			name string
			edit func(*protocol.Connect)
		}{
			{"no channels", func(f *protocol.Connect) { f.ChannelCount = 0 }},
			{"256 channels", func(f *protocol.Connect) { f.ChannelCount = 256 }},
			{"interval", func(f *protocol.Connect) { f.Throttle.Interval++ }},
			{"acceleration", func(f *protocol.Connect) { f.Throttle.Acceleration++ }},
			{"deceleration", func(f *protocol.Connect) { f.Throttle.Deceleration++ }},
			{"identifier", func(f *protocol.Connect) { f.ConnectID[3]++ }},
			{"peer ID 0xFFF", func(f *protocol.Connect) { f.PeerID = protocol.NoPeer }},
			{"peer ID 0x1005", func(f *protocol.Connect) { f.PeerID = 0x1005 }},
		} {
			t.Run(tt.name, func(t *testing.T) {
				policies(t, func(t *testing.T, cfg Config) {
					d := newHand(t, cfg)
					f := d.agreement(d.dial())
					tt.edit(&f)
					equal(t, d.say(verify(1, f), reliable(0, 1, "x")), "disconnect handshake 0")
					if d.h.PeerCount() != 0 || d.peer.State() != Disconnected {
						t.Error("the peer is still there")
					}
				})
			})
		}
	}},
	{31, "session IDs above 3 in VERIFY_CONNECT fail the handshake", func(t *testing.T) {
		for _, s := range []uint8{4, 0x27, 0xFF} {
			for _, in := range []bool{true, false} {
				d := newHand(t, Config{})
				f := d.agreement(d.dial())
				if in {
					f.IncomingSession = s
				} else {
					f.OutgoingSession = s
				}
				equal(t, d.say(verify(1, f)), "disconnect handshake 0")
			}
		}
	}},
	{32, "VERIFY_CONNECT may have any number and sent time; both are echoed", func(t *testing.T) {
		policies(t, func(t *testing.T, cfg Config) {
			for _, seq := range []uint16{0, 1, 2, 0x8000, 0xFFFF} {
				d := newHand(t, cfg)
				f := d.dial()
				d.stamp = seq ^ 0x5555
				equal(t, d.say(verify(seq, d.agreement(f))), "connect 0",
					fmt.Sprintf("ACK 255:%d@%04x, PING 255:2", seq, d.stamp))
			}
		})
	}},
	{33, "a repeated VERIFY_CONNECT is acknowledged again and changes nothing", func(t *testing.T) {
		policies(t, func(t *testing.T, cfg Config) {
			d := newHand(t, cfg)
			f := d.agreement(d.dial())
			d.say(verify(7, f))
			d.settle()
			f.PeerID, f.MTU, f.ChannelCount = 5, 576, 1
			d.stamp++
			equal(t, d.say(verify(8, f)), "ACK 255:8@1235")
			if d.peer.remoteID != handSlot || d.peer.ChannelCount() != 4 || d.peer.MTU() != 1392 {
				t.Errorf("slot %x, %d channels, MTU %d", d.peer.remoteID, d.peer.ChannelCount(), d.peer.MTU())
			}
		})
	}},
	{36, "CONNECT's data is reported at the acceptor, 0 at the initiator", func(t *testing.T) {
		d := newHand(t, Config{})
		f := d.request()
		f.Data = 0xCAFEF00D
		d.ask(f)
		v, _ := d.verified()
		if got := d.say(d.answer(v)); len(got) != 1 || got[0] != "connect 3405705229" {
			t.Errorf("%q", got)
		}
		if d.peer.ConnectData() != f.Data {
			t.Errorf("ConnectData %x", d.peer.ConnectData())
		}
		i := newHand(t, Config{})
		v.f = i.agreement(i.dial())
		v.f.Data = 77 // not part of VERIFY_CONNECT
		if got := i.say(verify(1, v.f)); got[0] != "connect 0" {
			t.Errorf("%q", got)
		}
	}},
	{39, "libenet's client gets in whatever slot, session, number and sent time are drawn", func(t *testing.T) {
		for seed := range uint64(200) {
			n := newPair(t, seed, Config{Libenet: true}, Config{})
			n.connect()
		}
	}},
}
