//go:build !linux || !(amd64 || arm64)

package udpbatch

import "net"

// newSystem says that the system has nothing better than one datagram per
// call.
func newSystem(*net.UDPConn) Conn { return nil }
