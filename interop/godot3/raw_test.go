package godot3

import (
	"context"
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"crosspeer/enet"
)

// rawPeer is an ENet peer without Godot's rules: it sends what no Godot peer
// would.
type rawPeer struct {
	*enet.Peer
	t    testing.TB
	host *enet.Host
}

// rawClient begins a connection to a server on loopback, with data in the
// place of its id.
func rawClient(t testing.TB, port int, data uint32, c Compression) *rawPeer {
	t.Helper()
	cfg := &enet.Config{MTU: 1400, Compression: enetCompression(c)}
	h, err := enet.Listen("127.0.0.1:0", cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	p, err := h.Connect(netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(port)), 3, data)
	if err != nil {
		t.Fatal(err)
	}
	return &rawPeer{p, t, h}
}

// expect waits until the next events are exactly these, in the words of
// describe.
func (r *rawPeer) expect(want ...string) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), DefaultPatience)
	defer cancel()
	var got []string
	for range want {
		ev, err := r.host.Next(ctx)
		if err != nil {
			r.t.Fatalf("raw peer: got %q, then %v; want %q", got, err, want)
		}
		got = append(got, describe(ev))
	}
	if !slices.Equal(got, want) {
		r.t.Fatalf("raw peer: got %q, want %q", got, want)
	}
}

func describe(ev enet.Event) string {
	switch ev.Type {
	case enet.EventConnect:
		return "connect"
	case enet.EventDisconnect:
		return fmt.Sprintf("disconnect, %v, data %d", ev.Reason, ev.DisconnectData)
	default:
		return fmt.Sprintf("channel %d, %x", ev.Channel, ev.Data())
	}
}

// put sends bytes as they are.
func (r *rawPeer) put(channel uint8, flags enet.Flags, data []byte) {
	r.t.Helper()
	if err := r.Send(channel, data, flags); err != nil {
		r.t.Fatal(err)
	}
}

// framed is a packet in Godot's framing.
func framed(source, target int32, payload string) []byte {
	b := binary.LittleEndian.AppendUint32(nil, uint32(source))
	return append(binary.LittleEndian.AppendUint32(b, uint32(target)), payload...)
}

// eventually waits until something is true that has no event of its own.
func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for end := time.Now().Add(DefaultPatience); !is(); <-look.C {
		if time.Now().After(end) {
			t.Fatalf("not within %v: %s", DefaultPatience, what)
		}
	}
}
