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
