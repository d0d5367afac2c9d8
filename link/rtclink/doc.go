// Package rtclink carries sessions over WebRTC data channels, for browsers and
// for Godot's WebRTC peers.
//
// A server with the Go program as peer 1, which browsers and Go programs join
// through the signalling that comes with it:
//
//	srv, err := crosspeer.Listen(ctx, nil, rtclink.Listen(":8080"))
//	cli, err := crosspeer.Dial(ctx, nil, rtclink.Dial("rtc+ws://game.example:8080"))
//
// And a member of a mesh, as Godot 3.2's WebRTCMultiplayer, whose connections
// are the program's own business:
//
//	mesh := rtclink.New(id, false)
//	p, err := crosspeer.Join(ctx, nil, mesh)
//	mesh.AddPeer(connection, other)
//
// A stock Godot game joins the same server's session by the signalling of the
// engine's demo. It has a connection to every member, all of which end in the
// server.
//
// Each connection has three data channels, one for each transfer mode, which
// both ends open without asking: ids 1, 2 and 3 for Reliable, UnreliableOrdered
// and Unreliable. There are no other channels.
//
// WebRTC costs more than other transports: about 0.4 MiB and two dozen
// goroutines a connection.
package rtclink
