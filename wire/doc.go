// Package wire is Godot's framings as pure functions: how its multiplayer
// peers write peer ids, targets and notices in front of a game's bytes. It
// keeps no state and knows no transport.
//
// Everything inside Godot's framings is little-endian.
//
// Source: Godot 3.2.3, NetworkedMultiplayerENet and WebSocketMultiplayerPeer.
package wire
