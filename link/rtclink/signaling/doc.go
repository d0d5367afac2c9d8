// Package signaling introduces WebRTC peers to each other over WebSocket, as
// server and as client. It speaks the protocol of Godot's official demo
// "webrtc_signaling" in both of its dialects: the text of the demo for Godot
// 3.1 to 3.5 and the JSON of the demo for Godot 4.
//
// A [Server] is an http.Handler. Its clients create lobbies and join them by
// name, and the members of a lobby exchange offers, answers and candidates:
//
//	srv, err := signaling.NewServer(signaling.Config{})
//	http.Handle("/signaling", srv)
//
// One lobby may have the program itself as its host: see [Session].
//
// A [Client] joins a lobby at this server or at one of the demo's:
//
//	c, err := signaling.Dial(ctx, "ws://localhost:9080", signaling.Options{Lobby: name})
//	for ev := range c.Events(ctx) {
//		switch ev := ev.(type) {
//		case signaling.PeerConnect: // ev.ID
//		case signaling.Offer:       // ev.From, ev.SDP
//		}
//	}
//
// WebRTC itself is not part of the package.
package signaling
