package variant

import "strconv"

// part is a member of a value's JSON that holds some of its numbers: one, a
// list, or a list of lists.
type part struct {
	name        string
	lists, size int // no lists: size numbers in one; no size: a single number
}

func singles(names ...string) (parts []part) {
	for _, n := range names {
		parts = append(parts, part{name: n})
	}
	return parts
}

// layouts are the parts of the types that are a fixed count of numbers, in the
// order of the wire.
var layouts = map[Type][]part{
	TypeVector2:     singles("x", "y"),
	TypeVector2i:    singles("x", "y"),
	TypeRect2:       {{"position", 0, 2}, {"size", 0, 2}},
	TypeRect2i:      {{"position", 0, 2}, {"size", 0, 2}},
	TypeVector3:     singles("x", "y", "z"),
	TypeVector3i:    singles("x", "y", "z"),
	TypeTransform2D: {{"x_axis", 0, 2}, {"y_axis", 0, 2}, {"origin", 0, 2}},
	TypeVector4:     singles("x", "y", "z", "w"),
	TypeVector4i:    singles("x", "y", "z", "w"),
	TypePlane:       {{"normal", 0, 3}, {"d", 0, 0}},
	TypeQuat:        singles("x", "y", "z", "w"),
	TypeAABB:        {{"position", 0, 3}, {"size", 0, 3}},
	TypeBasis:       {{"rows", 3, 3}},
	TypeTransform:   {{"basis_rows", 3, 3}, {"origin", 0, 3}},
	TypeProjection:  {{"columns", 4, 4}},
	TypeColor:       singles("r", "g", "b", "a"),
}

// numbers writes the types that are lists of numbers or texts.
func (w jsonWriter) numbers(dst []byte, t Type, v any) []byte {
	if layout := layouts[t]; layout != nil {
		var fb [maxNumbers]float32
		var nb [maxNumbers]int32
		_, f, isFloat := numbersOf(v, fb[:0])
		_, n, _ := wholesOf(v, nb[:0])
		return w.parts(dst, layout, func(dst []byte, i int) []byte {
			if isFloat {
				return jsonFloat32(dst, f[i])
			}
			return strconv.AppendInt(dst, int64(n[i]), 10)
		})
	}
	dst = append(dst, `,"items":`...)
	switch v := v.(type) {
	case []byte:
		return w.list(dst, len(v), func(dst []byte, i int) []byte { return strconv.AppendUint(dst, uint64(v[i]), 10) })
	case []int32:
		return w.list(dst, len(v), func(dst []byte, i int) []byte { return strconv.AppendInt(dst, int64(v[i]), 10) })
	case []int64:
		return w.list(dst, len(v), func(dst []byte, i int) []byte {
			return append(strconv.AppendInt(append(dst, '"'), v[i], 10), '"')
		})
	case []float32:
		return w.list(dst, len(v), func(dst []byte, i int) []byte { return jsonFloat32(dst, v[i]) })
	case []float64:
		return w.list(dst, len(v), func(dst []byte, i int) []byte { return jsonFloat64(dst, v[i]) })
	case []string:
		return w.list(dst, len(v), func(dst []byte, i int) []byte { return jsonText(dst, v[i]) })
	case []Vector2:
		return jsonGroups(w, dst, v)
	case []Vector3:
		return jsonGroups(w, dst, v)
	case []Vector4:
		return jsonGroups(w, dst, v)
	case []Color:
		return jsonGroups(w, dst, v)
	}
	panic("variant: no JSON for " + t.String())
}

// parts writes the parts of a layout; write writes the number at an index.
func (w jsonWriter) parts(dst []byte, layout []part, write func([]byte, int) []byte) []byte {
	at := 0
	row := func(dst []byte, n int) []byte {
		dst = w.list(dst, n, func(dst []byte, i int) []byte { return write(dst, at+i) })
		at += n
		return dst
	}
	for _, p := range layout {
		dst = append(append(append(dst, `,"`...), p.name...), `":`...)
		switch {
		case p.lists > 0:
			dst = w.list(dst, p.lists, func(dst []byte, _ int) []byte { return row(dst, p.size) })
		case p.size > 0:
			dst = row(dst, p.size)
		default:
			dst = write(dst, at)
			at++
		}
	}
	return dst
}

// jsonGroups writes elements that are lists of numbers.
func jsonGroups[T any](w jsonWriter, dst []byte, v []T) []byte {
	return w.list(dst, len(v), func(dst []byte, i int) []byte {
		var buf [maxNumbers]float32
		_, f, _ := numbersOf(v[i], buf[:0])
		return w.list(dst, len(f), func(dst []byte, i int) []byte { return jsonFloat32(dst, f[i]) })
	})
}
