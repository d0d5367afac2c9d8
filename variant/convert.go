package variant

import (
	"fmt"
	"math"
	"reflect"
)

// Convert puts a decoded value into what target points to. What fits:
//
//   - a value of the same type, and anything into an any;
//   - int into Go's integers and floats, float into Go's floats, and into
//     integers if it is a whole number, all within their range; a float is
//     rounded to float32;
//   - String, StringName and NodePath into each other and into Go's strings;
//   - Vector2i, Rect2i, Vector3i and Vector4i into the types without i;
//   - arrays of all types into slices and, with the same number of elements,
//     arrays of Go, if each element fits;
//   - Dictionary into a map, which is made anew, and into a struct, whose fields
//     are found by their names or tags (see Config.Append); other keys are
//     ignored, and fields without a key stay as they are;
//   - nil into pointers, slices, maps and Object;
//   - anything into an Unmarshaler.
//
// Slices may then share memory with v. Errors are TypeErrors with the path to
// the value, and those of Unmarshalers.
func Convert(v, target any) error {
	rv := reflect.ValueOf(target)
	if rv.Kind() != reflect.Pointer || rv.IsNil() {
		return &TypeError{Offset: -1, Want: "a pointer to convert into", Have: fmt.Sprintf("%T", target)}
	}
	if u, ok := target.(Unmarshaler); ok {
		return u.UnmarshalVariant(v)
	}
	return assign(rv.Elem(), v)
}

// assign is Convert for a value that can be set.
func assign(dst reflect.Value, v any) error {
	t := dst.Type()
	if t.Kind() != reflect.Pointer && reflect.PointerTo(t).Implements(unmarshalerType) {
		return dst.Addr().Interface().(Unmarshaler).UnmarshalVariant(v)
	}
	if v == nil {
		switch t.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Map, reflect.Interface:
		default:
			if t != reflect.TypeFor[Object]() {
				return misfit(dst, v)
			}
		}
		dst.SetZero()
		return nil
	}
	if reflect.TypeOf(v).AssignableTo(t) {
		dst.Set(reflect.ValueOf(v))
		return nil
	}
	if t.Kind() == reflect.Pointer {
		p := reflect.New(t.Elem())
		var err error
		if u, ok := p.Interface().(Unmarshaler); ok {
			err = u.UnmarshalVariant(v)
		} else {
			err = assign(p.Elem(), v)
		}
		if err == nil {
			dst.Set(p)
		}
		return err
	}
	if ok, err := assignNumber(dst, v); ok || err != nil {
		return err
	}
	if ok := assignSimilar(dst, v); ok {
		return nil
	}
	switch v := v.(type) {
	case Dictionary:
		return assignDictionary(dst, v)
	case TypedDictionary:
		return assignDictionary(dst, v.Pairs)
	case TypedArray:
		return assign(dst, v.Items)
	}
	if rv := reflect.ValueOf(v); rv.Kind() == reflect.Slice {
		return assignList(dst, rv, v)
	}
	return misfit(dst, v)
}

// misfit says what was wanted and what came.
func misfit(dst reflect.Value, v any) error {
	have := fmt.Sprintf("%T", v)
	if t, ok := typeOfGo(v); ok {
		have = t.String()
		if t <= TypeFloat && t != TypeNil {
			have = fmt.Sprintf("%s %v", have, v)
		}
	}
	return &TypeError{Offset: -1, Want: dst.Type().String(), Have: have}
}

// assignNumber is for values that are a bool or a number. ok is false for
// others.
func assignNumber(dst reflect.Value, v any) (ok bool, err error) {
	switch v := v.(type) {
	case bool:
		if dst.Kind() != reflect.Bool {
			return false, misfit(dst, v)
		}
		dst.SetBool(v)
	case int64:
		return true, assignInt(dst, v)
	case float64:
		return true, assignFloat(dst, v)
	default:
		return false, nil
	}
	return true, nil
}

func assignInt(dst reflect.Value, n int64) error {
	if _, exact := exactTypes[dst.Type()]; exact { // RID
		return misfit(dst, n)
	}
	switch {
	case dst.CanInt() && !dst.OverflowInt(n):
		dst.SetInt(n)
	case dst.CanUint() && n >= 0 && !dst.OverflowUint(uint64(n)):
		dst.SetUint(uint64(n))
	case dst.CanFloat() && float64(n) < math.MaxInt64 && int64(float64(n)) == n:
		dst.SetFloat(float64(n))
	default:
		return misfit(dst, n)
	}
	return nil
}

func assignFloat(dst reflect.Value, f float64) error {
	switch {
	case dst.CanFloat() && (math.IsInf(f, 0) || !dst.OverflowFloat(f)):
		dst.SetFloat(f)
		return nil
	case !dst.CanFloat() && f == math.Trunc(f) && f >= math.MinInt64 && f < math.MaxInt64:
		if assignInt(dst, int64(f)) == nil {
			return nil
		}
	}
	return misfit(dst, f)
}

// assignSimilar converts between types that mean the same. ok is false for
// others.
func assignSimilar(dst reflect.Value, v any) (ok bool) {
	var text string
	switch v := v.(type) {
	case string:
		text = v
	case StringName:
		text = string(v)
	case NodePath:
		text = v.String()
	case Vector2i:
		return set(dst, v.Vector2())
	case Rect2i:
		return set(dst, v.Rect2())
	case Vector3i:
		return set(dst, v.Vector3())
	case Vector4i:
		return set(dst, v.Vector4())
	default:
		return false
	}
	if dst.Kind() == reflect.String {
		dst.SetString(text)
		return true
	}
	return set(dst, Path(text))
}

// set sets dst if it has just that type.
func set(dst reflect.Value, v any) bool {
	rv := reflect.ValueOf(v)
	if rv.Type() != dst.Type() {
		return false
	}
	dst.Set(rv)
	return true
}

// elementOf is an element of a slice as a value of its own.
func elementOf(list reflect.Value, i int) any {
	switch v := list.Index(i).Interface().(type) {
	case byte:
		return int64(v)
	case int32:
		return int64(v)
	case float32:
		return float64(v)
	default:
		return v
	}
}

func assignList(dst, list reflect.Value, v any) error {
	n := list.Len()
	switch dst.Kind() {
	case reflect.Slice:
		if list.Type().ConvertibleTo(dst.Type()) { // the same elements
			dst.Set(list.Convert(dst.Type()))
			return nil
		}
		s := reflect.MakeSlice(dst.Type(), n, n)
		for i := range n {
			if err := assign(s.Index(i), elementOf(list, i)); err != nil {
				return within(err, fmt.Sprintf("[%d]", i))
			}
		}
		dst.Set(s)
		return nil
	case reflect.Array:
		if n != dst.Len() {
			return &TypeError{Offset: -1, Want: dst.Type().String(), Have: fmt.Sprintf("%d elements", n)}
		}
		for i := range n {
			if err := assign(dst.Index(i), elementOf(list, i)); err != nil {
				return within(err, fmt.Sprintf("[%d]", i))
			}
		}
		return nil
	case reflect.Struct:
		if dst.Type() == reflect.TypeFor[TypedArray]() {
			items := reflect.New(reflect.TypeFor[Array]()).Elem()
			if err := assign(items, v); err != nil {
				return err
			}
			dst.Set(reflect.ValueOf(TypedArray{Items: items.Interface().(Array)}))
			return nil
		}
	}
	return misfit(dst, v)
}

func assignDictionary(dst reflect.Value, pairs Dictionary) error {
	t := dst.Type()
	switch {
	case set(dst, pairs), set(dst, TypedDictionary{Pairs: pairs}):
		return nil
	case t.Kind() == reflect.Map:
		return assignMap(dst, pairs)
	}
	if _, exact := exactTypes[t]; exact || t.Kind() != reflect.Struct {
		return misfit(dst, pairs)
	}
	p, err := planOf(t)
	if err != nil {
		return err
	}
	for _, pair := range pairs {
		var name string
		switch k := pair.Key.(type) {
		case string:
			name = k
		case StringName:
			name = string(k)
		default:
			continue
		}
		if i, known := p.byName[name]; known {
			if err := assign(settable(dst, p.fields[i].index), pair.Value); err != nil {
				return within(err, "."+name)
			}
		}
	}
	return nil
}

// settable is a field; embedded pointers to it are made.
func settable(rv reflect.Value, index []int) reflect.Value {
	for i, n := range index {
		if i > 0 && rv.Kind() == reflect.Pointer {
			if rv.IsNil() {
				rv.Set(reflect.New(rv.Type().Elem()))
			}
			rv = rv.Elem()
		}
		rv = rv.Field(n)
	}
	return rv
}

func assignMap(dst reflect.Value, pairs Dictionary) error {
	t := dst.Type()
	m := reflect.MakeMapWithSize(t, len(pairs))
	for _, pair := range pairs {
		k, v := reflect.New(t.Key()).Elem(), reflect.New(t.Elem()).Elem()
		err := assign(k, pair.Key)
		if err == nil && !k.Comparable() {
			err = &TypeError{Offset: -1, Want: "a key that Go can compare", Have: fmt.Sprintf("%T", pair.Key)}
		}
		if err == nil {
			err = assign(v, pair.Value)
		}
		if err != nil {
			return within(err, keyPath(pair.Key))
		}
		m.SetMapIndex(k, v)
	}
	dst.Set(m)
	return nil
}
