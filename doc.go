// Package crosspeer is Godot's high-level multiplayer peer
// (NetworkedMultiplayerPeer, Godot 3.2) for Go. Unmodified Godot games join a
// Go server, and Go programs join a Godot server or each other.
//
// A server that relays and answers:
//
//	srv, err := crosspeer.Listen(ctx, nil, enetlink.Listen(":4242"))
//	for ev := range srv.Events(ctx) {
//		switch ev := ev.(type) {
//		case crosspeer.PeerConnected:
//			srv.Send(crosspeer.Packet{To: ev.ID, Mode: crosspeer.Reliable, Data: []byte("hello")})
//		case crosspeer.PacketReceived:
//			log.Printf("%d says %q", ev.From, ev.Data)
//		}
//	}
//
// A client:
//
//	cli, err := crosspeer.Dial(ctx, nil, enetlink.Dial("game.example:4242"))
//	cli.Send(crosspeer.Packet{To: crosspeer.TargetServer, Mode: crosspeer.Reliable, Data: []byte("hi")})
//
// One type, Peer, serves all roles. It has every member of Godot's interface
// under its Go name (SetTargetPeer, PutPacket, Poll, OnPeerConnected, ...) and
// besides them the ordinary Go way shown above. A program uses one of the two.
//
// The package holds the rules of a session: ids, targets, relay, refusal,
// announcements and the order of signals. It opens no socket: transports are
// packages under link/, or a program's own, which implement Link, Listener and
// Dialer and are checked by package linktest.
//
// Source of the rules: Godot 3.2.3, measured. Departures are listed in
// docs/limits.md.
package crosspeer
