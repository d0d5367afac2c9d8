package token

import (
	"crypto/ed25519"
	"encoding/binary"
	"maps"
	"slices"
	"time"
)

// The binary form, version 1:
//
//	offset  size
//	0       1     version, 1
//	1       4     key id
//	5       …     claims, each at most once, in ascending order of their numbers
//	end-64  64    Ed25519 signature of "crosspeer connect token\0" and all before
//
// A claim is its number (1 byte), the length of its value (uvarint) and the
// value. Numbers in values are uvarints, times are Unix seconds. A token has
// one form only: what does not encode to the same bytes again is malformed. So
// is a claim that this version does not know, as it could be a restriction.
const (
	version = 1

	claimAudience  = 1
	claimExpires   = 2
	claimNotBefore = 3
	claimID        = 4 // 16 bytes
	claimSingleUse = 5 // no value
	claimSubject   = 6
	claimSources   = 7 // of each: 4 or 6, bits (1 byte), address (4 or 16 bytes)
	claimPeerID    = 8
	claimMeta      = 9  // of each, in ascending order of keys: length, key, length, value
	claimPackets   = 10 // per second
	claimBytes     = 11 // per second

	headSize  = 1 + len(KeyID{})
	leastSize = headSize + ed25519.SignatureSize
)

// appendClaims writes claims that are valid.
func appendClaims(b []byte, c *Claims) []byte {
	put := func(number byte, value []byte) {
		b = binary.AppendUvarint(append(b, number), uint64(len(value)))
		b = append(b, value...)
	}
	number := func(claim byte, n uint64) {
		if n != 0 {
			put(claim, binary.AppendUvarint(nil, n))
		}
	}
	put(claimAudience, []byte(c.Audience))
	number(claimExpires, uint64(c.Expires.Unix()))
	if !c.NotBefore.IsZero() {
		number(claimNotBefore, uint64(c.NotBefore.Unix()))
	}
	if c.ID != (ID{}) {
		put(claimID, c.ID[:])
	}
	if c.SingleUse {
		put(claimSingleUse, nil)
	}
	if c.Subject != "" {
		put(claimSubject, []byte(c.Subject))
	}
	if len(c.Sources) > 0 {
		put(claimSources, appendSources(nil, c))
	}
	number(claimPeerID, uint64(c.PeerID))
	if len(c.Meta) > 0 {
		put(claimMeta, appendMeta(nil, c))
	}
	number(claimPackets, uint64(c.PacketsPerSec))
	number(claimBytes, uint64(c.BytesPerSec))
	return b
}

func appendSources(b []byte, c *Claims) []byte {
	for _, p := range c.Sources {
		family := byte(4)
		if p.Addr().Is6() {
			family = 6
		}
		b = append(append(b, family, byte(p.Bits())), p.Addr().AsSlice()...)
	}
	return b
}

func appendMeta(b []byte, c *Claims) []byte {
	for _, k := range slices.Sorted(maps.Keys(c.Meta)) {
		for _, s := range []string{k, c.Meta[k]} {
			b = append(binary.AppendUvarint(b, uint64(len(s))), s...)
		}
	}
	return b
}

// second is the time of a claim.
func second(n uint64) time.Time { return time.Unix(int64(min(n, maxTime+1)), 0).UTC() }
