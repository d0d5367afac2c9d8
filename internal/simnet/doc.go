// Package simnet is a seeded virtual datagram network and clock for tests.
//
// It has two faces with one model of the network behind them:
//
//   - [Net] drives many [Node] values in virtual time on one goroutine. A node
//     is a protocol core without socket, clock or goroutine. Two runs with the
//     same seed and the same calls are equal to the byte; [Net.Hash] says so.
//   - [Wire] hands out [Conn] values, which are net.PacketConn endpoints, for
//     code that owns a socket and goroutines. Inside a testing/synctest bubble
//     its time is the virtual time of the bubble.
//
// [Conditions] say what the network does to a datagram. They hold per
// direction: the way from one address to another is a path of its own, with
// its own random numbers, loss state and queue. A datagram goes through a path
// in this order:
//
//  1. MTU: a datagram that is too big is lost.
//  2. Blackouts: a datagram sent inside one is lost.
//  3. Bandwidth: it waits in the queue for its turn, or is lost at its end.
//  4. Burst, then Loss: it may be lost on the line. It has used its bandwidth.
//  5. Delay, Jitter, Reorder: they set the time of its arrival.
//  6. Duplicate: a copy may follow, with its own jitter and reordering. The
//     copy uses no bandwidth and is not lost on the line.
//
// The numbers of a path come from the seed and the two addresses alone, and
// every datagram takes the same count of them. So traffic elsewhere does not
// change what happens on a path, and neither does the switching on or off of
// another impairment.
//
// A failing seeded test should print how to repeat it; see [Seeds] and
// [Repeat].
//
// Wrong use, such as conditions that are out of range or an action in the
// past, panics: it is a fault of the test and must not pass in silence.
package simnet
