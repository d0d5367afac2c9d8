package godot3

import (
	"fmt"
	"net"
	"testing"
)

// CreateServer makes the engine's ENet peer a server and returns the engine's
// error number. The peer object is made at the first call; later calls use
// the same one, as a game may.
func (e *Engine) CreateServer(port int, opts ServerOptions) int {
	e.t.Helper()
	return e.create(fmt.Sprintf("create_server on port %d", port), opts.create(port))
}

// CreateClient makes the engine's ENet peer a client, as [Engine.CreateServer]
// makes a server.
func (e *Engine) CreateClient(host string, port int, opts ClientOptions) int {
	e.t.Helper()
	return e.create(fmt.Sprintf("create_client to %s:%d", host, port), opts.create(host, port))
}

func (e *Engine) create(what, source string) int {
	e.t.Helper()
	var outcome [2]int
	e.Run(source).Into(&outcome)
	e.Note("%s returned %d, own id %d", what, outcome[0], outcome[1])
	return outcome[0]
}

// Serve creates a server on a free port and returns the port.
func (e *Engine) Serve(opts ServerOptions) int {
	e.t.Helper()
	// The engine cannot say which port it got when it is asked for port 0, so
	// one is picked here. Another program may take it in between.
	for range 10 {
		port := freePort(e.t)
		switch result := e.CreateServer(port, opts); result {
		case OK:
			return port
		case ErrCantCreate:
			continue
		default:
			e.t.Fatalf("%s: create_server on port %d returned %d", e.name, port, result)
		}
	}
	e.t.Fatalf("%s: ten ports that were free could not be bound", e.name)
	return 0
}

// Put sends data in one packet and returns what put_packet returns. The mode
// and the target stay set on the peer.
func (e *Engine) Put(target int32, mode Mode, data []byte) int {
	e.t.Helper()
	result := e.RunWith(data, put(target, mode, "bytes")).Int()
	e.Note("put %d bytes to %d, %v, returned %d: %s", len(data), target, mode, result, glimpse(data))
	return result
}

// PutPattern sends the packet Pattern(length, seed), which the engine makes
// itself.
func (e *Engine) PutPattern(target int32, mode Mode, length, seed int) int {
	e.t.Helper()
	result := e.Run(put(target, mode, fmt.Sprintf("agent.pattern(%d, %d)", length, seed))).Int()
	e.Note("put a pattern of %d bytes to %d, %v, returned %d", length, target, mode, result)
	return result
}

func put(target int32, mode Mode, what string) string {
	return fmt.Sprintf("peer.transfer_mode = %d\npeer.set_target_peer(%d)\nreturn peer.put_packet(%s)", mode, target, what)
}

// glimpse shows the start of a payload in a transcript.
func glimpse(data []byte) string {
	if len(data) > 64 {
		return fmt.Sprintf("%x...", data[:64])
	}
	return fmt.Sprintf("%q", data)
}

// ID is get_unique_id: 1 on a server, 0 without a connection.
func (e *Engine) ID() int32 {
	e.t.Helper()
	return int32(e.Run("return peer.get_unique_id()").Int())
}

// Status is get_connection_status.
func (e *Engine) Status() int {
	e.t.Helper()
	return e.Run("return peer.get_connection_status()").Int()
}

// Drain says whether the agent fetches and reports packets, which it does at
// first. A test that looks at the queue itself turns it off.
func (e *Engine) Drain(on bool) {
	e.t.Helper()
	e.Run(fmt.Sprintf("agent.draining = %t", on))
}

// Close is close_connection.
func (e *Engine) Close() {
	e.t.Helper()
	e.Run("peer.close_connection()")
	e.Note("closed")
}

// Disconnect is disconnect_peer, which only a server may call.
func (e *Engine) Disconnect(id int32, now bool) {
	e.t.Helper()
	e.Note("disconnects %d, now: %t", id, now)
	e.Run(fmt.Sprintf("peer.disconnect_peer(%d, %t)", id, now))
}

// Kill ends the process abruptly, as a crash does: nobody is told.
func (e *Engine) Kill() {
	e.process.kill()
	<-e.control.ended
}

// Player is an engine that knows which server to join.
type Player struct {
	*Engine
	host string
	port int
	opts ClientOptions
}

// Joining makes the engine a [Client] of a server on loopback.
func (e *Engine) Joining(port int, opts ClientOptions) *Player {
	return &Player{Engine: e, host: "127.0.0.1", port: port, opts: opts}
}

// Join starts a connection attempt with create_client.
func (p *Player) Join() int {
	p.t.Helper()
	return p.CreateClient(p.host, p.port, p.opts)
}

func freePort(t testing.TB) int {
	t.Helper()
	socket, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	return socket.LocalAddr().(*net.UDPAddr).Port
}
