package crosspeer_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"crosspeer"
	"crosspeer/link/memlink"
)

// page is a session of a server and two clients in virtual time, as a Godot
// user would drive it.
type page struct {
	*testing.T
	net    *memlink.Network
	srv    *crosspeer.Peer
	a, b   *crosspeer.Peer // ids 50 and 70
	heard  []string        // signals of a client that joins, and of the server
	closed []func()
}

func ctx() context.Context { return context.Background() }

func (p *page) do(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

func (p *page) dial(id crosspeer.PeerID) *crosspeer.Peer {
	p.Helper()
	cli := new(crosspeer.Peer)
	p.listen(cli, fmt.Sprint(id))
	p.do(cli.Dial(ctx(), p.net.DialAs(id)))
	p.closed = append(p.closed, func() { cli.Close() })
	return cli
}

// listen writes down a Peer's signals.
func (p *page) listen(m *crosspeer.Peer, name string) {
	say := func(format string, v ...any) { p.heard = append(p.heard, name+": "+fmt.Sprintf(format, v...)) }
	m.OnPeerConnected(func(id crosspeer.PeerID) { say("peer_connected %d", id) })
	m.OnPeerDisconnected(func(id crosspeer.PeerID) { say("peer_disconnected %d", id) })
	m.OnConnectionSucceeded(func() { say("connection_succeeded") })
	m.OnConnectionFailed(func(error) { say("connection_failed") })
	m.OnServerDisconnected(func() { say("server_disconnected") })
}

// poll polls a Peer once and gives the signals since the last time.
func (p *page) poll(m *crosspeer.Peer) []string {
	p.Helper()
	synctest.Wait()
	p.do(m.Poll())
	heard := p.heard
	p.heard = nil
	return heard
}

func (p *page) want(what string, got, want any) {
	p.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		p.Errorf("%s: %v, want %v", what, got, want)
	}
}

// open makes the session and empties everybody's events.
func (p *page) open() {
	p.net = memlink.New()
	p.srv = new(crosspeer.Peer)
	p.listen(p.srv, "server")
	p.do(p.srv.Listen(ctx(), p.net.Listen()))
	p.a, p.b = p.dial(50), p.dial(70)
	for _, m := range []*crosspeer.Peer{p.srv, p.a, p.b} {
		p.poll(m)
	}
}

// TestTheClassPage walks the page of Godot 3.2's NetworkedMultiplayerPeer and
// of its base PacketPeer: each member, and what its counterpart does.
func TestTheClassPage(t *testing.T) {
	fresh := new(crosspeer.Peer)
	for _, tt := range []struct {
		member string
		run    func(*page)
	}{
		{"TRANSFER_MODE_UNRELIABLE = 0, _ORDERED = 1, _RELIABLE = 2", func(p *page) {
			p.want("numbers", []int{int(crosspeer.Unreliable), int(crosspeer.UnreliableOrdered), int(crosspeer.Reliable)}, []int{0, 1, 2})
		}},
		{"CONNECTION_DISCONNECTED = 0, _CONNECTING = 1, _CONNECTED = 2", func(p *page) {
			p.want("numbers", []int{int(crosspeer.Disconnected), int(crosspeer.Connecting), int(crosspeer.Connected)}, []int{0, 1, 2})
		}},
		{"TARGET_PEER_BROADCAST = 0, TARGET_PEER_SERVER = 1", func(p *page) {
			p.want("numbers", []int{int(crosspeer.TargetBroadcast), int(crosspeer.TargetServer)}, []int{0, 1})
			p.want("all but 5", int(crosspeer.AllExcept(5)), -5)
		}},
		{"refuse_new_connections, default true", func(p *page) {
			p.want("default", fresh.IsRefusingNewConnections(), true)
			p.want("with a transport", p.srv.IsRefusingNewConnections(), false)
			p.srv.SetRefuseNewConnections(true)
			p.want("set", p.srv.IsRefusingNewConnections(), true)
			if err := new(crosspeer.Peer).Dial(ctx(), p.net.Dial()); !errors.Is(err, crosspeer.ErrRefused) {
				p.Errorf("a dial to a server that refuses: %v", err)
			}
			p.want("the others stay", p.srv.Peers(), []crosspeer.PeerID{50, 70})
			p.srv.SetRefuseNewConnections(false)
			p.dial(90)
		}},
		{"transfer_mode, default 0", func(p *page) {
			p.want("default", fresh.TransferMode(), crosspeer.Unreliable)
			p.want("with a transport", p.srv.TransferMode(), crosspeer.Reliable)
			p.srv.SetTransferMode(crosspeer.UnreliableOrdered)
			p.want("set", p.srv.TransferMode(), crosspeer.UnreliableOrdered)
			p.do(p.srv.PutPacket([]byte("x")))
			p.poll(p.a)
			p.want("of a packet", p.a.PacketMode(), crosspeer.UnreliableOrdered)
		}},
		{"get_connection_status", func(p *page) {
			p.want("of a fresh one", fresh.ConnectionStatus(), crosspeer.Disconnected)
			p.want("of a server", p.srv.ConnectionStatus(), crosspeer.Connected)
			p.want("of a client", p.a.ConnectionStatus(), crosspeer.Connected)
			p.do(p.a.Close())
			p.want("after Close", p.a.ConnectionStatus(), crosspeer.Disconnected)
		}},
		{"get_packet_peer: of the next packet, after the last one of that", func(p *page) {
			p.want("without packets", p.srv.PacketPeer(), 0)
			p.put(p.a, 1, "one")
			synctest.Wait()
			p.put(p.b, 1, "two")
			p.poll(p.srv)
			p.want("before the first", p.srv.PacketPeer(), 50)
			p.srv.GetPacket()
			p.want("before the second", p.srv.PacketPeer(), 70)
			p.srv.GetPacket()
			p.want("after the second", p.srv.PacketPeer(), 70)
		}},
		{"get_unique_id", func(p *page) {
			p.want("of a fresh one", fresh.UniqueID(), 0)
			p.want("of a server", p.srv.UniqueID(), 1)
			p.want("of a client", p.a.UniqueID(), 50)
		}},
		{"poll: waits up to one second for a new event", func(p *page) {
			begun := time.Now()
			p.do(p.srv.Poll())
			p.want("without events", time.Since(begun), time.Second)
			time.AfterFunc(300*time.Millisecond, func() { p.put(p.a, 1, "x") })
			begun = time.Now()
			p.do(p.srv.Poll())
			p.want("with one", time.Since(begun), 300*time.Millisecond)
			p.want("packets", p.srv.AvailablePacketCount(), 1)
			if err := fresh.Poll(); !errors.Is(err, crosspeer.ErrNotConnected) {
				p.Errorf("in no session: %v", err)
			}
		}},
		{"poll with a context of one's own", func(p *page) {
			short, cancel := context.WithTimeout(ctx(), 50*time.Millisecond)
			defer cancel()
			begun := time.Now()
			if err := p.srv.PollContext(short); !errors.Is(err, context.DeadlineExceeded) {
				p.Errorf("PollContext: %v", err)
			}
			p.want("time", time.Since(begun), 50*time.Millisecond)
		}},
		{"set_target_peer, default all: 0, id, -id, 1", func(p *page) {
			c := p.dial(90)
			p.poll(c)
			for _, target := range []struct {
				id   crosspeer.PeerID
				want []string
			}{{0, []string{"server", "b", "c"}}, {70, []string{"b"}}, {-70, []string{"server", "c"}}, {1, []string{"server"}}, {-1, []string{"b", "c"}}} {
				p.put(p.a, target.id, "x")
				var got []string
				for name, m := range map[string]*crosspeer.Peer{"server": p.srv, "b": p.b, "c": c} {
					p.poll(m)
					if m.AvailablePacketCount() > 0 {
						got = append(got, name)
						m.GetPacket()
					}
				}
				slices.Sort(got)
				slices.Sort(target.want)
				p.want(fmt.Sprintf("target %d", target.id), got, target.want)
			}
			for _, unknown := range []crosspeer.PeerID{50, -50, 7, -7} {
				p.a.SetTargetPeer(unknown)
				if err := p.a.PutPacket([]byte("x")); !errors.Is(err, crosspeer.ErrUnknownPeer) {
					p.Errorf("target %d: %v", unknown, err)
				}
			}
		}},
		{"get_available_packet_count, get_packet, get_packet_error", func(p *page) {
			p.want("without packets", p.srv.AvailablePacketCount(), 0)
			p.want("error before the first", p.srv.PacketError(), nil)
			if b, err := p.srv.GetPacket(); b != nil || !errors.Is(err, crosspeer.ErrNoPacket) {
				p.Errorf("nothing to get: %q, %v", b, err)
			}
			if err := p.srv.PacketError(); !errors.Is(err, crosspeer.ErrNoPacket) {
				p.Errorf("its error: %v", err)
			}
			p.put(p.a, 1, "one")
			p.put(p.a, 1, "two")
			p.poll(p.srv)
			p.want("count", p.srv.AvailablePacketCount(), 2)
			b, err := p.srv.GetPacket()
			p.want("first", fmt.Sprintf("%s %v %v", b, err, p.srv.PacketError()), "one <nil> <nil>")
			p.want("count", p.srv.AvailablePacketCount(), 1)
		}},
		{"put_packet", func(p *page) {
			p.do(fresh.PutPacket(nil)) // an empty one is never an error
			if err := fresh.PutPacket([]byte("x")); !errors.Is(err, crosspeer.ErrNotConnected) {
				p.Errorf("in no session: %v", err)
			}
			p.do(p.srv.PutPacket(nil))
			synctest.Wait()
			p.want("an empty one is not sent", p.a.Stats().InboxPackets, 0)
		}},
		{"signals peer_connected, connection_succeeded: a client of the server, itself, the others ascending", func(p *page) {
			c := p.dial(60)
			p.want("the newcomer", p.poll(c), []string{"60: peer_connected 1", "60: connection_succeeded", "60: peer_connected 50", "60: peer_connected 70"})
			p.want("the server", p.poll(p.srv), []string{"server: peer_connected 60"})
			p.want("another", p.poll(p.a), []string{"50: peer_connected 60"})
		}},
		{"signal peer_disconnected", func(p *page) {
			p.do(p.b.Close())
			p.want("the server", p.poll(p.srv), []string{"server: peer_disconnected 70"})
			p.want("another", p.poll(p.a), []string{"50: peer_disconnected 70"})
			p.want("itself", p.b.Poll(), crosspeer.ErrNotConnected)
		}},
		{"signal server_disconnected, and no peer_disconnected", func(p *page) {
			p.do(p.srv.Close())
			p.want("a client", p.poll(p.a), []string{"50: server_disconnected"})
			p.want("its status", p.a.ConnectionStatus(), crosspeer.Disconnected)
		}},
		{"signal connection_failed", func(p *page) {
			c := new(crosspeer.Peer)
			p.listen(c, "c")
			if err := c.Dial(ctx(), memlink.New().Dial()); err == nil {
				p.Error("a dial to nowhere succeeds")
			}
			p.want("signals", p.poll(c), []string{"c: connection_failed"})
			p.do(c.Dial(ctx(), p.net.DialAs(60)))
			p.closed = append(p.closed, func() { c.Close() })
		}},
		{"handlers are called by Poll only, and not after they were removed", func(p *page) {
			calls := 0
			remove := p.srv.OnPeerConnected(func(crosspeer.PeerID) { calls++ })
			p.dial(60)
			synctest.Wait()
			p.want("before Poll", calls, 0)
			p.poll(p.srv)
			p.want("after Poll", calls, 1)
			remove()
			p.dial(61)
			p.poll(p.srv)
			p.want("after removal", calls, 1)
		}},
		{"close_connection, disconnect_peer", func(p *page) {
			p.put(p.srv, 50, "last")
			p.do(p.srv.Disconnect(50, "enough"))
			p.want("the server", p.poll(p.srv), []string{"server: peer_disconnected 50"})
			p.want("the client", p.poll(p.a), []string{"50: server_disconnected"})
			b, _ := p.a.GetPacket()
			p.want("what was sent before", string(b), "last")
			if err := p.b.Disconnect(1, ""); !errors.Is(err, crosspeer.ErrServerOnly) {
				p.Errorf("a client disconnects: %v", err)
			}
			if err := p.srv.DisconnectNow(50, ""); !errors.Is(err, crosspeer.ErrUnknownPeer) {
				p.Errorf("who has gone is disconnected: %v", err)
			}
			p.do(p.srv.Close())
			p.do(p.srv.Close())
		}},
		{"get_packet_channel, get_last_packet_channel, transfer_channel", func(p *page) {
			p.want("default", p.a.TransferChannel(), -1)
			for _, bad := range []int{0, -2, 255, 299} {
				if err := p.a.SetTransferChannel(bad); !errors.Is(err, crosspeer.ErrChannel) {
					p.Errorf("channel %d: %v", bad, err)
				}
			}
			p.do(p.a.SetTransferChannel(17))
			p.put(p.a, 1, "x")
			p.poll(p.srv)
			p.want("of the next", p.srv.PacketChannel(), 17)
			p.want("of the last", p.srv.LastPacketChannel(), -1)
			p.srv.GetPacket()
			p.want("of the next", p.srv.PacketChannel(), -1)
			p.want("of the last", p.srv.LastPacketChannel(), 17)
			p.poll(p.srv)
			p.want("of the last after Poll", p.srv.LastPacketChannel(), -1)
		}},
		{"server_relay", func(p *page) {
			n := memlink.New()
			srv, err := crosspeer.Listen(ctx(), &crosspeer.Config{Relay: crosspeer.RelayOff}, n.Listen())
			p.do(err)
			one, err := crosspeer.Dial(ctx(), nil, n.DialAs(50))
			p.do(err)
			two, err := crosspeer.Dial(ctx(), nil, n.DialAs(70))
			p.do(err)
			p.closed = append(p.closed, func() { one.Close(); two.Close(); srv.Close() })
			synctest.Wait()
			p.want("known to a client", one.Peers(), []crosspeer.PeerID{1})
			p.put(one, 0, "x")
			synctest.Wait()
			p.want("not relayed", srv.Stats().NotRelayed, 1)
			p.want("received", two.Stats().Received+srv.Stats().Received, 0)
		}},
	} {
		t.Run(tt.member, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &page{T: t}
				p.open()
				defer func() {
					for _, f := range p.closed {
						f()
					}
					p.srv.Close()
				}()
				tt.run(p)
			})
		})
	}
}

// put sends with the interface of the engine.
func (p *page) put(m *crosspeer.Peer, to crosspeer.PeerID, data string) {
	p.Helper()
	m.SetTargetPeer(to)
	p.do(m.PutPacket([]byte(data)))
}
