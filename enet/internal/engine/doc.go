// Package engine is ENet as a value: datagrams and the time go in; datagrams,
// events and the next deadline come out. It opens no socket, reads no clock,
// starts no goroutine and takes no lock, so every rule can be run in virtual
// time on a simulated network.
//
// The owner of a Host does, in one goroutine or under one lock:
//
//	h := engine.New(engine.Config{...})
//	h.Receive(now, from, datagram)   // for each datagram that came in
//	h.Tick(now)                      // timers that are due
//	for { ev, ok := h.Event() ... }  // what happened
//	for h.Flush(now, out) { ... }    // datagrams to send, in batches
//	at, ok := h.Deadline()           // when to come back at the latest
//
// now is a monotonic time since an origin of the owner's choice; it never
// goes back. Its milliseconds travel in the sent-time field.
//
// Work is done only for peers that have something to do: a list of peers with
// output, and a heap of deadlines. Nothing scans all peers for a datagram.
//
// A stranger costs nothing but a record in a bounded table (halfopen.go) until
// he has proved that he receives at his address.
//
// Source: the ENet protocol as spoken by libenet 1.3.13 to 1.3.18. Where the
// C library has a fault that can be mended without the other side noticing,
// it is mended; policy.go lists the differences, and has a second policy with
// libenet's own choices, for comparing with recordings of it.
package engine
