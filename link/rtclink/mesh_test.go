package rtclink_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"

	"crosspeer"
	"crosspeer/link/rtclink"
)

const patience = 30 * time.Second

func testContext(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// one is a member of a mesh.
type one struct {
	*crosspeer.Peer
	mesh *rtclink.Mesh
	id   crosspeer.PeerID
	t    *testing.T
}

func join(t *testing.T, id crosspeer.PeerID, compat bool) *one {
	t.Helper()
	mesh := rtclink.New(id, compat)
	p, err := crosspeer.Join(testContext(t), nil, mesh)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return &one{p, mesh, id, t}
}

// loopback makes connections that stay on this machine.
var loopback = func() *webrtc.API {
	var s webrtc.SettingEngine
	s.SetIncludeLoopbackCandidate(true)
	s.SetICETimeouts(2*time.Second, 4*time.Second, 500*time.Millisecond)
	return webrtc.NewAPI(webrtc.WithSettingEngine(s))
}()

func connection(t *testing.T) *webrtc.PeerConnection {
	t.Helper()
	pc, err := loopback.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		t.Fatal(err)
	}
	return pc
}

// describe sets a local description and gives it with its candidates.
func describe(t *testing.T, pc *webrtc.PeerConnection, d webrtc.SessionDescription, err error) webrtc.SessionDescription {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	gathered := webrtc.GatheringCompletePromise(pc)
	if err := pc.SetLocalDescription(d); err != nil {
		t.Fatal(err)
	}
	<-gathered
	return *pc.LocalDescription()
}

// negotiate does the signalling between two connections.
func negotiate(t *testing.T, a, b *webrtc.PeerConnection) {
	t.Helper()
	d, err := a.CreateOffer(nil)
	if err := b.SetRemoteDescription(describe(t, a, d, err)); err != nil {
		t.Fatal(err)
	}
	d, err = b.CreateAnswer(nil)
	if err := a.SetRemoteDescription(describe(t, b, d, err)); err != nil {
		t.Fatal(err)
	}
}

// meet connects two members.
func meet(t *testing.T, a, b *one) {
	t.Helper()
	pa, pb := connection(t), connection(t)
	if err := a.mesh.AddPeer(pa, b.id); err != nil {
		t.Fatal(err)
	}
	if err := b.mesh.AddPeer(pb, a.id); err != nil {
		t.Fatal(err)
	}
	negotiate(t, pa, pb)
}

// expect waits for the next events.
func (o *one) expect(want ...string) {
	o.t.Helper()
	for _, w := range want {
		ev, err := o.Next(testContext(o.t))
		if err != nil {
			o.t.Fatalf("member %d waits for %s: %v", o.id, w, err)
		}
		if got := text(ev); got != w {
			o.t.Fatalf("member %d got %s, want %s", o.id, got, w)
		}
	}
}

func text(ev crosspeer.Event) string {
	switch ev := ev.(type) {
	case crosspeer.PeerConnected:
		return fmt.Sprintf("connected %d", ev.ID)
	case crosspeer.PeerDisconnected:
		return fmt.Sprintf("disconnected %d", ev.ID)
	case crosspeer.PacketReceived:
		return fmt.Sprintf("%d %v %s", ev.From, ev.Mode, ev.Data)
	}
	return fmt.Sprintf("%T", ev)[len("crosspeer."):]
}

// The numbers in front of test names are those of Godot 3.2's behaviours of
// WebRTCMultiplayer, 112 to 120.

func TestAMeshOfThree(t *testing.T) {
	a, b, c := join(t, 1, false), join(t, 20, false), join(t, 30, false)
	for _, o := range []*one{a, b, c} {
		if o.ConnectionStatus() != crosspeer.Connected || o.UniqueID() != o.id || o.IsServer() != (o.id == 1) {
			t.Errorf("member %d is %v with id %d", o.id, o.ConnectionStatus(), o.UniqueID())
		}
	}
	meet(t, a, b)
	a.expect("connected 20")
	b.expect("connected 1")
	meet(t, a, c)
	a.expect("connected 30")
	c.expect("connected 1")
	meet(t, c, b)
	b.expect("connected 30")
	c.expect("connected 20")

	t.Run("113, 114 modes and targets", func(t *testing.T) {
		for _, mode := range []crosspeer.TransferMode{crosspeer.Reliable, crosspeer.UnreliableOrdered, crosspeer.Unreliable} {
			send := func(to crosspeer.PeerID, data string) {
				t.Helper()
				if err := b.Send(crosspeer.Packet{To: to, Mode: mode, Data: []byte(data)}); err != nil {
					t.Fatal(err)
				}
			}
			send(0, "all")
			a.expect(fmt.Sprintf("20 %v all", mode))
			c.expect(fmt.Sprintf("20 %v all", mode))
			send(30, "one")
			c.expect(fmt.Sprintf("20 %v one", mode))
			send(-30, "but 30")
			a.expect(fmt.Sprintf("20 %v but 30", mode))
			send(-1, "but 1")
			c.expect(fmt.Sprintf("20 %v but 1", mode))
		}
		for _, to := range []crosspeer.PeerID{20, 7, -7} {
			if err := b.Send(crosspeer.Packet{To: to}); !errors.Is(err, crosspeer.ErrUnknownPeer) {
				t.Errorf("to %d: %v", to, err)
			}
		}
	})
	t.Run("112 three channels that are negotiated", func(t *testing.T) {
		p, ok := a.mesh.Peer(20)
		if !ok || !p.Connected {
			t.Fatalf("Peer gives %+v, %v", p, ok)
		}
		for i, want := range []struct {
			label   string
			ordered bool
		}{{"reliable", true}, {"ordered", true}, {"unreliable", false}} {
			dc := p.Channels[i]
			if dc.Label() != want.label || *dc.ID() != uint16(i+1) || !dc.Negotiated() || dc.Ordered() != want.ordered ||
				(dc.MaxPacketLifeTime() == nil) != (i == 0) || dc.MaxRetransmits() != nil || dc.Protocol() != "" {
				t.Errorf("channel %d is %q, id %d, ordered %v", i, dc.Label(), *dc.ID(), dc.Ordered())
			}
		}
		if _, ok := a.mesh.Peer(99); ok || a.mesh.HasPeer(99) || !a.mesh.HasPeer(30) {
			t.Error("a stranger is there, or a member is not")
		}
		if got := a.mesh.Peers(); !slices.Equal(got, []crosspeer.PeerID{20, 30}) {
			t.Errorf("Peers gives %v", got)
		}
	})
	t.Run("119 the same id again replaces", func(t *testing.T) {
		meet(t, a, b)
		a.expect("disconnected 20", "connected 20")
		b.expect("disconnected 1", "connected 1")
		if err := a.Send(crosspeer.Packet{To: 20, Mode: crosspeer.Reliable, Data: []byte("again")}); err != nil {
			t.Fatal(err)
		}
		b.expect("1 reliable again")
	})
	t.Run("115 a member that is removed is lost on both sides", func(t *testing.T) {
		if !a.mesh.RemovePeer(30) || a.mesh.RemovePeer(99) {
			t.Error("RemovePeer finds the wrong members")
		}
		a.expect("disconnected 30")
		c.expect("disconnected 1")
	})
	t.Run("119 what cannot be added", func(t *testing.T) {
		begun := connection(t)
		defer begun.Close()
		if _, err := begun.CreateDataChannel("x", nil); err != nil {
			t.Fatal(err)
		}
		d, err := begun.CreateOffer(nil)
		describe(t, begun, d, err)
		fresh := connection(t)
		defer fresh.Close()
		for _, tt := range []struct {
			name string
			pc   *webrtc.PeerConnection
			id   crosspeer.PeerID
			want error
		}{
			{"nothing", nil, 5, rtclink.ErrNotNew}, {"one that has begun", begun, 5, rtclink.ErrNotNew},
			{"id 0", fresh, 0, crosspeer.ErrInvalidID}, {"a negative id", fresh, -5, crosspeer.ErrInvalidID},
			{"its own id", fresh, 1, crosspeer.ErrInvalidID},
		} {
			if err := a.mesh.AddPeer(tt.pc, tt.id); !errors.Is(err, tt.want) {
				t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
			}
		}
		a.SetRefuseNewConnections(true)
		if err := a.mesh.AddPeer(fresh, 5); !errors.Is(err, crosspeer.ErrRefused) {
			t.Errorf("while refusing: %v", err)
		}
	})
	t.Run("a member that closes is lost to the others", func(t *testing.T) {
		b.Close()
		a.expect("disconnected 20")
		c.expect("disconnected 20")
		if err := b.mesh.AddPeer(connection(t), 5); !errors.Is(err, rtclink.ErrNotJoined) {
			t.Errorf("AddPeer after Close: %v", err)
		}
	})
}

func TestServerCompatibility(t *testing.T) {
	server, b, c := join(t, 1, true), join(t, 20, true), join(t, 30, true)
	if server.ConnectionStatus() != crosspeer.Connected || b.ConnectionStatus() != crosspeer.Connecting {
		t.Errorf("116 at first the server is %v and the others %v", server.ConnectionStatus(), b.ConnectionStatus())
	}
	meet(t, b, c) // nothing is said of it yet
	meet(t, server, b)
	server.expect("connected 20")
	b.expect("connected 1", "ConnectionSucceeded", "connected 30")
	if b.ConnectionStatus() != crosspeer.Connected {
		t.Errorf("116 with the server it is %v", b.ConnectionStatus())
	}
	server.mesh.RemovePeer(20)
	server.expect("disconnected 20")
	b.expect("disconnected 1", "ServerDisconnected")
	if b.ConnectionStatus() != crosspeer.Disconnected {
		t.Errorf("116 without the server it is %v", b.ConnectionStatus())
	}
}

func TestAConnectionThatNeverComesIsForgottenInSilence(t *testing.T) {
	a := join(t, 20, false)
	pc := connection(t)
	if err := a.mesh.AddPeer(pc, 30); err != nil {
		t.Fatal(err)
	}
	pc.Close()
	for end := time.Now().Add(patience); a.mesh.HasPeer(30); {
		if time.Now().After(end) {
			t.Fatal("117 it is still there")
		}
	}
	if n := a.Stats(); n.Peers != 0 {
		t.Errorf("117 stats %+v", n)
	}
	short, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if ev, err := a.Next(short); err == nil {
		t.Errorf("117 it is reported: %s", text(ev))
	}
}

func TestIDsOfAMesh(t *testing.T) {
	for id, ok := range map[crosspeer.PeerID]bool{1: true, 2147483647: true, 0: false, -1: false} {
		p, err := crosspeer.Join(testContext(t), nil, rtclink.New(id, false))
		if (err == nil) != ok || !ok && !errors.Is(err, crosspeer.ErrInvalidID) {
			t.Errorf("120 id %d: %v", id, err)
		}
		if err == nil {
			p.Close()
		}
	}
}
