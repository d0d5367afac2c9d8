// Package cenet gives tests a real ENet peer: the C library, in a process of
// its own, driven over a pipe.
//
// A [Peer] is one process with one ENet host. Commands are methods; a command
// that the C side refuses fails the test. Events come back as [Event] values:
//
//	server := cenet.Start(t, cenet.Config{Server: true, Peers: 8, Channels: 2})
//	client := cenet.Start(t, cenet.Config{Peers: 1, Channels: 2})
//	c := client.Connect(server.Addr(), 2, 7)
//	client.Expect(cenet.Connected(c, 0))
//	server.Expect(cenet.Connected(0, 7))
//	client.Send(c, 1, cenet.Reliable, 5000, 42)
//	server.Expect(cenet.Received(0, 1, cenet.Reliable, 5000, 42))
//
// Connections of a peer are numbered from 0, outgoing ones in the order of
// their commands and incoming ones in that of their connect events. A number
// is not used again.
//
// What is sent is a pattern that a length and a seed describe, and what is
// received is reported as length and hash, so that big packets do not have to
// go through the pipe. [Payload] and [Hash] are the Go side of both.
//
// The methods of a Peer are for the goroutine of its test.
package cenet
