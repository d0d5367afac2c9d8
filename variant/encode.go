package variant

import (
	"fmt"
	"math"
	"strings"
	"unicode/utf8"
)

// encoder appends values of any type.
type encoder struct {
	Config
	start int // of the outermost value
	depth int
}

// size says whether too much was appended.
func (e *encoder) size(dst []byte) error {
	if n := len(dst) - e.start; n > e.MaxBytes {
		return &LimitError{"MaxBytes", e.MaxBytes, n}
	}
	return nil
}

// enter begins a container; leave ends it.
func (e *encoder) enter(dst []byte) error {
	if e.depth++; e.depth > e.MaxDepth {
		return &LimitError{"MaxDepth", e.MaxDepth, len(dst) - e.start}
	}
	return e.size(dst)
}

func (e *encoder) leave() { e.depth-- }

// value appends v. The types that are quickest to tell come first.
func (e *encoder) value(dst []byte, v any) ([]byte, error) {
	d := e.Dialect
	switch v := v.(type) {
	case nil:
		return d.AppendNil(dst), nil
	case bool:
		return d.AppendBool(dst, v), nil
	case int:
		return d.AppendInt(dst, int64(v)), nil
	case int64:
		return d.AppendInt(dst, v), nil
	case int32:
		return d.AppendInt(dst, int64(v)), nil
	case float64:
		return d.AppendFloat(dst, v), nil
	case float32:
		return d.AppendFloat(dst, float64(v)), nil
	case string:
		return e.text(dst, TypeString, v)
	case StringName:
		return e.text(dst, TypeStringName, string(v))
	case Vector2:
		return d.AppendVector2(dst, v), nil
	case Vector3:
		return d.AppendVector3(dst, v), nil
	case Array:
		return e.array(dst, ElementType{}, v)
	case Dictionary:
		return e.dictionary(dst, ElementType{}, ElementType{}, v)
	case NodePath:
		return e.nodePath(dst, v)
	case Object:
		return e.object(dst, v)
	case *Object:
		if v == nil {
			return d.AppendNil(dst), nil
		}
		return e.object(dst, *v)
	case RID:
		dst = d.header(dst, TypeRID, 0)
		if d == Godot3 {
			return dst, nil
		}
		return le.AppendUint64(dst, uint64(v)), nil
	case Callable:
		return e.typed(dst, TypeCallable)
	case Signal:
		return e.signal(dst, v)
	case TypedArray:
		return e.array(dst, v.Element, v.Items)
	case TypedDictionary:
		return e.dictionary(dst, v.Key, v.Value, v.Pairs)
	}
	if dst, ok, err := e.pool(dst, v); ok || err != nil {
		return dst, err
	}
	if dst, ok, err := e.numbers(dst, v); ok || err != nil {
		return dst, err
	}
	return e.goValue(dst, v)
}

// typed appends the header of a type that the dialect may not have.
func (e *encoder) typed(dst []byte, t Type) ([]byte, error) {
	if e.Dialect.id(t) == absent {
		return dst, &TypeError{Offset: -1, Want: "a type of " + e.Dialect.String(), Have: t.String()}
	}
	return e.Dialect.header(dst, t, 0), nil
}

// numbers appends a value that is a fixed count of numbers.
func (e *encoder) numbers(dst []byte, v any) (_ []byte, ok bool, err error) {
	var fb [maxNumbers]float32
	if t, f, ok := numbersOf(v, fb[:0]); ok {
		dst, err = e.typed(dst, t)
		return appendFloats(dst, f...), true, err
	}
	var nb [maxNumbers]int32
	t, n, ok := wholesOf(v, nb[:0])
	if !ok {
		return dst, false, nil
	}
	dst, err = e.typed(dst, t)
	for _, n := range n {
		dst = le.AppendUint32(dst, uint32(n))
	}
	return dst, true, err
}

// pool appends a value that is a slice of a pool type.
func (e *encoder) pool(dst []byte, v any) (_ []byte, ok bool, err error) {
	d := e.Dialect
	switch v := v.(type) {
	case []byte:
		return d.AppendByteArray(dst, v), true, nil
	case []int32:
		return d.AppendInt32Array(dst, v), true, nil
	case []float32:
		return d.AppendFloat32Array(dst, v), true, nil
	case []string:
		for i, s := range v {
			if err := e.checkText(s); err != nil {
				return dst, true, within(err, fmt.Sprintf("[%d]", i))
			}
		}
		return d.AppendStringArray(dst, v), true, nil
	case []Vector2:
		return d.AppendVector2Array(dst, v), true, nil
	case []Vector3:
		return d.AppendVector3Array(dst, v), true, nil
	case []Color:
		return d.AppendColorArray(dst, v), true, nil
	case []int64:
		if d == Godot3 {
			return dst, false, nil // no pool type: an Array
		}
		dst = le.AppendUint32(d.header(dst, TypeInt64Array, 0), uint32(len(v)))
		for _, n := range v {
			dst = le.AppendUint64(dst, uint64(n))
		}
		return dst, true, nil
	case []float64:
		if d == Godot3 {
			return dst, false, nil
		}
		dst = le.AppendUint32(d.header(dst, TypeFloat64Array, 0), uint32(len(v)))
		for _, f := range v {
			dst = le.AppendUint64(dst, math.Float64bits(f))
		}
		return dst, true, nil
	case []Vector4:
		if dst, err = e.typed(dst, TypeVector4Array); err != nil {
			return dst, true, err
		}
		dst = le.AppendUint32(dst, uint32(len(v)))
		for _, p := range v {
			dst = appendFloats(dst, p.X, p.Y, p.Z, p.W)
		}
		return dst, true, nil
	}
	return dst, false, nil
}

func (e *encoder) text(dst []byte, t Type, s string) ([]byte, error) {
	if err := e.checkText(s); err != nil {
		return dst, err
	}
	dst, err := e.typed(dst, t)
	return appendText(dst, s), err
}

// checkText refuses what would not arrive.
func (e *encoder) checkText(s string) error {
	if i := strings.IndexByte(s, 0); i >= 0 {
		return &TypeError{Offset: -1, Want: "text", Have: fmt.Sprintf("a zero byte at %d, where Godot ends a text", i)}
	}
	if !utf8.ValidString(s) {
		if i := e.Dialect.badText(s); i >= 0 {
			return &TypeError{Offset: -1, Want: "text", Have: fmt.Sprintf("no UTF-8 at byte %d: %#02x", i, s[i])}
		}
	}
	return nil
}

func (e *encoder) nodePath(dst []byte, p NodePath) ([]byte, error) {
	for _, list := range [...][]string{p.Names, p.Subnames} {
		for _, s := range list {
			if err := e.checkText(s); err != nil {
				return dst, err
			}
		}
	}
	return e.Dialect.AppendNodePath(dst, p), nil
}

func (e *encoder) signal(dst []byte, s Signal) ([]byte, error) {
	dst, err := e.text(dst, TypeSignal, s.Name)
	return le.AppendUint64(dst, s.Object), err
}

func (e *encoder) object(dst []byte, o Object) ([]byte, error) {
	d := e.Dialect
	switch {
	case o.Class == "" && o.ID == 0:
		return d.AppendNil(dst), nil
	case o.Class == "" || o.ID != 0 && !e.AllowObjects:
		return le.AppendUint64(d.header(dst, TypeObject, wide), o.ID), nil
	case !e.AllowObjects:
		return dst, fmt.Errorf("%w: a %s without an id", ErrObject, o.Class)
	}
	if err := e.enter(dst); err != nil {
		return dst, err
	}
	defer e.leave()
	dst, err := e.text(dst, TypeObject, o.Class)
	if err != nil {
		return dst, err
	}
	dst = le.AppendUint32(dst, uint32(len(o.Properties)))
	for _, p := range o.Properties {
		if err := e.checkText(p.Name); err != nil {
			return dst, err
		}
		if dst, err = e.value(appendText(dst, p.Name), p.Value); err != nil {
			return dst, within(err, "."+p.Name)
		}
	}
	return dst, nil
}

func (e *encoder) array(dst []byte, t ElementType, items Array) ([]byte, error) {
	if err := e.enter(dst); err != nil {
		return dst, err
	}
	defer e.leave()
	kind, err := e.kind(t)
	if err != nil {
		return dst, err
	}
	dst = e.elementType(e.Dialect.header(dst, TypeArray, kind<<kindShift), kind, t)
	dst = le.AppendUint32(dst, uint32(len(items)))
	for i, v := range items {
		if err := e.fits(t, v); err != nil {
			return dst, within(err, fmt.Sprintf("[%d]", i))
		}
		if dst, err = e.value(dst, v); err != nil {
			return dst, within(err, fmt.Sprintf("[%d]", i))
		}
		if err := e.size(dst); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

func (e *encoder) dictionary(dst []byte, kt, vt ElementType, pairs Dictionary) ([]byte, error) {
	if err := e.enter(dst); err != nil {
		return dst, err
	}
	defer e.leave()
	kk, err := e.kind(kt)
	if err != nil {
		return dst, err
	}
	vk, err := e.kind(vt)
	if err != nil {
		return dst, err
	}
	dst = e.Dialect.header(dst, TypeDictionary, kk<<kindShift|vk<<valueKindShift)
	dst = e.elementType(e.elementType(dst, kk, kt), vk, vt)
	dst = le.AppendUint32(dst, uint32(len(pairs)))
	for _, p := range pairs {
		if err := e.fits(kt, p.Key); err != nil {
			return dst, within(err, keyPath(p.Key))
		}
		if err := e.fits(vt, p.Value); err != nil {
			return dst, within(err, keyPath(p.Key))
		}
		if dst, err = e.value(dst, p.Key); err != nil {
			return dst, within(err, keyPath(p.Key))
		}
		if dst, err = e.value(dst, p.Value); err != nil {
			return dst, within(err, keyPath(p.Key))
		}
		if err := e.size(dst); err != nil {
			return dst, err
		}
	}
	return dst, nil
}
