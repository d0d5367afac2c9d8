package enetlink_test

import (
	"encoding/binary"
	"fmt"
	"testing"

	"crosspeer/enet"
	"crosspeer/link/enetlink"
)

// rawPeer is an end of an ENet connection without Godot's rules: what it sends
// and gets are bytes on channels.
type rawPeer struct {
	*enet.Peer
	t *testing.T
	h *enet.Host
}

// raw lets a bare ENet peer connect to the server with data as its id.
func (w *world) raw(data uint32, cfg enet.Config, channels int) *rawPeer {
	w.t.Helper()
	if cfg.MTU == 0 {
		cfg.MTU = 1400
	}
	h, err := enet.NewHost(w.socket(false), &cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { h.Close() })
	p, err := h.Connect(serverAddr, channels, data)
	if err != nil {
		w.t.Fatal(err)
	}
	return &rawPeer{Peer: p, t: w.t, h: h}
}

// rawIn is raw once it is in the session; what it was told is not seen again.
func (w *world) rawIn(id uint32) *rawPeer {
	w.t.Helper()
	r := w.raw(id, enet.Config{}, 3)
	w.settle()
	if got := r.saw(); len(got) == 0 || got[0] != "connect" {
		w.t.Fatalf("peer %d is not let in: %q", id, got)
	}
	return r
}

// rawServer is a bare ENet host in the server's place.
func (w *world) rawServer() *enet.Host {
	w.t.Helper()
	h, err := enet.NewHost(w.socket(true), &enet.Config{MTU: 1400})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { h.Close() })
	return h
}

// rawJoin lets a Go client join a bare server and gives the connection's other
// end.
func (w *world) rawJoin(link enetlink.Config) (*member, *rawPeer) {
	w.t.Helper()
	h := w.rawServer()
	m := w.join(link)
	ev, ok := h.TryNext()
	if !ok || ev.Type != enet.EventConnect {
		w.t.Fatalf("the server has no client: %+v", ev)
	}
	return m, &rawPeer{Peer: ev.Peer, t: w.t, h: h}
}

// put sends bytes as they are.
func (r *rawPeer) put(channel uint8, flags enet.Flags, data []byte) {
	r.t.Helper()
	if err := r.Send(channel, data, flags); err != nil {
		r.t.Fatal(err)
	}
}

// saw gives what has come since the last call.
func (r *rawPeer) saw() []string {
	var got []string
	for {
		ev, ok := r.h.TryNext()
		if !ok {
			return got
		}
		switch ev.Type {
		case enet.EventConnect:
			got = append(got, "connect")
		case enet.EventReceive:
			got = append(got, received(ev.Channel, ev.Flags, ev.Data()))
		case enet.EventDisconnect:
			got = append(got, fmt.Sprintf("disconnect, %v, data %d", ev.Reason, ev.DisconnectData))
		}
	}
}

// expect checks what has come since the last call.
func (r *rawPeer) expect(want ...string) {
	r.t.Helper()
	expect(r.t, r.saw(), want)
}

// received describes a packet as a bare peer sees it.
func received(channel uint8, flags enet.Flags, data []byte) string {
	kind := map[enet.Flags]string{
		0: "unreliable", enet.Reliable: "reliable", enet.Unsequenced: "unsequenced",
		enet.UnreliableFragment: "unreliable fragments",
	}[flags]
	if len(data) > 64 {
		return fmt.Sprintf("channel %d, %s: %x... (%d bytes)", channel, kind, data[:64], len(data))
	}
	return fmt.Sprintf("channel %d, %s: %x", channel, kind, data)
}

// framed is a packet in Godot's framing: two little-endian numbers and the
// payload.
func framed(source, target int32, payload string) []byte {
	b := binary.LittleEndian.AppendUint32(nil, uint32(source))
	return append(binary.LittleEndian.AppendUint32(b, uint32(target)), payload...)
}

// notice is a message of the server about a client: 0 adds, 1 removes.
func notice(kind uint32, id int32) []byte {
	b := binary.LittleEndian.AppendUint32(nil, kind)
	return binary.LittleEndian.AppendUint32(b, uint32(id))
}

// added and removed are how bare peers see the server's notices.
func added(id int32) string   { return received(0, enet.Reliable, notice(0, id)) }
func removed(id int32) string { return received(0, enet.Reliable, notice(1, id)) }
