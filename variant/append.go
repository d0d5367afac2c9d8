package variant

import (
	"encoding/binary"
	"math"
)

var le = binary.LittleEndian

// Bits of a value's header above the type.
const (
	wide = 1 << 16 // numbers of 64 bits; an object as its id
)

// The functions below append values of types that both dialects have. They
// allocate nothing but room in dst, and check nothing: a text should be valid
// UTF-8 without a zero byte, and begin with no byte order mark.

func (d Dialect) header(dst []byte, t Type, flags uint32) []byte {
	return le.AppendUint32(dst, uint32(d.id(t))|flags)
}

// AppendNil appends null.
func (d Dialect) AppendNil(dst []byte) []byte { return d.header(dst, TypeNil, 0) }

// AppendBool appends a bool.
func (d Dialect) AppendBool(dst []byte, v bool) []byte {
	n := uint32(0)
	if v {
		n = 1
	}
	return le.AppendUint32(d.header(dst, TypeBool, 0), n)
}

// AppendInt appends an int, in 32 bits where they suffice.
func (d Dialect) AppendInt(dst []byte, v int64) []byte {
	if v == int64(int32(v)) {
		return le.AppendUint32(d.header(dst, TypeInt, 0), uint32(v))
	}
	return le.AppendUint64(d.header(dst, TypeInt, wide), uint64(v))
}

// AppendFloat appends a float, in 32 bits where they suffice. Godot says that
// they do not for NaN.
func (d Dialect) AppendFloat(dst []byte, v float64) []byte {
	if f := float32(v); float64(f) == v {
		return le.AppendUint32(d.header(dst, TypeFloat, 0), math.Float32bits(f))
	}
	return le.AppendUint64(d.header(dst, TypeFloat, wide), math.Float64bits(v))
}

// AppendString appends a String.
func (d Dialect) AppendString(dst []byte, s string) []byte {
	return appendText(d.header(dst, TypeString, 0), s)
}

// AppendVector2 appends a Vector2.
func (d Dialect) AppendVector2(dst []byte, v Vector2) []byte {
	return appendFloats(d.header(dst, TypeVector2, 0), v.X, v.Y)
}

// AppendRect2 appends a Rect2.
func (d Dialect) AppendRect2(dst []byte, v Rect2) []byte {
	return appendFloats(d.header(dst, TypeRect2, 0), v.Position.X, v.Position.Y, v.Size.X, v.Size.Y)
}

// AppendVector3 appends a Vector3.
func (d Dialect) AppendVector3(dst []byte, v Vector3) []byte {
	return appendFloats(d.header(dst, TypeVector3, 0), v.X, v.Y, v.Z)
}

// AppendTransform2D appends a Transform2D.
func (d Dialect) AppendTransform2D(dst []byte, v Transform2D) []byte {
	return appendFloats(d.header(dst, TypeTransform2D, 0), v.X.X, v.X.Y, v.Y.X, v.Y.Y, v.Origin.X, v.Origin.Y)
}

// AppendPlane appends a Plane.
func (d Dialect) AppendPlane(dst []byte, v Plane) []byte {
	return appendFloats(d.header(dst, TypePlane, 0), v.Normal.X, v.Normal.Y, v.Normal.Z, v.D)
}

// AppendQuat appends a Quat.
func (d Dialect) AppendQuat(dst []byte, v Quat) []byte {
	return appendFloats(d.header(dst, TypeQuat, 0), v.X, v.Y, v.Z, v.W)
}

// AppendAABB appends an AABB.
func (d Dialect) AppendAABB(dst []byte, v AABB) []byte {
	return appendFloats(d.header(dst, TypeAABB, 0),
		v.Position.X, v.Position.Y, v.Position.Z, v.Size.X, v.Size.Y, v.Size.Z)
}

// AppendBasis appends a Basis.
func (d Dialect) AppendBasis(dst []byte, v Basis) []byte {
	rows := v.rows()
	return appendFloats(d.header(dst, TypeBasis, 0), rows[:]...)
}

// AppendTransform appends a Transform.
func (d Dialect) AppendTransform(dst []byte, v Transform) []byte {
	rows := v.Basis.rows()
	return appendFloats(appendFloats(d.header(dst, TypeTransform, 0), rows[:]...), v.Origin.X, v.Origin.Y, v.Origin.Z)
}

// AppendColor appends a Color.
func (d Dialect) AppendColor(dst []byte, v Color) []byte {
	return appendFloats(d.header(dst, TypeColor, 0), v.R, v.G, v.B, v.A)
}

// AppendNodePath appends a NodePath.
func (d Dialect) AppendNodePath(dst []byte, p NodePath) []byte {
	dst = d.header(dst, TypeNodePath, 0)
	dst = le.AppendUint32(dst, uint32(len(p.Names))|pathMark)
	dst = le.AppendUint32(dst, uint32(len(p.Subnames)))
	flags := uint32(0)
	if p.Absolute {
		flags = pathAbsolute
	}
	dst = le.AppendUint32(dst, flags)
	for _, s := range p.Names {
		dst = appendText(dst, s)
	}
	for _, s := range p.Subnames {
		dst = appendText(dst, s)
	}
	return dst
}

// AppendArrayHeader begins an Array of n values, which are to follow.
func (d Dialect) AppendArrayHeader(dst []byte, n int) []byte {
	return le.AppendUint32(d.header(dst, TypeArray, 0), uint32(n))
}

// AppendDictionaryHeader begins a Dictionary of n pairs: the first key, its
// value, the second key and so on are to follow.
func (d Dialect) AppendDictionaryHeader(dst []byte, n int) []byte {
	return le.AppendUint32(d.header(dst, TypeDictionary, 0), uint32(n))
}

// AppendByteArray appends a PoolByteArray.
func (d Dialect) AppendByteArray(dst []byte, v []byte) []byte {
	dst = append(le.AppendUint32(d.header(dst, TypeByteArray, 0), uint32(len(v))), v...)
	return append(dst, zeros[:pad(len(v))]...)
}

// AppendInt32Array appends a PoolIntArray.
func (d Dialect) AppendInt32Array(dst []byte, v []int32) []byte {
	dst = le.AppendUint32(d.header(dst, TypeInt32Array, 0), uint32(len(v)))
	for _, n := range v {
		dst = le.AppendUint32(dst, uint32(n))
	}
	return dst
}

// AppendFloat32Array appends a PoolRealArray.
func (d Dialect) AppendFloat32Array(dst []byte, v []float32) []byte {
	return appendFloats(le.AppendUint32(d.header(dst, TypeFloat32Array, 0), uint32(len(v))), v...)
}

// AppendStringArray appends a PoolStringArray, whose texts end with a zero
// byte that counts.
func (d Dialect) AppendStringArray(dst []byte, v []string) []byte {
	dst = le.AppendUint32(d.header(dst, TypeStringArray, 0), uint32(len(v)))
	for _, s := range v {
		dst = append(le.AppendUint32(dst, uint32(len(s)+1)), s...)
		dst = append(append(dst, 0), zeros[:pad(len(s)+1)]...)
	}
	return dst
}

// AppendVector2Array appends a PoolVector2Array.
func (d Dialect) AppendVector2Array(dst []byte, v []Vector2) []byte {
	dst = le.AppendUint32(d.header(dst, TypeVector2Array, 0), uint32(len(v)))
	for _, p := range v {
		dst = appendFloats(dst, p.X, p.Y)
	}
	return dst
}

// AppendVector3Array appends a PoolVector3Array.
func (d Dialect) AppendVector3Array(dst []byte, v []Vector3) []byte {
	dst = le.AppendUint32(d.header(dst, TypeVector3Array, 0), uint32(len(v)))
	for _, p := range v {
		dst = appendFloats(dst, p.X, p.Y, p.Z)
	}
	return dst
}

// AppendColorArray appends a PoolColorArray.
func (d Dialect) AppendColorArray(dst []byte, v []Color) []byte {
	dst = le.AppendUint32(d.header(dst, TypeColorArray, 0), uint32(len(v)))
	for _, c := range v {
		dst = appendFloats(dst, c.R, c.G, c.B, c.A)
	}
	return dst
}

func appendFloats(dst []byte, v ...float32) []byte {
	for _, f := range v {
		dst = le.AppendUint32(dst, math.Float32bits(f))
	}
	return dst
}

// zeros is padding.
var zeros [3]byte

// pad is how many bytes bring n to a multiple of four.
func pad(n int) int { return -n & 3 }

// appendText appends a text's length, its bytes and padding.
func appendText(dst []byte, s string) []byte {
	dst = append(le.AppendUint32(dst, uint32(len(s))), s...)
	return append(dst, zeros[:pad(len(s))]...)
}
