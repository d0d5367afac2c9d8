// Package connlink makes a transport of anything that carries whole messages
// in order: a pipe, a Unix socket, a QUIC stream, another process. It is the
// short way to a transport of one's own; Godot's counterpart is
// MultiplayerPeerGDNative.
//
// A program provides a Conn, and a way to accept and to open them:
//
//	srv, err := crosspeer.Listen(ctx, nil, connlink.Listen(acceptor, connlink.Config{Name: "unix"}))
//	cli, err := crosspeer.Dial(ctx, nil, connlink.Dial(open))
//
// The package does the rest: ids, notices, queues, push-back, goodbyes with
// their reasons. Packets of all modes arrive in the order in which they were
// sent; mode and channel are labels that they keep, and an unreliable one is
// dropped only where its queue is full.
//
// Who connects is in the session at once, unless the session refuses: there is
// no password. An Acceptor gives those only whom it trusts.
//
// The messages are those of Godot's WebSocket framing with a mode, a channel
// and a goodbye; docs/custom-transport.md has their layout.
package connlink
