package godot3

import (
	"testing"
	"time"

	"crosspeer"
)

func TestFaults(t *testing.T) {
	for _, c := range []Compression{None, RangeCoder} {
		t.Run("34 a stock client that dies is lost by a Go server, and the others hear of it, "+c.String(), func(t *testing.T) {
			t.Parallel()
			s, clients, _ := stockInGo(t, ServerOptions{}, ClientOptions{Compression: c}, quickly)
			join(t, s, clients)
			dead := s.take(t, clients[0])
			clients[0].(*Player).Kill()
			s.hearOf(dead)
			s.Quiet(t)
		})
		t.Run("35 a stock server that dies is lost by Go clients, "+c.String(), func(t *testing.T) {
			t.Parallel()
			s, clients, _ := goInStock(t, ServerOptions{Compression: c}, ClientOptions{Compression: c}, quickly)
			join(t, s, clients)
			s.Server.(*Engine).Kill()
			for _, g := range clients {
				g.Expect(ServerDisconnected())
				s.alone(t, g)
			}
		})
		t.Run("32 what a stock server sent before it closed is not lost to Go clients, "+c.String(), func(t *testing.T) {
			t.Parallel()
			s, clients, _ := goInStock(t, ServerOptions{Compression: c}, ClientOptions{Compression: c})
			join(t, s, clients)
			for _, data := range []string{"one", "two", "three"} {
				s.put(t, s.Server, Everyone, Reliable, []byte(data))
			}
			s.Server.Close()
			for _, g := range clients {
				g.Expect(Packet(ServerID, []byte("one"), 1), Packet(ServerID, []byte("two"), 1),
					Packet(ServerID, []byte("three"), 1), ServerDisconnected())
			}
		})
	}
	t.Run("34 a stock client that dies is lost by a stock server, and Go clients hear of it", func(t *testing.T) {
		t.Parallel()
		s, clients, _ := mixedInStock(t, ServerOptions{}, ClientOptions{})
		join(t, s, clients)
		dead := s.take(t, clients[0])
		clients[0].(*Player).Kill()
		// Stock engines take 5 to 32 s, depending on the round-trip times that
		// they have measured; Go clients only hear of it.
		for _, a := range s.actors() {
			a.SetPatience(40 * time.Second)
		}
		s.hearOf(dead)
		s.Quiet(t)
	})
	everywhere(t, "34, 35 a stock peer that pauses is not lost", func(t *testing.T, p place) {
		s, clients, _ := p.open(t, ServerOptions{})
		join(t, s, clients)
		var paused *Engine
		if p.goServer {
			paused = clients[0].(*Player).Engine
		} else {
			paused = s.Server.(*Engine)
		}
		paused.Pause()
		if p.goServer {
			server := s.Server.(*goPeer)
			s.put(t, server, Everyone, Reliable, []byte("while you slept"))
			for _, c := range clients[1:] {
				c.Expect(Packet(ServerID, []byte("while you slept"), 1))
			}
			server.resends(t, s.present[0].id, 3)
			paused.Resume()
			clients[0].Expect(Packet(ServerID, []byte("while you slept"), 1))
		} else {
			for _, c := range clients {
				s.put(t, c, ServerID, Reliable, []byte("while you slept"))
			}
			for _, c := range clients {
				c.(*goPeer).resends(t, ServerID, 3)
			}
			paused.Resume()
			seen := map[int32]bool{}
			for range clients {
				e := paused.WaitFor(func(e Event) bool { return e.Kind == KindPacket })
				seen[e.Peer] = e.Data == "while you slept"
			}
			for _, c := range clients {
				if !seen[c.ID()] {
					t.Errorf("nothing came from %s", c.Name())
				}
			}
		}
		s.Quiet(t)
		s.Leave(t, clients[1])
	})
}

// resends waits until something that was sent to a peer had to be sent again
// some times: the peer is silent.
func (g *goPeer) resends(t *testing.T, id int32, times uint64) {
	t.Helper()
	before, err := g.peer.PeerInfo(crosspeer.PeerID(id))
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "a silent peer is sent everything again", func() bool {
		info, err := g.peer.PeerInfo(crosspeer.PeerID(id))
		if err != nil {
			t.Fatal(err)
		}
		return info.Resent >= before.Resent+times
	})
}
