package enet

import "net"

// Share is ListenShared on sockets of the test's.
func Share(conns []net.PacketConn, cfgs ...*Config) ([]*Host, error) { return share(conns, cfgs) }
