package variant

import "math"

// ReadNil reads null.
func (r *Reader) ReadNil() error {
	_, err := r.begin(TypeNil)
	return err
}

// ReadBool reads a bool.
func (r *Reader) ReadBool() (bool, error) {
	at := r.off
	_, err := r.begin(TypeBool)
	if err != nil {
		return false, err
	}
	n, err := r.u32("bool")
	return n != 0, r.or(at, err)
}

// ReadInt reads an int of either width.
func (r *Reader) ReadInt() (int64, error) {
	at := r.off
	flags, err := r.begin(TypeInt)
	if err != nil {
		return 0, err
	}
	n, err := r.int(flags)
	return n, r.or(at, err)
}

// ReadFloat reads a float of either width.
func (r *Reader) ReadFloat() (float64, error) {
	at := r.off
	flags, err := r.begin(TypeFloat)
	if err != nil {
		return 0, err
	}
	f, err := r.float(flags)
	return f, r.or(at, err)
}

// ReadString reads a String, or a StringName.
func (r *Reader) ReadString() (string, error) {
	b, err := r.ReadStringBytes()
	return string(b), err
}

// ReadStringBytes is ReadString without a copy: the bytes of valid UTF-8 are
// those of the input.
func (r *Reader) ReadStringBytes() ([]byte, error) {
	at := r.off
	want := TypeString
	if t, _, err := r.head(); err == nil && t == TypeStringName {
		want = t
	}
	if _, err := r.begin(want); err != nil {
		return nil, err
	}
	b, err := r.textBytes()
	return b, r.or(at, err)
}

// ReadVector2 reads a Vector2.
func (r *Reader) ReadVector2() (Vector2, error) {
	var f [2]float32
	err := r.numbers(TypeVector2, f[:])
	return Vector2{f[0], f[1]}, err
}

// ReadRect2 reads a Rect2.
func (r *Reader) ReadRect2() (Rect2, error) {
	var f [4]float32
	err := r.numbers(TypeRect2, f[:])
	return Rect2{Vector2{f[0], f[1]}, Vector2{f[2], f[3]}}, err
}

// ReadVector3 reads a Vector3.
func (r *Reader) ReadVector3() (Vector3, error) {
	var f [3]float32
	err := r.numbers(TypeVector3, f[:])
	return Vector3{f[0], f[1], f[2]}, err
}

// ReadTransform2D reads a Transform2D.
func (r *Reader) ReadTransform2D() (Transform2D, error) {
	var f [6]float32
	err := r.numbers(TypeTransform2D, f[:])
	return Transform2D{Vector2{f[0], f[1]}, Vector2{f[2], f[3]}, Vector2{f[4], f[5]}}, err
}

// ReadPlane reads a Plane.
func (r *Reader) ReadPlane() (Plane, error) {
	var f [4]float32
	err := r.numbers(TypePlane, f[:])
	return Plane{Vector3{f[0], f[1], f[2]}, f[3]}, err
}

// ReadQuat reads a Quat.
func (r *Reader) ReadQuat() (Quat, error) {
	var f [4]float32
	err := r.numbers(TypeQuat, f[:])
	return Quat{f[0], f[1], f[2], f[3]}, err
}

// ReadAABB reads an AABB.
func (r *Reader) ReadAABB() (AABB, error) {
	var f [6]float32
	err := r.numbers(TypeAABB, f[:])
	return AABB{Vector3{f[0], f[1], f[2]}, Vector3{f[3], f[4], f[5]}}, err
}

// ReadBasis reads a Basis.
func (r *Reader) ReadBasis() (Basis, error) {
	var f [9]float32
	err := r.numbers(TypeBasis, f[:])
	return basisOf(f[:]), err
}

// ReadTransform reads a Transform.
func (r *Reader) ReadTransform() (Transform, error) {
	var f [12]float32
	err := r.numbers(TypeTransform, f[:])
	return Transform{basisOf(f[:]), Vector3{f[9], f[10], f[11]}}, err
}

// ReadColor reads a Color.
func (r *Reader) ReadColor() (Color, error) {
	var f [4]float32
	err := r.numbers(TypeColor, f[:])
	return Color{f[0], f[1], f[2], f[3]}, err
}

// ReadNodePath reads a NodePath.
func (r *Reader) ReadNodePath() (NodePath, error) {
	at := r.off
	if _, err := r.begin(TypeNodePath); err != nil {
		return NodePath{}, err
	}
	p, err := r.nodePath()
	return p, r.or(at, err)
}

// ReadByteArrayBytes reads a PoolByteArray without a copy: the bytes are those
// of the input.
func (r *Reader) ReadByteArrayBytes() ([]byte, error) {
	at := r.off
	if _, err := r.begin(TypeByteArray); err != nil {
		return nil, err
	}
	b, err := r.byteArray()
	return b, r.or(at, err)
}

// ReadArrayHeader reads the beginning of an Array, typed or not, and gives the
// number of its values, which are to be read next. The number is what the
// sender claims.
func (r *Reader) ReadArrayHeader() (int, error) {
	at := r.off
	flags, err := r.begin(TypeArray)
	if err != nil {
		return 0, err
	}
	_, n, err := r.arrayHeader(flags)
	return n, r.or(at, err)
}

// ReadDictionaryHeader reads the beginning of a Dictionary, typed or not, and
// gives the number of its pairs: the first key, its value, the second key and
// so on are to be read next. The number is what the sender claims.
func (r *Reader) ReadDictionaryHeader() (int, error) {
	at := r.off
	flags, err := r.begin(TypeDictionary)
	if err != nil {
		return 0, err
	}
	_, _, n, err := r.dictionaryHeader(flags)
	return n, r.or(at, err)
}

// Skip reads a value of any type and forgets it.
func (r *Reader) Skip() error {
	_, err := r.ReadValue()
	return err
}

// ReadValue reads a value of any type, as Config.Decode does.
func (r *Reader) ReadValue() (any, error) {
	at := r.off
	r.start = at
	v, err := r.value()
	if err == nil {
		err = r.size(0)
	}
	if err != nil {
		r.off = at
		return nil, err
	}
	return v, nil
}

// Read reads a value into what target points to, as Config.Unmarshal does.
func (r *Reader) Read(target any) error {
	at := r.off
	err := r.read(target)
	if err != nil {
		r.off = at
	}
	return err
}

// read takes the short way for the types that arguments mostly have, if the
// value has just that type.
func (r *Reader) read(target any) (err error) {
	t, _, err := r.head()
	if err != nil {
		return err
	}
	switch p := target.(type) {
	case *any:
		if p != nil {
			*p, err = r.ReadValue()
			return err
		}
	case *bool:
		if t == TypeBool && p != nil {
			*p, err = r.ReadBool()
			return err
		}
	case *int64:
		if t == TypeInt && p != nil {
			*p, err = r.ReadInt()
			return err
		}
	case *int:
		if t == TypeInt && p != nil && math.MaxInt == math.MaxInt64 {
			var n int64
			n, err = r.ReadInt()
			*p = int(n)
			return err
		}
	case *float64:
		if t == TypeFloat && p != nil {
			*p, err = r.ReadFloat()
			return err
		}
	case *string:
		if t == TypeString && p != nil {
			*p, err = r.ReadString()
			return err
		}
	case *Vector2:
		if t == TypeVector2 && p != nil {
			*p, err = r.ReadVector2()
			return err
		}
	case *Vector3:
		if t == TypeVector3 && p != nil {
			*p, err = r.ReadVector3()
			return err
		}
	case *Color:
		if t == TypeColor && p != nil {
			*p, err = r.ReadColor()
			return err
		}
	}
	v, err := r.ReadValue()
	if err != nil {
		return err
	}
	return Convert(v, target)
}

// numbers reads a value that is a fixed count of numbers.
func (r *Reader) numbers(t Type, f []float32) error {
	at := r.off
	flags, err := r.begin(t)
	if err != nil {
		return err
	}
	return r.or(at, r.floats(f, flags, t))
}

// or goes back after an error.
func (r *Reader) or(at int, err error) error {
	if err != nil {
		r.off = at
	}
	return err
}
