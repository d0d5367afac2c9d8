package godot3

import (
	"slices"
	"strings"
	"testing"

	"crosspeer"
	"crosspeer/link/enetlink"
)

func TestCompressionBetweenGoAndStockPeers(t *testing.T) {
	t.Run("69 one Go server serves clients of every compression", func(t *testing.T) {
		t.Parallel()
		g, port := goServer(t, ServerOptions{})
		s := &Session{Server: g}
		clients := oneOfEach(t, port)
		join(t, s, clients)
		mustRecognise(t, g, s)
		s.Matrix(t)
		s.Large(t, 5000)
		for _, c := range []Client{clients[2], clients[9]} {
			s.Leave(t, c)
			s.Join(t, c)
		}
		mustRecognise(t, g, s)
		s.End(t)
	})
	for _, c := range Compressions {
		t.Run("69 a Go server pinned to "+c.String()+" serves stock and Go clients", func(t *testing.T) {
			t.Parallel()
			g, port := goServer(t, ServerOptions{}, func(cfg *enetlink.Config) { cfg.Compression = goCompression(c) })
			s := &Session{Server: g}
			clients := []Client{
				Start(t, "client").Joining(port, ClientOptions{Compression: c}),
				goClient(t, "Go client", port, ClientOptions{Compression: c}),
			}
			join(t, s, clients)
			s.Matrix(t)
			s.Large(t, 64<<10)
			mustCarryEverySize(t, s, clients)
			s.End(t)
		})
		t.Run("69 a stock server with "+c.String()+" serves stock and Go clients", func(t *testing.T) {
			t.Parallel()
			server := Start(t, "server")
			port := server.Serve(ServerOptions{Compression: c})
			s := &Session{Server: server}
			clients := []Client{
				goClient(t, "Go client", port, ClientOptions{Compression: c}),
				Start(t, "client").Joining(port, ClientOptions{Compression: c}),
			}
			join(t, s, clients)
			s.Matrix(t)
			s.Large(t, 64<<10)
			mustCarryEverySize(t, s, clients)
			s.Leave(t, clients[0])
			s.Join(t, clients[0])
			s.End(t)
		})
	}
	for _, tt := range []struct {
		name   string
		server enetlink.Compression
		client Compression // of those that are let in
		other  Compression // of the one that is not
	}{
		{"74 a Go server that does not compress is deaf to a stock client that does", enetlink.CompressionNone, None, RangeCoder},
		{"74 a Go server that compresses is deaf to a stock client that does not", enetlink.CompressionRangeCoder, RangeCoder, None},
		{"74 a Go server for zlib is deaf to a stock client for FastLZ", enetlink.CompressionZlib, Zlib, FastLZ},
		{"74 a Go server for FastLZ is deaf to a stock client for the range coder", enetlink.CompressionFastLZ, FastLZ, RangeCoder},
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

// oneOfEach makes a stock and a Go client of every compression.
func oneOfEach(t *testing.T, port int) (clients []Client) {
	t.Helper()
	names := make([]string, len(Compressions))
	for i, c := range Compressions {
		names[i] = "client, " + c.String()
	}
	for i, e := range StartAll(t, names...) {
		clients = append(clients, e.Joining(port, ClientOptions{Compression: Compressions[i]}))
	}
	for _, c := range Compressions {
		clients = append(clients, goClient(t, "Go client, "+c.String(), port, ClientOptions{Compression: c}))
	}
	return clients
}

// mustRecognise checks that a server knows how each of the clients of oneOfEach
// compresses, once they have sent what every compression makes shorter: until then
// a client that uses Zstandard looks like one that does not compress.
func mustRecognise(t *testing.T, g *goPeer, s *Session) {
	t.Helper()
	data := slices.Repeat([]byte("A"), 1000)
	for _, m := range s.present {
		s.put(t, m.Client, ServerID, Reliable, data)
		g.Expect(Packet(m.id, data, 1))
		mode, _ := strings.CutPrefix(strings.TrimPrefix(m.Name(), "Go "), "client, ")
		want := map[string]string{"no compression": "none", "range coder": "range-coder", "FastLZ": "fastlz", "zlib": "zlib", "Zstandard": "zstd"}[mode]
		if info, err := g.peer.PeerInfo(crosspeer.PeerID(m.id)); err != nil || info.Compression != want {
			t.Errorf("%s compresses by %q, %v, want %q", m.Name(), info.Compression, err, want)
		}
	}
}

// mustCarryEverySize sends packets that shrink and packets that do not, both ways
// and across the relay.
func mustCarryEverySize(t *testing.T, s *Session, clients []Client) {
	t.Helper()
	for _, size := range []int{1, 3, 15, 16, 17, 100, 1000, 1364, 1365, 5000} {
		for _, data := range [][]byte{Pattern(size, size), slices.Repeat([]byte("A"), size), slices.Repeat([]byte("position 0.5, "), size)[:size]} {
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
}
