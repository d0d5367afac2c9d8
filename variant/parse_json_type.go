package variant

import "fmt"

func (o object) nodePath() (p NodePath, err error) {
	if o["names"] == nil && o["subnames"] == nil {
		text, err := member(o, "text", jsonString)
		return Path(text), err
	}
	for name, list := range map[string]*[]string{"names": &p.Names, "subnames": &p.Subnames} {
		items, err := member(o, name, listOf(jsonString))
		if err != nil {
			return p, err
		}
		if len(items) > 0 {
			*list = items
		}
	}
	p.Absolute, err = member(o, "absolute", jsonBool)
	return p, err
}

func (o object) signal() (s Signal, err error) {
	if s.Name, err = member(o, "name", jsonString); err == nil {
		s.Object, err = member(o, "object_id", jsonUint)
	}
	return s, err
}

// two reads a list of two.
func two(v any, what string) ([]any, error) {
	pair, ok := v.([]any)
	if !ok || len(pair) != 2 {
		return nil, wrong("a list of "+what, v)
	}
	return pair, nil
}

func (o object) array() (any, error) {
	items, err := member(o, "items", listOf(jsonValue))
	if err != nil || o["elem_type"] == nil {
		return boxed(items, err)
	}
	t, err := member(o, "elem_type", jsonElementType)
	return TypedArray{t, items}, err
}

func (o object) dictionary() (any, error) {
	pairs, err := member(o, "pairs", listOf(func(v any) (p Pair, err error) {
		pair, err := two(v, "a key and a value")
		if err != nil {
			return p, err
		}
		if p.Key, err = jsonValue(pair[0]); err != nil {
			return p, within(err, "[0]")
		}
		p.Value, err = jsonValue(pair[1])
		return p, within(err, "[1]")
	}))
	if err != nil {
		return nil, err
	}
	in := inserter{pairs: make(Dictionary, 0, len(pairs))}
	for _, p := range pairs {
		in.add(p.Key, p.Value)
	}
	if o["key_type"] == nil && o["value_type"] == nil {
		return in.pairs, nil
	}
	kt, err := member(o, "key_type", jsonElementType)
	if err != nil {
		return nil, err
	}
	vt, err := member(o, "value_type", jsonElementType)
	return TypedDictionary{kt, vt, in.pairs}, err
}

func jsonElementType(v any) (t ElementType, err error) {
	if v == nil {
		return t, nil
	}
	m, _ := v.(map[string]any)
	o := object(m)
	name, _ := o["builtin"].(string)
	var known bool
	if t.Type, known = typesByName[name]; !known {
		return t, wrong(`an element type like {"builtin": "int"}`, v)
	}
	if o["class"] != nil {
		if t.Class, err = member(o, "class", jsonString); err != nil {
			return t, err
		}
	}
	if o["script"] != nil {
		t.Script, err = member(o, "script", jsonString)
	}
	return t, err
}

// fixed reads a value that is a fixed count of numbers.
func (o object) fixed(t Type, layout []part) (any, error) {
	var f []float32
	var n []int32
	number := func(v any) (struct{}, error) {
		if t.isWhole() {
			x, err := jsonInt32(v)
			n = append(n, x)
			return struct{}{}, err
		}
		x, err := jsonReal32(v)
		f = append(f, x)
		return struct{}{}, err
	}
	row := func(size int) func(any) (struct{}, error) {
		return func(v any) (struct{}, error) {
			list, err := listOf(number)(v)
			if err == nil && len(list) != size {
				err = wrong(fmt.Sprintf("%d numbers", size), v)
			}
			return struct{}{}, err
		}
	}
	for _, p := range layout {
		var err error
		switch {
		case p.lists > 0:
			var lists []struct{}
			lists, err = member(o, p.name, listOf(row(p.size)))
			if err == nil && len(lists) != p.lists {
				err = within(wrong(fmt.Sprintf("%d lists", p.lists), o[p.name]), "."+p.name)
			}
		case p.size > 0:
			_, err = member(o, p.name, row(p.size))
		default:
			_, err = member(o, p.name, number)
		}
		if err != nil {
			return nil, err
		}
	}
	if t.isWhole() {
		return ofWholes(t, n), nil
	}
	return ofNumbers(t, f), nil
}

func (o object) pool(t Type) (any, error) {
	switch t {
	case TypeByteArray:
		return boxed(member(o, "items", listOf(func(v any) (byte, error) {
			n, err := jsonInt(v)
			if err == nil && n != int64(byte(n)) {
				err = wrong("a byte", v)
			}
			return byte(n), err
		})))
	case TypeInt32Array:
		return boxed(member(o, "items", listOf(jsonInt32)))
	case TypeInt64Array:
		return boxed(member(o, "items", listOf(jsonInt)))
	case TypeFloat32Array:
		return boxed(member(o, "items", listOf(jsonReal32)))
	case TypeFloat64Array:
		return boxed(member(o, "items", listOf(jsonReal)))
	case TypeStringArray:
		return boxed(member(o, "items", listOf(jsonString)))
	case TypeVector2Array:
		return boxed(member(o, "items", listOf(jsonGroup[Vector2](TypeVector2))))
	case TypeVector3Array:
		return boxed(member(o, "items", listOf(jsonGroup[Vector3](TypeVector3))))
	case TypeColorArray:
		return boxed(member(o, "items", listOf(jsonGroup[Color](TypeColor))))
	case TypeVector4Array:
		return boxed(member(o, "items", listOf(jsonGroup[Vector4](TypeVector4))))
	default:
		panic("variant: no JSON for " + t.String())
	}
}

// jsonGroup reads an element that is a list of numbers.
func jsonGroup[T any](t Type) func(any) (T, error) {
	return func(v any) (T, error) {
		var zero T
		f, err := listOf(jsonReal32)(v)
		if err != nil {
			return zero, err
		}
		if len(f) != numberCount[t] {
			return zero, wrong(fmt.Sprintf("%d numbers", numberCount[t]), v)
		}
		return ofNumbers(t, f).(T), nil
	}
}
