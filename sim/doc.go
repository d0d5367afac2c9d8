// Package sim runs a whole session in virtual time on one goroutine: a server,
// members over simulated transports of three sorts, and what can happen to
// them, all from one seed.
//
//	report, err := sim.Run(7, sim.Options{Duration: time.Hour})
//
// The Peers and hubs are the product's own, on both ends, and so is the ENet
// engine, on a simulated network (enet/virtual). WebSocket, data channels and
// connections inside the process are pipes (pipe.go).
//
// Members join with ids that are free, taken or impossible, leave, are kicked,
// crash and come back; they send to the server, to each other and to many, in
// all modes; they read slowly or not at all; lines lose, reorder, duplicate,
// stall and go dark; clocks jump; the server does not look for a while, takes
// nobody, and is closed and opened again.
//
// What must hold is in laws.go and flow.go, written from what is promised and
// not from the hub: the simulation knows whom the transports have let in and
// what each program has sent, and compares with what the programs are told, at
// each event:
//
//   - Reliable packets arrive once, in order, per sender and channel, and none
//     is missing between two that arrive.
//   - Ordered packets never arrive behind a later one, unreliable ones never
//     twice, and nothing arrives that was not sent, or at somebody it was not
//     sent to, or under another's name.
//   - Every program is told of joins and leaves in the one order in which the
//     server's session had them; a newcomer first of those who were there.
//   - Ids are unique. Nobody is told of a stranger, and hears nothing from one.
//   - Queues keep their bounds.
//   - Once all is quiet, everybody knows the same members, and all that was
//     sent reliably has arrived.
//
// A run depends on the seed and the options only. Two runs give the same hash
// of all that the programs and the network saw.
package sim
