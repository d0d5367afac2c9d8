package variant

import (
	"fmt"
	"math"
)

// pool reads a pool array.
func (r *Reader) pool(t Type, flags uint32) (any, error) {
	switch t {
	case TypeByteArray:
		b, err := r.byteArray()
		if err != nil {
			return nil, err
		}
		return append(make([]byte, 0, len(b)), b...), nil
	case TypeInt32Array:
		n, err := r.elementCount(t, 4)
		if err != nil {
			return nil, err
		}
		list := make([]int32, n)
		return list, r.wholes(list, t)
	case TypeInt64Array:
		return poolOf(r, t, 8, func() (int64, error) {
			n, err := r.u64("int")
			return int64(n), err
		})
	case TypeFloat32Array:
		n, err := r.elementCount(t, 4)
		if err != nil {
			return nil, err
		}
		list := make([]float32, n)
		return list, r.floats(list, 0, t)
	case TypeFloat64Array:
		return poolOf(r, t, 8, func() (float64, error) {
			n, err := r.u64("float")
			return math.Float64frombits(n), err
		})
	case TypeStringArray:
		return r.stringArray()
	case TypeVector2Array:
		return numberPool(r, t, flags, 2, func(f []float32) Vector2 { return Vector2{f[0], f[1]} })
	case TypeVector3Array:
		return numberPool(r, t, flags, 3, func(f []float32) Vector3 { return Vector3{f[0], f[1], f[2]} })
	case TypeColorArray:
		return numberPool(r, t, flags, 4, func(f []float32) Color { return Color{f[0], f[1], f[2], f[3]} })
	case TypeVector4Array:
		return numberPool(r, t, flags, 4, func(f []float32) Vector4 { return Vector4{f[0], f[1], f[2], f[3]} })
	default:
		panic("variant: no reader for " + t.String())
	}
}

// elementCount reads the number of elements of a size, and makes sure that
// they are there.
func (r *Reader) elementCount(t Type, size int) (int, error) {
	name := r.cfg.Dialect.TypeName(t)
	at := r.off
	u, err := r.u32(name + "'s number of elements")
	if err != nil {
		return 0, err
	}
	n := int(int32(u))
	if n < 0 || n > r.Len()/size {
		return 0, &SyntaxError{
			at, fmt.Sprintf("%s's number of elements and %d bytes for each", name, size),
			fmt.Sprintf("%d and %d bytes", n, r.Len()), ErrInvalidData,
		}
	}
	return n, r.size(n * size)
}

// size says whether the value is too large with n more bytes.
func (r *Reader) size(n int) error {
	if r.off-r.start > r.cfg.MaxBytes-n {
		return &LimitError{"MaxBytes", r.cfg.MaxBytes, r.off}
	}
	return nil
}

// byteArray reads bytes, which stay those of the input. At the very end
// the padding may be missing.
func (r *Reader) byteArray() ([]byte, error) {
	n, err := r.elementCount(TypeByteArray, 1)
	if err != nil {
		return nil, err
	}
	b := r.buf[r.off : r.off+n : r.off+n]
	r.off = min(r.off+n+pad(n), len(r.buf))
	return b, nil
}

func (r *Reader) stringArray() (any, error) {
	u, err := r.u32("an array's number of texts")
	if err != nil {
		return nil, err
	}
	n := max(int(int32(u)), 0) // as in the engine
	list := make([]string, 0, r.roomFor(n, 4))
	for range n {
		if err := r.element(); err != nil {
			return nil, err
		}
		s, err := r.text()
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, nil
}

func poolOf[T any](r *Reader, t Type, size int, next func() (T, error)) (any, error) {
	n, err := r.elementCount(t, size)
	if err != nil {
		return nil, err
	}
	list := make([]T, n)
	for i := range list {
		if list[i], err = next(); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func numberPool[T any](r *Reader, t Type, flags uint32, count int, of func([]float32) T) (any, error) {
	size := 4 * count
	if r.cfg.Dialect == Godot4 && flags&wide != 0 && t != TypeColorArray {
		size = 8 * count
	}
	var f [4]float32
	return poolOf(r, t, size, func() (T, error) {
		err := r.floats(f[:count], flags, t)
		return of(f[:count]), err
	})
}
