package godot3

import (
	"testing"
	"time"

	"crosspeer/enet"
	"crosspeer/link/enetlink"
)

func TestAdmission(t *testing.T) {
	everywhere(t, "25 a server refuses new connections", func(t *testing.T, p place) {
		s, clients, _ := p.open(t, ServerOptions{}, quickly)
		join(t, s, clients[:2])
		refuse(s, true)
		late := clients[2]
		if result := late.Join(); result != OK {
			t.Fatalf("joining returned %d", result)
		}
		begun := time.Now()
		if p.goServer {
			// A stock client fails at once: the Go server tells it.
			late.Expect(Failed())
			if d := time.Since(begun); d > 5*time.Second {
				t.Errorf("it was refused after %v", d)
			}
			if status := late.Status(); status != Connecting {
				t.Errorf("its status is %d", status)
			}
			late.Close()
		} else {
			// A stock server lets a client in, forgets it, and says nothing.
			late.Expect(PeerConnected(ServerID), Succeeded(), ServerDisconnected())
			if d := time.Since(begun); d < time.Second {
				t.Errorf("it was lost after %v", d)
			}
		}
		s.Quiet(t)
		refuse(s, false)
		s.Join(t, late)
		s.Matrix(t)
	})
	everywhere(t, "24 a client that finds the server full waits for room", func(t *testing.T, p place) {
		s, clients, _ := p.open(t, ServerOptions{MaxClients: 2})
		join(t, s, clients[:2])
		late := clients[2]
		if result := late.Join(); result != OK {
			t.Fatalf("joining returned %d", result)
		}
		if e, ok := late.(*Player); ok {
			e.Barrier() // it has asked
		}
		s.Quiet(t)
		if status := late.Status(); status != Connecting {
			t.Errorf("its status is %d", status)
		}
		s.Leave(t, clients[0])
		s.Arrive(t, late) // it asks again after 0.5, 1.5 and 3.5 s
	})
	t.Run("24 a Go client that finds a stock server full gives up", func(t *testing.T) {
		t.Parallel()
		s, clients, _ := goInStock(t, ServerOptions{MaxClients: 2}, ClientOptions{}, quickly)
		join(t, s, clients[:2])
		clients[2].Join()
		clients[2].Expect(Failed())
		s.Quiet(t)
	})
	t.Run("24 a full Go server that answers refuses a stock client at once", func(t *testing.T) {
		t.Parallel()
		s, clients, _ := stockInGo(t, ServerOptions{MaxClients: 2}, ClientOptions{},
			func(c *enetlink.Config) { c.AnswerWhenFull = true })
		join(t, s, clients[:2])
		clients[2].Join()
		clients[2].Expect(Failed())
		s.Quiet(t)
		s.Leave(t, clients[0])
		clients[2].Close()
		s.Join(t, clients[2])
	})
	everywhere(t, "26 an id in use is not given to another", func(t *testing.T, p place) {
		s, clients, port := p.open(t, ServerOptions{})
		join(t, s, clients[:2])
		raw := rawClient(t, port, uint32(clients[0].ID()), p.compression)
		if p.goServer {
			raw.expect("disconnect, refused by the remote, data 0")
		} else {
			raw.expect("connect")
		}
		s.Matrix(t)
	})
	everywhere(t, "27 raw peers join with the lowest and the highest id", func(t *testing.T, p place) {
		s, clients, port := p.open(t, ServerOptions{})
		join(t, s, clients[:2])
		for _, id := range []int32{2, 1<<31 - 1} {
			raw := rawJoin(t, s, port, id, p.compression)
			hello := framed(id, 0, "hello")
			raw.put(1, enet.Reliable, hello)
			s.Server.Expect(Packet(id, []byte("hello"), 1))
			for _, m := range s.present {
				m.Expect(Packet(id, []byte("hello"), 1))
			}
			raw.DisconnectNow(uint32(id))
			s.Server.Expect(PeerDisconnected(id))
			for _, m := range s.present {
				m.Expect(PeerDisconnected(id))
			}
		}
		s.Quiet(t)
	})
	everywhere(t, "55 a peer that forges its source is not heard, and stays", func(t *testing.T, p place) {
		s, clients, port := p.open(t, ServerOptions{})
		join(t, s, clients[:2])
		const id = 12345
		raw := rawJoin(t, s, port, id, p.compression)
		for _, source := range []int32{clients[0].ID(), ServerID, 0, -id, 777} {
			for _, target := range []int32{Everyone, ServerID, clients[1].ID(), -clients[1].ID()} {
				raw.put(1, enet.Reliable, framed(source, target, "forged"))
			}
		}
		raw.put(1, enet.Reliable, framed(id, 0, "mine"))
		s.Server.Expect(Packet(id, []byte("mine"), 1))
		for _, m := range s.present {
			m.Expect(Packet(id, []byte("mine"), 1))
		}
		raw.DisconnectNow(id)
		s.Server.Expect(PeerDisconnected(id))
		for _, m := range s.present {
			m.Expect(PeerDisconnected(id))
		}
		s.Quiet(t)
	})
	everywhere(t, "63 without relay clients know and reach the server only", func(t *testing.T, p place) {
		s, clients, _ := p.open(t, ServerOptions{NoRelay: true})
		join(t, s, clients)
		s.Matrix(t)
		s.Leave(t, clients[0])
		s.Kick(t, clients[1], false)
		s.End(t)
	})
}
