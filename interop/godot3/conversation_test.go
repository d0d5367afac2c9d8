package godot3

import (
	"testing"
	"time"
)

// constellation makes a server and three clients that have not joined, and
// gives the server's port. Tweaks are for its Go peers.
type constellation func(*testing.T, ServerOptions, ClientOptions, ...tweak) (*Session, []Client, int)

// constellations are who talks to whom. Everything a Go server or a Go client
// is held to is shown to be true of the originals among themselves.
var constellations = []struct {
	name string
	make constellation
}{
	{"stock server, stock clients", stock},
	{"Go server, stock clients", stockInGo},
	{"stock server, Go clients", goInStock},
	{"stock server, Go and stock clients", mixedInStock},
	{"Go server, Go and stock clients", mixedInGo},
}

func stock(t *testing.T, server ServerOptions, client ClientOptions, _ ...tweak) (*Session, []Client, int) {
	t.Helper()
	engines := StartAll(t, "server", "client 1", "client 2", "client 3")
	port := engines[0].Serve(server)
	return session(engines[0], server), joining(engines[1:], port, client), port
}

func stockInGo(t *testing.T, server ServerOptions, client ClientOptions, tweaks ...tweak) (*Session, []Client, int) {
	t.Helper()
	g, port := goServer(t, server, tweaks...)
	return session(g, server), joining(StartAll(t, "client 1", "client 2", "client 3"), port, client), port
}

func goInStock(t *testing.T, server ServerOptions, client ClientOptions, tweaks ...tweak) (*Session, []Client, int) {
	t.Helper()
	e := Start(t, "server")
	port := e.Serve(server)
	var clients []Client
	for _, name := range []string{"Go client 1", "Go client 2", "Go client 3"} {
		clients = append(clients, goClient(t, name, port, client, tweaks...))
	}
	return session(e, server), clients, port
}

func mixedInStock(t *testing.T, server ServerOptions, client ClientOptions, tweaks ...tweak) (*Session, []Client, int) {
	t.Helper()
	engines := StartAll(t, "server", "client 1")
	port := engines[0].Serve(server)
	return session(engines[0], server), append(joining(engines[1:], port, client),
		goClient(t, "Go client 1", port, client, tweaks...), goClient(t, "Go client 2", port, client, tweaks...)), port
}

func mixedInGo(t *testing.T, server ServerOptions, client ClientOptions, tweaks ...tweak) (*Session, []Client, int) {
	t.Helper()
	g, port := goServer(t, server, tweaks...)
	return session(g, server), append([]Client{goClient(t, "Go client", port, client, tweaks...)},
		joining(StartAll(t, "client 1", "client 2"), port, client)...), port
}

func session(server Actor, opts ServerOptions) *Session {
	return &Session{Server: server, NoRelay: opts.NoRelay, TransferChannel: opts.TransferChannel}
}

func joining(engines []*Engine, port int, opts ClientOptions) (clients []Client) {
	for _, e := range engines {
		clients = append(clients, e.Joining(port, opts))
	}
	return clients
}

// join lets all clients join.
func join(t *testing.T, s *Session, clients []Client) {
	t.Helper()
	for _, c := range clients {
		s.Join(t, c)
	}
}

// conversations are what peers do in a session.
var conversations = []struct {
	name   string
	server ServerOptions
	client ClientOptions
	talk   func(*testing.T, *Session, []Client)
}{
	{
		name: "each target reaches the peers it names, in every mode",
		talk: func(t *testing.T, s *Session, _ []Client) { s.Matrix(t) },
	},
	{
		name:   "without relay clients reach nobody but the server",
		server: ServerOptions{NoRelay: true},
		talk:   func(t *testing.T, s *Session, _ []Client) { s.Matrix(t) },
	},
	{
		name:   "a transfer channel carries every mode",
		server: ServerOptions{ChannelCount: 6, TransferChannel: 5},
		client: ClientOptions{ChannelCount: 6, TransferChannel: 5},
		talk:   func(t *testing.T, s *Session, _ []Client) { s.Matrix(t) },
	},
	{
		name: "reliable packets arrive complete and in order",
		talk: func(t *testing.T, s *Session, _ []Client) { s.InOrder(t, 50) },
	},
	{
		name: "a packet of 64 KiB arrives whole in every mode",
		talk: func(t *testing.T, s *Session, _ []Client) { s.Large(t, 64<<10) },
	},
	{
		name: "a client leaves and comes back",
		talk: func(t *testing.T, s *Session, clients []Client) {
			s.Leave(t, clients[0])
			s.Join(t, clients[0])
			s.Leave(t, clients[1])
		},
	},
	{
		name: "a kicked client can join again",
		talk: func(t *testing.T, s *Session, clients []Client) {
			s.Kick(t, clients[0], false)
			s.Kick(t, clients[1], true)
			s.Join(t, clients[1])
			s.Join(t, clients[0])
		},
	},
	{
		name:   "without relay clients do not hear of leaving and kicking",
		server: ServerOptions{NoRelay: true},
		talk: func(t *testing.T, s *Session, clients []Client) {
			s.Leave(t, clients[0])
			s.Kick(t, clients[1], false)
			s.Join(t, clients[0])
		},
	},
	{
		name: "clients hear that the server closes",
		talk: func(t *testing.T, s *Session, _ []Client) { s.End(t) },
	},
	{
		name:   "all is compressed by the range coder",
		server: ServerOptions{Compression: RangeCoder},
		client: ClientOptions{Compression: RangeCoder},
		talk: func(t *testing.T, s *Session, clients []Client) {
			s.Large(t, 64<<10)
			s.Matrix(t)
			s.Leave(t, clients[0])
			s.End(t)
		},
	},
	{
		name: "a packet of 1 MiB crosses the relay",
		talk: func(t *testing.T, s *Session, clients []Client) {
			// ENet sends as little as one datagram per round trip when it
			// thinks that the path is congested; these are 765 datagrams,
			// twice.
			clients[1].SetPatience(time.Minute)
			const length, seed = 1 << 20, 1
			if result := clients[0].PutPattern(clients[1].ID(), Reliable, length, seed); result != OK {
				t.Fatalf("put returned %d", result)
			}
			clients[1].Expect(Packet(clients[0].ID(), Pattern(length, seed), 1))
			s.Quiet(t)
		},
	},
}

func TestConversations(t *testing.T) {
	for _, who := range constellations {
		t.Run(who.name, func(t *testing.T) {
			for _, what := range conversations {
				t.Run(what.name, func(t *testing.T) {
					t.Parallel()
					s, clients, _ := who.make(t, what.server, what.client)
					join(t, s, clients)
					what.talk(t, s, clients)
				})
			}
		})
	}
}

func TestStockEnginesWithOtherCompressions(t *testing.T) {
	for _, mode := range []Compression{FastLZ, Zlib, Zstd} {
		t.Run(mode.String()+" carries a session", func(t *testing.T) {
			s, clients, _ := stock(t, ServerOptions{Compression: mode}, ClientOptions{Compression: mode})
			join(t, s, clients)
			s.Large(t, 64<<10)
			s.Leave(t, clients[0])
			s.End(t)
		})
	}
}
