// Package memlink carries a session inside one process: for tests, and for a
// game whose server and player are the same program.
//
//	n := memlink.New()
//	srv, err := crosspeer.Listen(ctx, nil, n.Listen())
//	cli, err := crosspeer.Dial(ctx, nil, n.Dial())
//
// A server may listen on other transports besides. Without a server, members of
// a mesh meet on a network, each connected to each other:
//
//	p, err := crosspeer.Join(ctx, nil, n.Mesh(7, false))
//
// Nothing is lost on the way: packets of all modes arrive in the order in which
// they were sent, and an unreliable one is dropped only where its queue is
// full. Modes and channels 1 to 254 are kept; reasons reach the other end with
// their words.
//
// It reads no clock and opens nothing of the system's, so it works inside the
// bubbles of testing/synctest, if the Network is made there.
package memlink
