package enet

import (
	"net"

	"crosspeer/internal/udpbatch"
)

// Share is ListenShared on sockets of the test's.
func Share(conns []net.PacketConn, cfgs ...*Config) ([]*Host, error) { return share(conns, cfgs) }

// Quiet makes the host's socket quiet or ends that, on the host's goroutine,
// and says whether it is quiet.
func Quiet(h *Host, on bool) bool {
	q, ok := h.conn.(udpbatch.Quieter)
	return ok && q.Quiet(on)
}
