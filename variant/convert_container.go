package variant

import (
	"fmt"
	"reflect"
)

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
		return misfit(dst, v)
	default:
		return misfit(dst, v)
	}
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
