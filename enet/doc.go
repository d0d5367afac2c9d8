// Package enet is the ENet protocol for Go: reliable, unreliable and
// unsequenced messages over UDP, in channels, compatible on the wire with
// libenet 1.3.13 to 1.3.18 and with everything that is built on it. It is pure
// Go and knows nothing of games.
//
// A Host owns one socket and any number of connections in both directions; a
// Peer is one connection. A server is
//
//	host, err := enet.Listen(":7000", nil)
//	for ev := range host.Events(ctx) {
//		switch ev.Type {
//		case enet.EventConnect:
//			log.Println("hello", ev.Peer.RemoteAddr())
//		case enet.EventReceive:
//			ev.Peer.Send(ev.Channel, ev.Data(), ev.Flags) // echo
//		case enet.EventDisconnect:
//			log.Println("bye:", ev.Reason)
//		}
//	}
//
// and a client begins with
//
//	peer, err := enet.Dial(ctx, "example.net:7000", 2, 0, nil)
//
// Acknowledgements, retransmissions and keep-alive go on by themselves: a
// program that is busy for a while loses no connection, unlike one that uses
// the C library's service call.
//
// Host and Peer are safe for concurrent use. The rules of the protocol live in
// an internal package without socket, clock or goroutine; this one adds them.
//
// ENet by itself neither encrypts nor authenticates; with Config.Security, for
// which package enet/dtls has DTLS, datagrams are encrypted on their way.
// What it cannot do is follow a remote whose address changes.
package enet
