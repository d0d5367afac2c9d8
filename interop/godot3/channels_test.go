package godot3

import (
	"errors"
	"testing"

	"crosspeer"
)

func TestChannelsBetweenGoAndStockPeers(t *testing.T) {
	t.Run("51 a transfer channel passes stock clients that have it not", func(t *testing.T) {
		t.Parallel()
		g, port := goServer(t, ServerOptions{ChannelCount: 6})
		engines := StartAll(t, "client 1", "client 2", "client 3")
		from := engines[0].Joining(port, ClientOptions{ChannelCount: 6, TransferChannel: 5})
		narrow := engines[1].Joining(port, ClientOptions{})
		wide := engines[2].Joining(port, ClientOptions{ChannelCount: 6})
		for _, c := range []Client{from, narrow, wide} {
			c.Join()
			c.Expect(PeerConnected(ServerID), Succeeded())
			g.WaitFor(func(e Event) bool { return e == PeerConnected(c.ID()) })
		}
		narrow.Expect(PeerConnected(from.ID()))
		from.PutPattern(Everyone, Reliable, 5000, 1)
		g.Expect(Packet(from.ID(), Pattern(5000, 1), 5))
		wide.WaitFor(func(e Event) bool { return e == Packet(from.ID(), Pattern(5000, 1), 5) })
		g.Put(Everyone, Reliable, []byte("to all"))
		narrow.Expect(PeerConnected(wide.ID()), Packet(ServerID, []byte("to all"), 1))
		wide.Expect(Packet(ServerID, []byte("to all"), 1))
	})
	t.Run("52 a Go server of 5 channels gets nothing of a stock client's channels 5 and 7", func(t *testing.T) {
		t.Parallel()
		g, port := goServer(t, ServerOptions{ChannelCount: 5})
		client := Start(t, "client").Joining(port, ClientOptions{ChannelCount: 8})
		(&Session{Server: g}).Join(t, client)
		for _, channel := range []string{"5", "7", "4"} {
			client.Run("peer.transfer_channel = " + channel)
			if result := client.Put(ServerID, Reliable, []byte("on "+channel)); result != OK {
				t.Errorf("put on %s returned %d", channel, result)
			}
		}
		g.Expect(Packet(client.ID(), []byte("on 4"), 4))
	})
	t.Run("52 a Go client of a stock server of 5 channels is told that it has no others", func(t *testing.T) {
		t.Parallel()
		server := Start(t, "server")
		client := goClient(t, "Go client", server.Serve(ServerOptions{ChannelCount: 5}), ClientOptions{ChannelCount: 8})
		(&Session{Server: server}).Join(t, client)
		for _, channel := range []int{5, 7} {
			err := client.peer.Send(crosspeer.Packet{Mode: crosspeer.Reliable, Channel: channel, Data: []byte("x")})
			if !errors.Is(err, crosspeer.ErrChannel) {
				t.Errorf("channel %d: %v", channel, err)
			}
		}
		if err := client.peer.Send(crosspeer.Packet{Mode: crosspeer.Reliable, Channel: 4, Data: []byte("x")}); err != nil {
			t.Errorf("channel 4: %v", err)
		}
		server.Expect(Packet(client.ID(), []byte("x"), 4))
	})
	t.Run("53, 54 a stock client of 300 channels has 255, and channel 299 is 43", func(t *testing.T) {
		t.Parallel()
		g, port := goServer(t, ServerOptions{ChannelCount: 255})
		client := Start(t, "client").Joining(port, ClientOptions{ChannelCount: 300, TransferChannel: 299})
		client.Join()
		client.Expect(PeerConnected(ServerID), Succeeded())
		g.Expect(PeerConnected(client.ID()))
		client.Put(ServerID, Reliable, []byte("on 299"))
		g.Expect(Packet(client.ID(), []byte("on 299"), 43))
		client.Run("peer.transfer_channel = 255")
		client.Put(ServerID, Reliable, []byte("on 255"))
		client.Run("peer.transfer_channel = 254")
		client.Put(ServerID, Reliable, []byte("on 254"))
		g.Expect(Packet(client.ID(), []byte("on 254"), 254))
	})
}
