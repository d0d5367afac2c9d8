// Package lossyproxy puts a virtual network of package simnet between real UDP
// sockets.
//
// Programs that own their sockets, such as a C client or a server in a process
// of its own, talk to each other through a [Proxy] instead of directly. It does
// to their datagrams what simnet.Conditions say: loss, delay, jitter,
// reordering, duplication, bandwidth. The server sees each client behind a
// socket of its own, as it would behind a NAT.
//
// Time is real here. The fate of the k-th datagram of one direction of one
// client depends only on the seed; when it is sent does not.
package lossyproxy
