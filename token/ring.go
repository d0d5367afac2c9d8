package token

import (
	"slices"
	"time"
)

// KeySource gives the keys that are accepted now. KeyRing and KeyFiles are one.
type KeySource interface {
	Keys(now time.Time) *KeyRing
}

// KeyRing is a set of keys that tokens may be signed with. It does not change.
//
// To change the key of a service without refusing anybody: put the new public
// key beside the old one on each server, have the service sign with the new
// one, and take the old one away when the last token of it has expired.
type KeyRing struct {
	keys map[KeyID][]PublicKey // several only if two names happen to be the same
}

// NewKeyRing makes a ring. A key that is given twice is in it once.
func NewKeyRing(keys ...PublicKey) *KeyRing {
	r := &KeyRing{map[KeyID][]PublicKey{}}
	for _, k := range keys {
		if !slices.ContainsFunc(r.keys[k.id], func(have PublicKey) bool { return have.key.Equal(k.key) }) {
			r.keys[k.id] = append(r.keys[k.id], k)
		}
	}
	return r
}

// Keys implements KeySource.
func (r *KeyRing) Keys(time.Time) *KeyRing { return r }

// IDs are the names of the keys, in ascending order.
func (r *KeyRing) IDs() []string {
	var ids []string
	for id, keys := range r.keys {
		for range keys {
			ids = append(ids, id.String())
		}
	}
	slices.Sort(ids)
	return ids
}

// check says whether one of the keys with the name has signed a token.
func (r *KeyRing) check(b []byte, id KeyID) error {
	keys := r.keys[id]
	if len(keys) == 0 {
		return refuse(ErrKey, "it is signed with the key %s, which is not accepted here; ask for a new token", id)
	}
	if !slices.ContainsFunc(keys, func(k PublicKey) bool { return k.signedBy(b) }) {
		return refuse(ErrSignature, "its signature is wrong; it was changed or is cut off")
	}
	return nil
}
