package turnserver

import "net/netip"

// MayRelayTo is what permissions are decided by.
func (c *Config) MayRelayTo(ip netip.Addr) bool { return c.mayRelayTo(ip) }
