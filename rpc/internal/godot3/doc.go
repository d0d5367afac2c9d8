// Package godot3 is the remote calls of Godot 3.2 on the wire: the packets of
// MultiplayerAPI, and the paths that two peers have agreed to write as
// numbers. Names of methods and properties are written in full.
package godot3
