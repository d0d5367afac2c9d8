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
	default:
		if n := numberCount[t]; n > 0 {
			return r.fixed(t, n, flags)
		}
		return r.pool(t, flags)
	}
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
