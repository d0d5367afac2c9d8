// Package enetlink carries a session over ENet, as Godot's
// NetworkedMultiplayerENet does: stock Godot games join over it.
//
//	srv, err := crosspeer.Listen(ctx, nil, enetlink.Listen(":4242"))
//	cli, err := crosspeer.Dial(ctx, nil, enetlink.Dial("game.example:4242"))
//
// A server needs no compression setting: it recognises how each client
// compresses and answers in kind. For clients that use Zstandard it needs
// Config.Zstd.
//
// Wire: package wire. ENet: package enet. Source: Godot 3.2.3,
// NetworkedMultiplayerENet.
package enetlink
