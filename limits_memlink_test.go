package crosspeer_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"crosspeer"
	"crosspeer/link/memlink"
)

// labelled is a network whose transports say that they are limited.
type labelled struct {
	net    *memlink.Network
	limits crosspeer.Limits
}

func newLabelled(l crosspeer.Limits) labelled {
	return labelled{memlink.New(memlink.Config{MaxPacketBytes: l.MaxPacketBytes}), l}
}

type limited struct {
	crosspeer.Transport
	limits crosspeer.Limits
}

func (t limited) Limits() crosspeer.Limits { return t.limits }

func (n labelled) Listen(ctx context.Context, hub *crosspeer.Hub) (crosspeer.Transport, error) {
	t, err := n.net.Listen().Listen(ctx, hub)
	return limited{t, n.limits}, err
}

func (n labelled) Dial(ctx context.Context, hub *crosspeer.Hub) (crosspeer.Transport, error) {
	t, err := n.net.Dial().Dial(ctx, hub)
	return limited{t, n.limits}, err
}

// unlabelled says nothing of limits.
type unlabelled struct{ *memlink.Network }

func (n unlabelled) Listen(ctx context.Context, hub *crosspeer.Hub) (crosspeer.Transport, error) {
	t, err := n.Network.Listen().Listen(ctx, hub)
	return struct{ crosspeer.Transport }{t}, err
}

func serve(t *testing.T, cfg *crosspeer.Config, listeners ...crosspeer.Listener) *crosspeer.Peer {
	t.Helper()
	srv, err := crosspeer.Listen(t.Context(), cfg, listeners...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { srv.Close() })
	return srv
}

func enter(t *testing.T, d crosspeer.Dialer) *crosspeer.Peer {
	t.Helper()
	cli, err := crosspeer.Dial(t.Context(), nil, d)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cli.Close() })
	return cli
}

func TestTheLargestPacketToManyIsWhatAllTransportsCarry(t *testing.T) {
	const most = 33554424
	for _, tt := range []struct {
		name       string
		config     int
		transports []int // -1: says nothing
		want       int
	}{
		{"no transport", 0, nil, most},
		{"no transport, Config", 5000, nil, 5000},
		{"one that says nothing", 0, []int{-1}, most},
		{"one without a limit", 0, []int{0}, most},
		{"one with a limit", 0, []int{3000}, 3000},
		{"Config is lower", 1000, []int{3000}, 1000},
		{"Config is higher", 4000, []int{3000}, 3000},
		{"the lower one first", 0, []int{2000, 3000}, 2000},
		{"the lower one last", 0, []int{3000, 2000}, 2000},
		{"one says nothing", 0, []int{3000, -1}, 3000},
		{"above what a Peer allows", 0, []int{most + 1}, most},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var listeners []crosspeer.Listener
			for _, n := range tt.transports {
				if n < 0 {
					listeners = append(listeners, unlabelled{memlink.New()})
				} else {
					listeners = append(listeners, newLabelled(crosspeer.Limits{MaxPacketBytes: n}))
				}
			}
			srv := serve(t, &crosspeer.Config{MaxPacketBytes: tt.config}, listeners...)
			if got := srv.MaxPacketBytes(); got != tt.want {
				t.Errorf("MaxPacketBytes is %d, want %d", got, tt.want)
			}
			srv.Close()
			if got := srv.MaxPacketBytes(); got != 0 {
				t.Errorf("after Close MaxPacketBytes is %d, want 0", got)
			}
		})
	}
	if got := new(crosspeer.Peer).MaxPacketBytes(); got != 0 {
		t.Errorf("before a session MaxPacketBytes is %d, want 0", got)
	}
}

func TestALimitHoldsForPacketsToManyAndEachLinkForItsOwn(t *testing.T) {
	small := newLabelled(crosspeer.Limits{MaxPacketBytes: 1000})
	large := newLabelled(crosspeer.Limits{MaxPacketBytes: 2000})
	srv := serve(t, &crosspeer.Config{MaxPacketBytes: 3000}, small, large)
	a, b := enter(t, small), enter(t, large)
	if x, y := a.MaxPacketBytes(), b.MaxPacketBytes(); x != 1000 || y != 2000 {
		t.Errorf("the clients' MaxPacketBytes are %d and %d, want 1000 and 2000", x, y)
	}
	for _, tt := range []struct {
		name string
		from *crosspeer.Peer
		to   crosspeer.PeerID
		most int
		says string // of what is larger by one
	}{
		{"the server to all", srv, 0, 1000, "1001 bytes to many, and not every member can be sent more than 1000"},
		{"the server to all but one", srv, -b.UniqueID(), 1000, "1001 bytes to many, and not every member can be sent more than 1000"},
		{"the server to a small one", srv, a.UniqueID(), 1000, "1001 bytes to " + a.UniqueID().String()},
		{"the server to a large one", srv, b.UniqueID(), 2000, "2001 bytes to " + b.UniqueID().String()},
		{"a small client to all", a, 0, 1000, "1001 bytes to many"},
		{"a small client to the server", a, 1, 1000, "1001 bytes to 1"},
		{"a large client to all", b, 0, 2000, "2001 bytes to many"},
		{"a large client to the server", b, 1, 2000, "2001 bytes to 1"},
	} {
		for _, mode := range []crosspeer.TransferMode{crosspeer.Unreliable, crosspeer.UnreliableOrdered, crosspeer.Reliable} {
			if err := tt.from.Send(crosspeer.Packet{To: tt.to, Mode: mode, Data: make([]byte, tt.most)}); err != nil {
				t.Errorf("%s, %v: %v", tt.name, mode, err)
			}
			err := tt.from.Send(crosspeer.Packet{To: tt.to, Mode: mode, Data: make([]byte, tt.most+1)})
			if !errors.Is(err, crosspeer.ErrTooLarge) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%s, %v: %v, want ErrTooLarge with %q", tt.name, mode, err, tt.says)
			}
		}
	}
	// Above Config nothing is tried.
	err := srv.Send(crosspeer.Packet{To: b.UniqueID(), Data: make([]byte, 3001)})
	if !errors.Is(err, crosspeer.ErrTooLarge) || !strings.Contains(err.Error(), "3001 bytes, at most 3000") {
		t.Errorf("above Config: %v", err)
	}
}

// A server relays what others can carry, and counts what they cannot.
func TestARelayedPacketThatALinkCannotCarryIsLeftOutThere(t *testing.T) {
	small := newLabelled(crosspeer.Limits{MaxPacketBytes: 1000})
	large := newLabelled(crosspeer.Limits{MaxPacketBytes: 2000})
	srv := serve(t, nil, small, large)
	a, b, c := enter(t, small), enter(t, large), enter(t, large)
	for _, n := range []int{1500, 10} {
		if err := b.Send(crosspeer.Packet{Mode: crosspeer.Reliable, Data: make([]byte, n)}); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		p    *crosspeer.Peer
		want []int
	}{{srv, []int{1500, 10}}, {c, []int{1500, 10}}, {a, []int{10}}} {
		for _, n := range tt.want {
			got, err := tt.p.Receive(t.Context())
			if err != nil || len(got.Data) != n {
				t.Errorf("got %d bytes, %v, want %d", len(got.Data), err, n)
			}
		}
	}
	if s := srv.Stats(); s.TooLarge != 1 || s.Relayed != 2 {
		t.Errorf("TooLarge is %d and Relayed %d, want 1 and 2", s.TooLarge, s.Relayed)
	}
}

func TestTransferModeIsReliableWhereTransportsKnowNothingElse(t *testing.T) {
	only := crosspeer.Limits{ReliableOnly: true}
	for _, tt := range []struct {
		name       string
		transports []crosspeer.Limits
		want       crosspeer.TransferMode
	}{
		{"all of them", []crosspeer.Limits{only, only}, crosspeer.Reliable},
		{"the first one", []crosspeer.Limits{only, {}}, crosspeer.Unreliable},
		{"the last one", []crosspeer.Limits{{}, only}, crosspeer.Unreliable},
		{"none of them", []crosspeer.Limits{{}}, crosspeer.Unreliable},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var nets []labelled
			var listeners []crosspeer.Listener
			for _, l := range tt.transports {
				nets = append(nets, newLabelled(l))
				listeners = append(listeners, nets[len(nets)-1])
			}
			srv := new(crosspeer.Peer)
			srv.SetTransferMode(crosspeer.Unreliable)
			if err := srv.Listen(t.Context(), listeners...); err != nil {
				t.Fatal(err)
			}
			defer srv.Close()
			cli := enter(t, nets[0])
			if got := srv.TransferMode(); got != tt.want {
				t.Errorf("TransferMode is %v, want %v", got, tt.want)
			}
			if err := srv.PutPacket([]byte("x")); err != nil {
				t.Fatal(err)
			}
			if got, err := cli.Receive(t.Context()); err != nil || got.Mode != tt.want {
				t.Errorf("PutPacket sends as %v, %v, want %v", got.Mode, err, tt.want)
			}
			srv.SetTransferMode(crosspeer.UnreliableOrdered)
			want := max(tt.want, crosspeer.UnreliableOrdered)
			if got := srv.TransferMode(); got != want {
				t.Errorf("set to UnreliableOrdered, TransferMode is %v, want %v", got, want)
			}
			// In the next session it is what was set.
			srv.Close()
			if got := srv.TransferMode(); got != crosspeer.UnreliableOrdered {
				t.Errorf("after Close TransferMode is %v, want what was set", got)
			}
			if err := srv.Listen(t.Context(), memlink.New().Listen()); err != nil {
				t.Fatal(err)
			}
			if got := srv.TransferMode(); got != crosspeer.UnreliableOrdered {
				t.Errorf("in the next session TransferMode is %v, want what was set", got)
			}
		})
	}
}
