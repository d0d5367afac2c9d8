//go:build !linux

package udpbatch

import "net"

// ListenShared says that the system cannot.
func ListenShared(*net.UDPAddr, int) ([]*net.UDPConn, error) { return nil, ErrShare }
