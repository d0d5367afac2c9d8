// Package godot3 drives stock Godot 3.2 engines from Go tests.
//
// Each [Engine] is a headless godot3-server process under remote control: it
// runs the GDScript that a test sends and reports every signal and packet of
// its multiplayer peer in the order they happen. Several engines make a
// session:
//
//	engines := godot3.StartAll(t, "server", "ann", "bob")
//	server := engines[0]
//	port := server.Serve(godot3.ServerOptions{})
//	ann := engines[1].Joining(port, godot3.ClientOptions{})
//	bob := engines[2].Joining(port, godot3.ClientOptions{})
//
//	s := godot3.Session{Server: server}
//	s.Join(t, ann)
//	s.Join(t, bob)
//	s.Matrix(t)
//	s.Kick(t, bob, false)
//
// The conversations of a [Session] are written against [Actor] and [Client],
// which an engine implements. A peer written in Go implements them too: it
// embeds a [Log], adds its events to it and brings the few methods that act.
// The same conversation then holds for any mix of engines and Go peers, and
// what stock engines do among themselves is the reference.
//
// Nothing waits by sleeping. That something does not happen is shown by a
// later message on the same path, which must be the next thing to arrive.
//
// The package is for tests only and needs the program godot3-server; see
// [Find] for what happens without it.
package godot3
