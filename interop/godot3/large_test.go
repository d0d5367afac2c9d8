package godot3

import (
	"errors"
	"testing"
	"time"

	"crosspeer"
)

func TestLargePackets(t *testing.T) {
	everywhere(t, "50 a mebibyte to the server, from it, and across it", func(t *testing.T, p place) {
		s, clients, _ := p.open(t, ServerOptions{})
		join(t, s, clients)
		for _, a := range s.actors() {
			// ENet sends as little as one datagram per round trip when it
			// thinks that the path is congested; these are 765 datagrams.
			a.SetPatience(time.Minute)
		}
		const length = 1 << 20
		for i, target := range []int32{ServerID, s.present[1].id} {
			if result := clients[0].PutPattern(target, Reliable, length, i); result != OK {
				t.Fatalf("put returned %d", result)
			}
			s.actors()[2*i].Expect(Packet(s.present[0].id, Pattern(length, i), 1))
		}
		if result := s.Server.PutPattern(Everyone, Reliable, length, 7); result != OK {
			t.Fatalf("put returned %d", result)
		}
		for _, c := range clients {
			c.Expect(Packet(ServerID, Pattern(length, 7), 1))
		}
		s.Quiet(t)
	})
	// The largest packet that ENet carries, less Godot's header.
	const most = 32<<20 - 8
	t.Run("50 the largest packet reaches a stock client, and one byte more is refused", func(t *testing.T) {
		if testing.Short() {
			t.Skip("it takes several seconds")
		}
		t.Parallel()
		g, port := goServer(t, ServerOptions{})
		client := Start(t, "client").Joining(port, ClientOptions{})
		(&Session{Server: g}).Join(t, client)
		client.SetPatience(2 * time.Minute)
		data := Pattern(most+1, 3)
		if err := g.peer.Send(crosspeer.Packet{Mode: crosspeer.Reliable, Data: data}); !errors.Is(err, crosspeer.ErrTooLarge) {
			t.Errorf("%d bytes: %v", len(data), err)
		}
		begun := time.Now()
		if err := g.peer.Send(crosspeer.Packet{Mode: crosspeer.Reliable, Data: data[:most]}); err != nil {
			t.Fatal(err)
		}
		client.Expect(Packet(ServerID, data[:most], 1))
		t.Logf("%d bytes took %v", most, time.Since(begun))
	})
	t.Run("50 the largest packet of a stock client reaches a Go server", func(t *testing.T) {
		if testing.Short() {
			t.Skip("it takes several seconds")
		}
		t.Parallel()
		g, port := goServer(t, ServerOptions{})
		client := Start(t, "client").Joining(port, ClientOptions{})
		(&Session{Server: g}).Join(t, client)
		g.SetPatience(2 * time.Minute)
		client.SetPatience(2 * time.Minute)
		begun := time.Now()
		if result := client.PutPattern(ServerID, Reliable, most, 3); result != OK {
			t.Fatalf("put returned %d", result)
		}
		g.Expect(Packet(client.ID(), Pattern(most, 3), 1))
		t.Logf("%d bytes took %v", most, time.Since(begun))
	})
}
