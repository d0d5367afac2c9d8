package godot3

import (
	"testing"
	"time"
)

// stock starts a stock server and three stock clients that have not joined.
func stock(t *testing.T, server ServerOptions, client ClientOptions) (*Session, []*Player) {
	t.Helper()
	engines := StartAll(t, "server", "client 1", "client 2", "client 3")
	port := engines[0].Serve(server)
	var clients []*Player
	for _, e := range engines[1:] {
		clients = append(clients, e.Joining(port, client))
	}
	return &Session{Server: engines[0], NoRelay: server.NoRelay, TransferChannel: server.TransferChannel}, clients
}

// join lets all clients join.
func join(t *testing.T, s *Session, clients []*Player) {
	t.Helper()
	for _, c := range clients {
		s.Join(t, c)
	}
}

// What stock engines do among themselves. Everything a Go server or a Go
// client is later held to is first shown to be true of the originals here.
func TestStockEngines(t *testing.T) {
	for _, test := range []struct {
		name   string
		server ServerOptions
		client ClientOptions
		talk   func(*testing.T, *Session, []*Player)
	}{
		{
			name: "each target reaches the peers it names, in every mode",
			talk: func(t *testing.T, s *Session, _ []*Player) { s.Matrix(t) },
		},
		{
			name:   "without relay clients reach nobody but the server",
			server: ServerOptions{NoRelay: true},
			talk:   func(t *testing.T, s *Session, _ []*Player) { s.Matrix(t) },
		},
		{
			name:   "a transfer channel carries every mode",
			server: ServerOptions{ChannelCount: 6, TransferChannel: 5},
			client: ClientOptions{ChannelCount: 6, TransferChannel: 5},
			talk:   func(t *testing.T, s *Session, _ []*Player) { s.Matrix(t) },
		},
		{
			name: "reliable packets arrive complete and in order",
			talk: func(t *testing.T, s *Session, _ []*Player) { s.InOrder(t, 50) },
		},
		{
			name: "a packet of 64 KiB arrives whole in every mode",
			talk: func(t *testing.T, s *Session, _ []*Player) { s.Large(t, 64<<10) },
		},
		{
			name: "a client leaves and comes back",
			talk: func(t *testing.T, s *Session, clients []*Player) {
				s.Leave(t, clients[0])
				s.Join(t, clients[0])
				s.Leave(t, clients[1])
			},
		},
		{
			name: "a kicked client can join again",
			talk: func(t *testing.T, s *Session, clients []*Player) {
				s.Kick(t, clients[0], false)
				s.Kick(t, clients[1], true)
				s.Join(t, clients[1])
				s.Join(t, clients[0])
			},
		},
		{
			name:   "without relay clients do not hear of leaving and kicking",
			server: ServerOptions{NoRelay: true},
			talk: func(t *testing.T, s *Session, clients []*Player) {
				s.Leave(t, clients[0])
				s.Kick(t, clients[1], false)
				s.Join(t, clients[0])
			},
		},
		{
			name: "clients hear that the server closes",
			talk: func(t *testing.T, s *Session, _ []*Player) { s.End(t) },
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, clients := stock(t, test.server, test.client)
			join(t, s, clients)
			test.talk(t, s, clients)
		})
	}
}

func TestStockEnginesWithCompression(t *testing.T) {
	for _, mode := range []Compression{RangeCoder, FastLZ, Zlib, Zstd} {
		t.Run(mode.String()+" carries a session", func(t *testing.T) {
			s, clients := stock(t, ServerOptions{Compression: mode}, ClientOptions{Compression: mode})
			join(t, s, clients)
			s.Large(t, 64<<10)
			if mode == RangeCoder {
				s.Matrix(t)
			}
			s.Leave(t, clients[0])
			s.End(t)
		})
	}
}

func TestMebibyteCrossesTheRelay(t *testing.T) {
	s, clients := stock(t, ServerOptions{}, ClientOptions{})
	join(t, s, clients[:2])
	// ENet sends as little as one datagram per round trip when it thinks that
	// the path is congested; these are 765 datagrams, twice.
	clients[1].SetPatience(time.Minute)
	const length, seed = 1 << 20, 1
	if result := clients[0].PutPattern(clients[1].ID(), Reliable, length, seed); result != OK {
		t.Fatalf("put returned %d", result)
	}
	clients[1].Expect(Packet(clients[0].ID(), Pattern(length, seed), 1))
	s.Quiet(t)
}
