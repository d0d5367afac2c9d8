package simnet

import (
	"hash/crc32"
	"net/netip"
)

// The hash of the trace must be the same in every process and on every
// machine, which rules out hash/maphash. The bytes of a datagram go in as a
// CRC, taken once, because it is many times faster than hashing them at each
// of its events.

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(b []byte) uint32 { return crc32.Checksum(b, castagnoli) }

// fold takes one word into a running hash. For a given hash, different words
// give different results.
func fold(h, word uint64) uint64 {
	h = (h ^ word) * 0x9E3779B97F4A7C15
	return h ^ h>>32
}

// finish spreads all bits of a folded hash over all bits of the result.
func finish(h uint64) uint64 {
	h = (h ^ h>>30) * 0xBF58476D1CE4E5B9
	h = (h ^ h>>27) * 0x94D049BB133111EB
	return h ^ h>>31
}

// foldAddr takes an address into a running hash.
func foldAddr(h uint64, a netip.AddrPort) uint64 {
	b := a.Addr().As16()
	h = fold(h, uint64(checksum(b[:8]))<<32|uint64(checksum(b[8:])))
	h = fold(h, uint64(a.Port())<<32|uint64(checksum([]byte(a.Addr().Zone()))))
	return h
}

// pathKey names a direction in the hash of the trace.
func pathKey(from, to netip.AddrPort) uint64 {
	return foldAddr(foldAddr(0, from), to)
}

// canonical makes IPv4 in IPv6 the plain IPv4 that it means, so that an
// address equals itself whichever API it came through.
func canonical(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}
