package variant

import "slices"

// Dictionary is keys and values in the order in which they were inserted. Keys
// are of any type and there is one of each; a Dictionary that is made by hand
// should keep to that.
type Dictionary []Pair

// Pair is a key and its value.
type Pair struct{ Key, Value any }

// Get is the value of a key. Numbers of Go are found as the int and float that
// they become: 1 finds int64(1), and not 1.0. ok is false if there is none.
// It looks at each pair.
func (d Dictionary) Get(key any) (value any, ok bool) {
	if i := d.index(key); i >= 0 {
		return d[i].Value, true
	}
	return nil, false
}

// Has says whether there is a key.
func (d Dictionary) Has(key any) bool { return d.index(key) >= 0 }

// Set gives a key a value: a new key comes last, a known one stays where it
// is.
func (d *Dictionary) Set(key, value any) {
	if i := d.index(key); i >= 0 {
		(*d)[i].Value = value
		return
	}
	*d = append(*d, Pair{key, value})
}

// Delete removes a key, if it is there.
func (d *Dictionary) Delete(key any) {
	if i := d.index(key); i >= 0 {
		*d = slices.Delete(*d, i, i+1)
	}
}

func (d Dictionary) index(key any) int {
	if s, ok := key.(string); ok { // almost always
		for i := range d {
			switch k := d[i].Key.(type) {
			case string:
				if k == s {
					return i
				}
			case StringName:
				if string(k) == s {
					return i
				}
			}
		}
		return -1
	}
	var a, b [64]byte
	want, ok := appendKey(a[:0], key)
	if !ok {
		return -1
	}
	for i := range d {
		if have, ok := appendKey(b[:0], d[i].Key); ok && string(have) == string(want) {
			return i
		}
	}
	return -1
}

// fewPairs is up to how many pairs a search is quicker than an index.
const fewPairs = 8

// inserter fills a Dictionary that is read: of equal keys the first one's
// place and the last one's value are kept, as in Godot.
type inserter struct {
	pairs Dictionary
	index map[string]int // from fewPairs on
	key   []byte
}

func (in *inserter) add(key, value any) {
	if len(in.pairs) < fewPairs {
		in.pairs.Set(key, value)
		return
	}
	if in.index == nil {
		in.index = make(map[string]int, 2*fewPairs)
		for i, p := range in.pairs {
			if k, ok := appendKey(in.key[:0], p.Key); ok {
				in.index[string(k)], in.key = i, k
			}
		}
	}
	k, ok := appendKey(in.key[:0], key)
	in.key = k
	if ok {
		if i, known := in.index[string(k)]; known {
			in.pairs[i].Value = value
			return
		}
		in.index[string(k)] = len(in.pairs)
	}
	in.pairs = append(in.pairs, Pair{key, value})
}
