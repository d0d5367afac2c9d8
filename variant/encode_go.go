package variant

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"reflect"
	"slices"
)

// goValue appends what is none of the package's own types.
func (e *encoder) goValue(dst []byte, v any) ([]byte, error) {
	if m, ok := v.(Marshaler); ok {
		return e.marshaler(dst, m)
	}
	return e.reflected(dst, reflect.ValueOf(v))
}

func (e *encoder) marshaler(dst []byte, m Marshaler) ([]byte, error) {
	if rv := reflect.ValueOf(m); rv.Kind() == reflect.Pointer && rv.IsNil() {
		return e.Dialect.AppendNil(dst), nil
	}
	if err := e.enter(dst); err != nil { // it may stand for itself
		return dst, err
	}
	defer e.leave()
	v, err := m.MarshalVariant()
	if err != nil {
		return dst, err
	}
	return e.value(dst, v)
}

// reflected appends a value by its kind.
func (e *encoder) reflected(dst []byte, rv reflect.Value) ([]byte, error) {
	switch rv.Kind() {
	case reflect.Bool:
		return e.Dialect.AppendBool(dst, rv.Bool()), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return e.Dialect.AppendInt(dst, rv.Int()), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		n := rv.Uint()
		if n > math.MaxInt64 {
			return dst, &TypeError{Offset: -1, Want: "an int of 64 bits with sign", Have: fmt.Sprintf("%s %d", rv.Type(), n)}
		}
		return e.Dialect.AppendInt(dst, int64(n)), nil
	case reflect.Float32, reflect.Float64:
		return e.Dialect.AppendFloat(dst, rv.Float()), nil
	case reflect.String:
		return e.text(dst, TypeString, rv.String())
	case reflect.Pointer, reflect.Interface:
		return e.pointed(dst, rv)
	case reflect.Slice, reflect.Array:
		return e.list(dst, rv)
	case reflect.Map:
		return e.mapping(dst, rv)
	case reflect.Struct:
		return e.fields(dst, rv)
	default:
		return dst, &TypeError{Offset: -1, Want: "a type that Godot has", Have: rv.Type().String()}
	}
}

// inside appends a value that is part of another one.
func (e *encoder) inside(dst []byte, rv reflect.Value) ([]byte, error) {
	t := rv.Type()
	if _, exact := exactTypes[t]; exact || t.Implements(marshalerType) {
		return e.value(dst, rv.Interface())
	}
	if rv.CanAddr() && reflect.PointerTo(t).Implements(marshalerType) {
		return e.value(dst, rv.Addr().Interface())
	}
	return e.reflected(dst, rv)
}

func (e *encoder) pointed(dst []byte, rv reflect.Value) ([]byte, error) {
	if rv.IsNil() {
		return e.Dialect.AppendNil(dst), nil
	}
	if err := e.enter(dst); err != nil { // it may lead to itself
		return dst, err
	}
	defer e.leave()
	return e.inside(dst, rv.Elem())
}

// list appends a slice or an array: as a pool array if one has such elements,
// otherwise as an Array.
func (e *encoder) list(dst []byte, rv reflect.Value) ([]byte, error) {
	plain := reflect.SliceOf(rv.Type().Elem())
	if _, pool := exactTypes[plain]; pool && rv.Type() != plain {
		if rv.Kind() == reflect.Array {
			s := reflect.MakeSlice(plain, rv.Len(), rv.Len())
			reflect.Copy(s, rv)
			rv = s
		}
		return e.value(dst, rv.Convert(plain).Interface())
	}
	if err := e.enter(dst); err != nil {
		return dst, err
	}
	defer e.leave()
	dst = e.Dialect.AppendArrayHeader(dst, rv.Len())
	for i := range rv.Len() {
		var err error
		if dst, err = e.inside(dst, rv.Index(i)); err != nil {
			return dst, within(err, fmt.Sprintf("[%d]", i))
		}
		if err = e.size(dst); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

// mapping appends a map as a Dictionary in the order of its keys.
func (e *encoder) mapping(dst []byte, rv reflect.Value) ([]byte, error) {
	if err := e.enter(dst); err != nil {
		return dst, err
	}
	defer e.leave()
	keys := rv.MapKeys()
	if err := e.sort(keys, rv.Type().Key().Kind()); err != nil {
		return dst, err
	}
	dst = e.Dialect.AppendDictionaryHeader(dst, len(keys))
	for _, k := range keys {
		var err error
		if dst, err = e.inside(dst, k); err == nil {
			dst, err = e.inside(dst, rv.MapIndex(k))
		}
		if err != nil {
			return dst, within(err, keyPath(k.Interface()))
		}
		if err = e.size(dst); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

// sort puts the keys of a map into ascending order.
func (e *encoder) sort(keys []reflect.Value, kind reflect.Kind) error {
	switch kind {
	case reflect.String:
		slices.SortFunc(keys, func(a, b reflect.Value) int { return cmp.Compare(a.String(), b.String()) })
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		slices.SortFunc(keys, func(a, b reflect.Value) int { return cmp.Compare(a.Int(), b.Int()) })
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		slices.SortFunc(keys, func(a, b reflect.Value) int { return cmp.Compare(a.Uint(), b.Uint()) })
	case reflect.Float32, reflect.Float64:
		slices.SortFunc(keys, func(a, b reflect.Value) int { return cmp.Compare(a.Float(), b.Float()) })
	default:
		return e.sortEncoded(keys)
	}
	return nil
}

func (e *encoder) sortEncoded(keys []reflect.Value) error {
	type encoded struct {
		key   reflect.Value
		bytes []byte
	}
	list := make([]encoded, len(keys))
	for i, k := range keys {
		inner := encoder{Config: e.Config, depth: e.depth}
		b, err := inner.inside(nil, k)
		if err != nil {
			return within(err, keyPath(k.Interface()))
		}
		list[i] = encoded{k, b}
	}
	slices.SortFunc(list, func(a, b encoded) int { return bytes.Compare(a.bytes, b.bytes) })
	for i, l := range list {
		keys[i] = l.key
	}
	return nil
}

// fields appends a struct as a Dictionary.
func (e *encoder) fields(dst []byte, rv reflect.Value) ([]byte, error) {
	if err := e.enter(dst); err != nil {
		return dst, err
	}
	defer e.leave()
	plan, err := planOf(rv.Type())
	if err != nil {
		return dst, err
	}
	count, at := 0, len(dst)+4
	dst = e.Dialect.AppendDictionaryHeader(dst, 0)
	for _, f := range plan.fields {
		fv, ok := fieldOf(rv, f.index)
		if !ok || f.omitEmpty && fv.IsZero() {
			continue
		}
		count++
		if dst, err = e.text(dst, TypeString, f.name); err == nil {
			dst, err = e.inside(dst, fv)
		}
		if err != nil {
			return dst, within(err, "."+f.name)
		}
		if err = e.size(dst); err != nil {
			return dst, err
		}
	}
	le.PutUint32(dst[at:], uint32(count))
	return dst, nil
}

// fieldOf is a field that may be inside embedded pointers; ok is false if one
// of them is nil.
func fieldOf(rv reflect.Value, index []int) (_ reflect.Value, ok bool) {
	for i, n := range index {
		if i > 0 && rv.Kind() == reflect.Pointer {
			if rv.IsNil() {
				return rv, false
			}
			rv = rv.Elem()
		}
		rv = rv.Field(n)
	}
	return rv, true
}
