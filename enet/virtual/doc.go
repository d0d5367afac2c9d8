// Package virtual carries a session over ENet's engine on a simulated network:
// what link/enetlink does with a socket and a goroutine, in virtual time and on
// the goroutine of whoever runs the network. It is for the module's own
// simulation, package sim; the network is a value of an internal package.
//
// It stands under enet because the engine is internal there.
package virtual
