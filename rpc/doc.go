// Package rpc calls functions of nodes in Godot games, and is called by them:
// the remote calls and sets of Godot 3.2's MultiplayerAPI on a crosspeer.Peer,
// over every transport, with ordinary Go values.
//
//	type Lobby struct{ api *rpc.API }
//
//	// Games call it: rpc_id(1, "say", "hello")
//	func (l *Lobby) Say(c rpc.Caller, text string) error {
//		return l.api.Call(crosspeer.AllExcept(c.ID), "Lobby", "said", c.ID, text)
//	}
//
//	srv, err := crosspeer.Listen(ctx, nil, enetlink.Listen(":4242"))
//	api, err := rpc.New(srv, nil)
//	_, err = api.Register("/root/Lobby", &Lobby{api})
//	err = api.Run(ctx)
//
// A node here is a name in a registry: a path, what can be called and set
// there, and a network master. There is no tree, and Go runs no scripts; what a
// node does is the Go functions that are registered for it.
//
// Calls may come from any goroutine. Functions of nodes run on the goroutine
// that calls Poll, Run or Handle; those of this process's own calls on the
// caller's.
package rpc
