package godot3

import (
	"encoding/hex"
	"fmt"
	"net"
	"strings"
)

// Scene is a stock engine as a game has it: the SceneTree polls its network
// peer, and nodes call each other. What happens is in the engine's log.
type Scene struct{ *Engine }

// What a Scene reports besides signals.
const (
	KindCall Kind = "call" // of a node's function, by a peer or by itself
	KindRaw  Kind = "raw"  // bytes of send_bytes

	// KindRefused is what a Go program reports of a peer's packet that came to
	// nothing.
	KindRefused Kind = "refused"
)

// Called is the event of a function of a node that was called by a peer. The
// arguments are as GDScript prints their list.
func Called(node, method string, by int32, arguments string) Event {
	return Event{Kind: KindCall, Peer: by, Data: node + "." + method + " " + arguments}
}

// StartScenes starts engines as games without nodes or peer, side by side.
func StartScenes(engines []*Engine) []*Scene {
	scenes := make([]*Scene, len(engines))
	for i, e := range engines {
		e.Run(`
			for name in ["network_peer_connected", "network_peer_disconnected"]:
				agent.connect(name, agent, "_on_peer_signal", [name.substr(8)])
			for name in ["connected_to_server", "connection_failed", "server_disconnected"]:
				agent.connect(name, agent, "_on_signal", [{"connected_to_server": "connection_succeeded"}.get(name, name)])
			agent.multiplayer.connect("network_peer_packet", agent, "on_raw")
		`)
		scenes[i] = &Scene{e}
	}
	return scenes
}

// ServeENet makes the game a server over ENet and gives its port.
func (s *Scene) ServeENet() int {
	s.t.Helper()
	return s.serve(`
		var p = NetworkedMultiplayerENet.new()
		p.set_bind_ip("127.0.0.1")
		if p.create_server(%[1]d) != OK:
			return false
		agent.network_peer = p
		return true
	`)
}

// ServeSceneWebSocket makes the game a server over WebSocket and gives its
// port.
func (s *Scene) ServeSceneWebSocket() int {
	s.t.Helper()
	return s.serve(`
		var p = WebSocketServer.new()
		p.bind_ip = "127.0.0.1"
		if p.listen(%[1]d, PoolStringArray(), true) != OK:
			return false
		agent.network_peer = p
		return true
	`)
}

func (s *Scene) serve(source string) int {
	s.t.Helper()
	for range 10 {
		port := freePort(s.t)
		if s.Run(fmt.Sprintf(source, port)).Bool() {
			return port
		}
	}
	s.t.Fatalf("%s: ten ports that were free could not be bound", s.name)
	return 0
}

// Join makes the game a client of a server on loopback, enet://HOST:PORT or
// ws://….
func (s *Scene) Join(url string) {
	s.t.Helper()
	source := fmt.Sprintf(`
		var p = WebSocketClient.new()
		var result = p.connect_to_url(%q, PoolStringArray(), true)
		agent.network_peer = p
		return result
	`, url)
	if address, ok := strings.CutPrefix(url, "enet://"); ok {
		host, port, _ := net.SplitHostPort(address)
		source = fmt.Sprintf(`
			var p = NetworkedMultiplayerENet.new()
			var result = p.create_client(%q, %s)
			agent.network_peer = p
			return result
		`, host, port)
	}
	if result := s.Run(source).Int(); result != OK {
		s.t.Fatalf("%s: joining %s returned %d", s.name, url, result)
	}
}

// ID is the game's id in the session.
func (s *Scene) ID() int32 {
	s.t.Helper()
	return int32(s.Run("return agent.get_network_unique_id()").Int())
}

// Node adds a node at a path below /root, with the members of its script. The
// nodes above it that are missing are made too. In the script,
// told(method, arguments) reports a call.
func (s *Scene) Node(path, script string) {
	s.t.Helper()
	s.RunWith([]byte("extends Node\nfunc told(method, arguments):\n\tget_tree().on_call(name, method, arguments)\n"+body(script)+"\n"), fmt.Sprintf(`
		var at = agent.root
		for part in %q.split("/"):
			var next = at.get_node_or_null(part)
			if next == null:
				next = Node.new()
				next.name = part
				at.add_child(next)
			at = next
		var script = GDScript.new()
		script.source_code = bytes.get_string_from_utf8()
		if script.reload() != OK:
			return script.no_such_method()
		at.set_script(script)
	`, path))
}

// Do runs a statement in which node is the node at a path below /root.
func (s *Scene) Do(path, statement string) Value {
	s.t.Helper()
	return s.Run(fmt.Sprintf("var node = agent.root.get_node(%q)\n%s", path, body(statement)))
}

// Raw is the event of send_bytes.
func Raw(by int32, data []byte) Event {
	return Event{Kind: KindRaw, Peer: by, Data: hex.EncodeToString(data)}
}

// Turn returns when the game has polled once more.
func (s *Scene) Turn() {
	s.t.Helper()
	s.Run("agent.multiplayer.poll()")
}
