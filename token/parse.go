package token

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"
	"math"
	"net/netip"
)

// Unverified is what a token says, and the key that it names, true or not: it
// looks at no signature and no time. It is for showing tokens. Anything but a
// token is ErrMalformed. It allocates a few times MaxSize at most.
func Unverified(b []byte) (Claims, KeyID, error) {
	if len(b) < leastSize || len(b) > MaxSize {
		return Claims{}, KeyID{}, malformed("%d bytes, a token has %d to %d", len(b), leastSize, MaxSize)
	}
	if b[0] != version {
		return Claims{}, KeyID{}, malformed("version %d, this program knows %d", b[0], version)
	}
	id := KeyID(b[1:])
	r := reader{b: b[headSize : len(b)-ed25519.SignatureSize]}
	c := r.claims()
	if r.bad {
		return Claims{}, KeyID{}, malformed("its claims cannot be read; it was changed, is cut off, or was made for a newer version")
	}
	if c.Validate() != nil {
		return Claims{}, KeyID{}, malformed("its claims are outside of the bounds")
	}
	if !bytes.Equal(appendClaims(nil, &c), b[headSize:len(b)-ed25519.SignatureSize]) {
		return Claims{}, KeyID{}, malformed("its claims are not in their one form")
	}
	return c, id, nil
}

func malformed(format string, args ...any) error {
	return refuse(ErrMalformed, "this is no token: "+format, args...)
}

// reader takes values from the front of b. After bad all of them are zero.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) claims() (c Claims) {
	for last := byte(0); len(r.b) > 0 && !r.bad; {
		claim := r.bytes(1)[0]
		v := reader{b: r.prefixed()}
		if claim <= last {
			r.bad = true
		}
		last = claim
		switch claim {
		case claimAudience:
			c.Audience = string(v.rest())
		case claimExpires:
			c.Expires = second(v.number(math.MaxUint64))
		case claimNotBefore:
			c.NotBefore = second(v.number(math.MaxUint64))
		case claimID:
			copy(c.ID[:], v.bytes(len(c.ID)))
		case claimSingleUse:
			c.SingleUse = true
		case claimSubject:
			c.Subject = string(v.rest())
		case claimSources:
			c.Sources = v.sources()
		case claimPeerID:
			c.PeerID = int32(v.number(math.MaxInt32))
		case claimMeta:
			c.Meta = v.meta()
		case claimPackets:
			c.PacketsPerSec = uint32(v.number(math.MaxUint32))
		case claimBytes:
			c.BytesPerSec = uint32(v.number(math.MaxUint32))
		default:
			r.bad = true
		}
		r.bad = r.bad || v.bad || len(v.b) > 0
	}
	return c
}

func (r *reader) sources() (list []netip.Prefix) {
	for len(r.b) > 0 && !r.bad && len(list) < MaxSources {
		head := r.bytes(2)
		var size int
		switch head[0] {
		case 4:
			size = 4
		case 6:
			size = 16
		default:
			r.bad = true
		}
		addr, _ := netip.AddrFromSlice(r.bytes(size))
		list = append(list, netip.PrefixFrom(addr, int(head[1])))
	}
	return list
}

func (r *reader) meta() map[string]string {
	m := map[string]string{}
	for len(r.b) > 0 && !r.bad && len(m) < MaxMeta {
		k := string(r.prefixed())
		m[k] = string(r.prefixed())
	}
	return m
}

func (r *reader) rest() []byte { return r.bytes(len(r.b)) }

// bytes takes n bytes; there are n in what it gives also when there were not in b.
func (r *reader) bytes(n int) []byte {
	if n > len(r.b) || r.bad {
		r.bad = true
		return make([]byte, n)
	}
	v := r.b[:n]
	r.b = r.b[n:]
	return v
}

// prefixed takes a length and as many bytes.
func (r *reader) prefixed() []byte {
	return r.bytes(int(r.number(uint64(len(r.b)))))
}

func (r *reader) number(most uint64) uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 || v > most || r.bad {
		r.bad = true
		return 0
	}
	r.b = r.b[n:]
	return v
}
