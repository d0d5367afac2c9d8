package godot3

import "fmt"

// DialWebSocket makes the engine a WebSocketClient with the multiplayer API and
// gives what connect_to_url returns.
func (e *Engine) DialWebSocket(url string, subprotocols ...string) int {
	e.t.Helper()
	result := e.Run(fmt.Sprintf(`if not (peer is WebSocketClient):
	agent.adopt(WebSocketClient.new())
	peer = agent.peer
	peer.verify_ssl = false
return peer.connect_to_url(%q, PoolStringArray(%s), true)`, url, gdStrings(subprotocols))).Int()
	e.Note("connect_to_url %s returned %d", url, result)
	return result
}

// ServeWebSocket makes the engine a WebSocketServer with the multiplayer API
// on a free port of loopback and gives the port.
func (e *Engine) ServeWebSocket(subprotocols ...string) int {
	e.t.Helper()
	for range 10 {
		port := freePort(e.t)
		result := e.Run(fmt.Sprintf(`if not (peer is WebSocketServer):
	agent.adopt(WebSocketServer.new())
	peer = agent.peer
peer.bind_ip = "127.0.0.1"
return peer.listen(%d, PoolStringArray(%s), true)`, port, gdStrings(subprotocols))).Int()
		if result == OK {
			return port
		}
		e.Note("listen on port %d returned %d", port, result)
	}
	e.t.Fatalf("%s: ten ports that were free could not be bound", e.name)
	return 0
}

// gdStrings is a list of strings as GDScript writes it.
func gdStrings(list []string) string {
	text := "["
	for i, s := range list {
		if i > 0 {
			text += ", "
		}
		text += fmt.Sprintf("%q", s)
	}
	return text + "]"
}
