// Package wslink carries sessions over WebSocket, compatible on the wire with
// Godot 3.2's WebSocketServer and WebSocketClient in their multiplayer mode,
// so that Godot's web exports, browsers and Go programs join.
//
//	srv, err := crosspeer.Listen(ctx, nil, wslink.Listen(":8080"))
//	cli, err := crosspeer.Dial(ctx, nil, wslink.Dial("ws://localhost:8080"))
//
// A Handler does the same beside other routes of a program's own HTTP server.
// Everything travels reliably and in one order, whatever a packet's mode; there
// are no channels.
//
// Conn is the engine's plain mode: a WebSocket without the multiplayer framing.
package wslink
