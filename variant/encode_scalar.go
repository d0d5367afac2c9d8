package variant

import (
	"fmt"
	"math"
	"strings"
	"unicode/utf8"
)

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
