package variant

import (
	"fmt"
	"math"
)

// value reads a value of any type.
func (r *Reader) value() (any, error) {
	at := r.off
	t, flags, err := r.head()
	if err != nil {
		return nil, err
	}
	r.off += 4
	switch t {
	case TypeNil:
		return nil, nil
	case TypeBool:
		n, err := r.u32("bool")
		return n != 0, err
	case TypeInt:
		return boxed(r.int(flags))
	case TypeFloat:
		return boxed(r.float(flags))
	case TypeString:
		return boxed(r.text())
	case TypeStringName:
		s, err := r.text()
		return StringName(s), err
	case TypeNodePath:
		return boxed(r.nodePath())
	case TypeRID:
		if r.cfg.Dialect == Godot3 {
			return RID(0), nil
		}
		n, err := r.u64("RID")
		return RID(n), err
	case TypeObject:
		return r.object(flags, at)
	case TypeCallable:
		return Callable{}, nil
	case TypeSignal:
		return boxed(r.signal())
	case TypeDictionary:
		return r.dictionary(flags)
	case TypeArray:
		return r.array(flags)
	}
	if n := numberCount[t]; n > 0 {
		return r.fixed(t, n, flags)
	}
	return r.pool(t, flags)
}

// boxed is a value as an any, nil with an error.
func boxed[T any](v T, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return v, nil
}

// fixed reads a value that is n numbers.
func (r *Reader) fixed(t Type, n int, flags uint32) (any, error) {
	if t.isWhole() {
		var buf [maxNumbers]int32
		if err := r.wholes(buf[:n], t); err != nil {
			return nil, err
		}
		return ofWholes(t, buf[:n]), nil
	}
	var buf [maxNumbers]float32
	if err := r.floats(buf[:n], flags, t); err != nil {
		return nil, err
	}
	return ofNumbers(t, buf[:n]), nil
}

func (r *Reader) int(flags uint32) (int64, error) {
	if flags&wide != 0 {
		n, err := r.u64("int")
		return int64(n), err
	}
	n, err := r.u32("int")
	return int64(int32(n)), err
}

func (r *Reader) float(flags uint32) (float64, error) {
	if flags&wide != 0 {
		n, err := r.u64("float")
		return math.Float64frombits(n), err
	}
	n, err := r.u32("float")
	return float64(math.Float32frombits(n)), err
}

// Of a NodePath's first three words.
const (
	pathMark     = 1 << 31 // in the first; without it, a form from before Godot 3
	pathAbsolute = 1 << 0  // in the third
	pathProperty = 1 << 1  // one more subname follows; not written any more
)

func (r *Reader) nodePath() (NodePath, error) {
	at := r.off
	names, err := r.u32("NodePath")
	if err != nil {
		return NodePath{}, err
	}
	if names&pathMark == 0 {
		r.off = at
		return NodePath{}, r.bad("a NodePath's number of names with the top bit set", fmt.Sprintf("%#x", names))
	}
	names &^= pathMark
	subnames, err := r.u32("NodePath")
	if err != nil {
		return NodePath{}, err
	}
	flags, err := r.u32("NodePath")
	if err != nil {
		return NodePath{}, err
	}
	p := NodePath{Absolute: flags&pathAbsolute != 0}
	total := names + subnames // the engine lets it wrap
	if flags&pathProperty != 0 {
		total++
	}
	for i := range total {
		if err := r.element(); err != nil {
			return NodePath{}, err
		}
		s, err := r.text()
		if err != nil {
			return NodePath{}, err
		}
		if i < names {
			p.Names = append(p.Names, s)
		} else {
			p.Subnames = append(p.Subnames, s)
		}
	}
	if p.IsEmpty() {
		p.Absolute = false
	}
	return p, nil
}

func (r *Reader) signal() (Signal, error) {
	name, err := r.text()
	if err != nil {
		return Signal{}, err
	}
	id, err := r.u64("a Signal's object")
	return Signal{name, id}, err
}

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
func (r *Reader) roomFor(claimed, size int) int { return min(claimed, r.Len()/size, 64) }

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
