package godot3

import (
	"testing"
)

// place is where Go and stock peers meet.
type place struct {
	make        constellation
	goServer    bool
	compression Compression
}

// everywhere runs a test in both kinds of sessions, Go in stock and stock in
// Go, with and without compression.
func everywhere(t *testing.T, name string, test func(*testing.T, place)) {
	t.Run(name, func(t *testing.T) {
		for _, p := range []place{
			{stockInGo, true, None}, {stockInGo, true, RangeCoder},
			{goInStock, false, None}, {goInStock, false, RangeCoder},
		} {
			where := "Go server, stock clients, "
			if !p.goServer {
				where = "stock server, Go clients, "
			}
			t.Run(where+p.compression.String(), func(t *testing.T) {
				t.Parallel()
				test(t, p)
			})
		}
	})
}

// open makes the session; the clients have not joined.
func (p place) open(t *testing.T, server ServerOptions, tweaks ...tweak) (*Session, []Client, int) {
	t.Helper()
	server.Compression = p.compression
	return p.make(t, server, ClientOptions{Compression: p.compression, ChannelCount: server.ChannelCount}, tweaks...)
}

// refuse makes the session's server refuse new connections, or not.
func refuse(s *Session, on bool) {
	switch server := s.Server.(type) {
	case *goPeer:
		server.peer.SetRefuseNewConnections(on)
	case *Engine:
		source := "peer.refuse_new_connections = false"
		if on {
			source = "peer.refuse_new_connections = true"
		}
		server.Run(source)
	}
}

// rawJoin lets a raw peer join a session under an id. Those present hear of
// it.
func rawJoin(t *testing.T, s *Session, port int, id int32, c Compression) *rawPeer {
	t.Helper()
	raw := rawClient(t, port, uint32(id), c)
	raw.expect("connect")
	s.Server.Expect(PeerConnected(id))
	for _, m := range s.present {
		m.Expect(PeerConnected(id))
	}
	for range s.present { // each of them is announced
		if ev, err := raw.host.Next(t.Context()); err != nil || ev.Channel != 0 {
			t.Fatalf("raw peer: %+v, %v, want an announcement", ev, err)
		}
	}
	return raw
}
