package variant

import (
	"math"
	"reflect"
)

// appendKey appends bytes that are the same for values that Godot takes for
// the same key: of the same type and equal, where -0 is 0, NaN is NaN, and a
// StringName is a String. ok is false for what is a key of its own:
// dictionaries and objects, and arrays that have any. For Godot 3 that is the
// engine's rule; Godot 4 compares dictionaries by their pairs.
func appendKey(dst []byte, v any) (key []byte, ok bool) {
	switch v := v.(type) {
	case nil:
		return append(dst, byte(TypeNil)), true
	case bool:
		if v {
			return append(dst, byte(TypeBool), 1), true
		}
		return append(dst, byte(TypeBool), 0), true
	case int64:
		return le.AppendUint64(append(dst, byte(TypeInt)), uint64(v)), true
	case float64:
		return keyFloats(append(dst, byte(TypeFloat)), v), true
	case string:
		return keyText(append(dst, byte(TypeString)), v), true
	case StringName:
		return keyText(append(dst, byte(TypeString)), string(v)), true
	case NodePath:
		dst = append(dst, byte(TypeNodePath), byte(len(v.Names)), byte(len(v.Names)>>8), byte(len(v.Names)>>16))
		if v.Absolute {
			dst = append(dst, '/')
		}
		return keyTexts(keyTexts(dst, v.Names), v.Subnames), true
	case RID:
		return le.AppendUint64(append(dst, byte(TypeRID)), uint64(v)), true
	case Callable:
		return append(dst, byte(TypeCallable)), true
	case Signal:
		return le.AppendUint64(keyText(append(dst, byte(TypeSignal)), v.Name), v.Object), true
	case Array:
		return keyArray(dst, v)
	case TypedArray:
		return keyArray(dst, v.Items)
	case Dictionary, TypedDictionary, Object, *Object:
		return dst, false
	case []byte:
		return append(le.AppendUint32(append(dst, byte(TypeByteArray)), uint32(len(v))), v...), true
	case []int32:
		return Godot4.AppendInt32Array(append(dst, byte(TypeInt32Array)), v), true
	case []int64:
		dst = le.AppendUint32(append(dst, byte(TypeInt64Array)), uint32(len(v)))
		for _, n := range v {
			dst = le.AppendUint64(dst, uint64(n))
		}
		return dst, true
	case []float32:
		return keyFloats(le.AppendUint32(append(dst, byte(TypeFloat32Array)), uint32(len(v))), v...), true
	case []float64:
		return keyFloats(le.AppendUint32(append(dst, byte(TypeFloat64Array)), uint32(len(v))), v...), true
	case []string:
		return keyTexts(append(dst, byte(TypeStringArray)), v), true
	case []Vector2:
		return keyNumbers(append(dst, byte(TypeVector2Array)), v), true
	case []Vector3:
		return keyNumbers(append(dst, byte(TypeVector3Array)), v), true
	case []Vector4:
		return keyNumbers(append(dst, byte(TypeVector4Array)), v), true
	case []Color:
		return keyNumbers(append(dst, byte(TypeColorArray)), v), true
	}
	var f [maxNumbers]float32
	if t, f, ok := numbersOf(v, f[:0]); ok {
		return keyFloats(append(dst, byte(t)), f...), true
	}
	var n [maxNumbers]int32
	if t, n, ok := wholesOf(v, n[:0]); ok {
		dst = append(dst, byte(t))
		for _, n := range n {
			dst = le.AppendUint32(dst, uint32(n))
		}
		return dst, true
	}
	return keyOfGo(dst, v)
}

// keyOfGo is appendKey for Go's other numbers and texts.
func keyOfGo(dst []byte, v any) (key []byte, ok bool) {
	switch rv := reflect.ValueOf(v); {
	case rv.CanInt():
		return appendKey(dst, rv.Int())
	case rv.CanUint() && rv.Uint() <= math.MaxInt64:
		return appendKey(dst, int64(rv.Uint()))
	case rv.CanFloat():
		return appendKey(dst, rv.Float())
	case rv.Kind() == reflect.String:
		return appendKey(dst, rv.String())
	case rv.Kind() == reflect.Bool:
		return appendKey(dst, rv.Bool())
	}
	return dst, false
}

func keyArray(dst []byte, items Array) (key []byte, ok bool) {
	dst = le.AppendUint32(append(dst, byte(TypeArray)), uint32(len(items)))
	for _, v := range items {
		if dst, ok = appendKey(dst, v); !ok {
			return dst, false
		}
	}
	return dst, true
}

func keyText(dst []byte, s string) []byte {
	return append(le.AppendUint32(dst, uint32(len(s))), s...)
}

func keyTexts(dst []byte, list []string) []byte {
	dst = le.AppendUint32(dst, uint32(len(list)))
	for _, s := range list {
		dst = keyText(dst, s)
	}
	return dst
}

func keyFloats[F float32 | float64](dst []byte, list ...F) []byte {
	for _, f := range list {
		switch {
		case f != f:
			f = F(math.NaN())
		case f == 0:
			f = 0
		}
		dst = le.AppendUint64(dst, math.Float64bits(float64(f)))
	}
	return dst
}

func keyNumbers[V any](dst []byte, list []V) []byte {
	dst = le.AppendUint32(dst, uint32(len(list)))
	var buf [maxNumbers]float32
	for _, v := range list {
		_, f, _ := numbersOf(v, buf[:0])
		dst = keyFloats(dst, f...)
	}
	return dst
}
