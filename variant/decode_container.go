package variant

import "fmt"

// object reads an object, whose header is at an offset.
func (r *Reader) object(flags uint32, at int) (any, error) {
	if flags&wide != 0 {
		id, err := r.u64("an Object's id")
		if err != nil || id == 0 {
			return nil, err
		}
		return Object{ID: id}, nil
	}
	if !r.cfg.AllowObjects {
		return nil, &SyntaxError{at, "an Object as its id, since Config.AllowObjects is not set", "one in full", ErrObject}
	}
	if err := r.enter(); err != nil {
		return nil, err
	}
	defer r.leave()
	class, err := r.text()
	if err != nil || class == "" {
		return nil, err
	}
	n, err := r.u32("an Object's number of properties")
	if err != nil {
		return nil, err
	}
	o := Object{Class: class}
	for range int32(n) {
		if err := r.element(); err != nil {
			return nil, err
		}
		name, err := r.text()
		if err != nil {
			return nil, err
		}
		v, err := r.value()
		if err != nil {
			return nil, err
		}
		o.Properties = append(o.Properties, Property{name, v})
	}
	return o, nil
}

// roomFor is how many elements to make room for at once: what is claimed, as
// far as the bytes that are left can hold them, and no more than costs little
// in each of many containers that begin inside each other.
func (r *Reader) roomFor(claimed, size int) int { return min(claimed, r.Len()/size, 16) }

// count reads a container's number of elements. The top bit once meant that
// the container was shared.
func (r *Reader) count(what string) (int, error) {
	n, err := r.u32(what)
	return int(n &^ (1 << 31)), err
}

func (r *Reader) arrayHeader(flags uint32) (t ElementType, n int, err error) {
	if t, err = r.elementType(flags >> kindShift); err == nil {
		n, err = r.count("an Array's number of elements")
	}
	return t, n, err
}

func (r *Reader) array(flags uint32) (any, error) {
	if err := r.enter(); err != nil {
		return nil, err
	}
	defer r.leave()
	t, n, err := r.arrayHeader(flags)
	if err != nil {
		return nil, err
	}
	items := make(Array, 0, r.roomFor(n, 4))
	for range n {
		if err := r.element(); err != nil {
			return nil, err
		}
		v, err := r.value()
		if err != nil {
			return nil, err
		}
		if v, ok := t.adapt(v); ok {
			items = append(items, v)
		}
	}
	if t != (ElementType{}) {
		return TypedArray{t, items}, nil
	}
	return items, nil
}

func (r *Reader) dictionaryHeader(flags uint32) (kt, vt ElementType, n int, err error) {
	if kt, err = r.elementType(flags >> kindShift); err != nil {
		return kt, vt, 0, err
	}
	if vt, err = r.elementType(flags >> valueKindShift); err != nil {
		return kt, vt, 0, err
	}
	n, err = r.count("a Dictionary's number of pairs")
	return kt, vt, n, err
}

func (r *Reader) dictionary(flags uint32) (any, error) {
	if err := r.enter(); err != nil {
		return nil, err
	}
	defer r.leave()
	kt, vt, n, err := r.dictionaryHeader(flags)
	if err != nil {
		return nil, err
	}
	in := inserter{pairs: make(Dictionary, 0, r.roomFor(n, 8))}
	for range n {
		if err := r.element(); err != nil {
			return nil, err
		}
		k, err := r.value()
		if err != nil {
			return nil, err
		}
		v, err := r.value()
		if err != nil {
			return nil, err
		}
		k, fits := kt.adapt(k)
		v, fitsToo := vt.adapt(v)
		if fits && fitsToo {
			in.add(k, v)
		}
	}
	if kt != (ElementType{}) || vt != (ElementType{}) {
		return TypedDictionary{kt, vt, in.pairs}, nil
	}
	return in.pairs, nil
}

// elementType reads what a container says of its elements, by the kind in the
// lowest bits.
func (r *Reader) elementType(kind uint32) (t ElementType, err error) {
	if r.cfg.Dialect == Godot3 {
		return t, nil
	}
	switch kind & kindMask {
	case kindType:
		n, err := r.u32("an element type")
		if err != nil {
			return t, err
		}
		if n >= uint32(typeCount) {
			r.off -= 4
			return t, r.bad("an element type", fmt.Sprintf("number %d", n))
		}
		t.Type = Type(n)
	case kindClass:
		t.Type = TypeObject
		t.Class, err = r.text()
	case kindScript:
		t.Type = TypeObject
		t.Script, err = r.text()
	}
	if t.Type == TypeObject && !r.cfg.AllowObjects {
		t.Class, t.Script = encodedID, ""
	}
	return t, err
}
