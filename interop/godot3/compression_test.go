package godot3

import (
	"slices"
	"testing"

	"crosspeer"
	"crosspeer/link/enetlink"
)

func TestCompressionBetweenGoAndStockPeers(t *testing.T) {
	t.Run("69 one Go server serves clients that compress and clients that do not", func(t *testing.T) {
		t.Parallel()
		g, port := goServer(t, ServerOptions{})
		s := &Session{Server: g}
		engines := StartAll(t, "plain", "ranged", "fast")
		clients := []Client{
			engines[0].Joining(port, ClientOptions{}),
			engines[1].Joining(port, ClientOptions{Compression: RangeCoder}),
			engines[2].Joining(port, ClientOptions{Compression: FastLZ}),
			goClient(t, "plain Go client", port, ClientOptions{}),
			goClient(t, "ranged Go client", port, ClientOptions{Compression: RangeCoder}),
			goClient(t, "fast Go client", port, ClientOptions{Compression: FastLZ}),
		}
		join(t, s, clients)
		for i, want := range []string{"none", "range-coder", "fastlz", "none", "range-coder", "fastlz"} {
			if info, err := g.peer.PeerInfo(crosspeer.PeerID(s.present[i].id)); err != nil || info.Compression != want {
				t.Errorf("%s compresses by %q, %v, want %q", clients[i].Name(), info.Compression, err, want)
			}
		}
		s.Matrix(t)
		s.Large(t, 5000)
		s.Leave(t, clients[1])
		s.Join(t, clients[1])
		s.End(t)
	})
	everywhere(t, "69 packets of every size", func(t *testing.T, p place) {
		s, clients, _ := p.open(t, ServerOptions{})
		join(t, s, clients[:2])
		for _, size := range []int{1, 3, 15, 16, 17, 100, 1000, 1364, 1365, 5000} {
			for _, data := range [][]byte{Pattern(size, size), slices.Repeat([]byte("A"), size)} {
				s.put(t, clients[0], Everyone, Reliable, data)
				s.Server.Expect(Packet(s.present[0].id, data, 1))
				clients[1].Expect(Packet(s.present[0].id, data, 1))
				s.put(t, s.Server, Everyone, Reliable, data)
				for _, m := range s.present {
					m.Expect(Packet(ServerID, data, 1))
				}
			}
		}
		s.Quiet(t)
	})
	for _, tt := range []struct {
		name   string
		server enetlink.Compression
		client Compression // of those that are let in
		other  Compression // of the one that is not
	}{
		{"74 a Go server that does not compress is deaf to a stock client that does", enetlink.CompressionNone, None, RangeCoder},
		{"74 a Go server that compresses is deaf to a stock client that does not", enetlink.CompressionRangeCoder, RangeCoder, None},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g, port := goServer(t, ServerOptions{}, func(c *enetlink.Config) { c.Compression = tt.server })
			s := &Session{Server: g}
			engines := StartAll(t, "other", "client")
			other := engines[0].Joining(port, ClientOptions{Compression: tt.other})
			other.Join()
			other.Barrier() // it has asked
			s.Join(t, engines[1].Joining(port, ClientOptions{Compression: tt.client}))
			s.Large(t, 5000)
			other.Quiet()
			if status := other.Status(); status != Connecting {
				t.Errorf("its status is %d", status)
			}
			other.Close()
			s.Join(t, engines[0].Joining(port, ClientOptions{Compression: tt.client}))
		})
	}
	for _, tt := range []struct {
		name           string
		server, client Compression
	}{
		{"74 a Go client that compresses finds no stock server that does not", None, RangeCoder},
		{"74 a Go client that does not compress finds no stock server that does", RangeCoder, None},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := Start(t, "server")
			client := goClient(t, "Go client", server.Serve(ServerOptions{Compression: tt.server}), ClientOptions{Compression: tt.client}, quickly)
			client.Join()
			client.Expect(Failed())
			server.Quiet()
		})
	}
}
