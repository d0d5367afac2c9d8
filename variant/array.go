package variant

// Array is a list of values of any type. A Go slice that is none of the
// pool types below is an Array too.
type Array = []any

// The pool arrays of Godot 3 are slices of Go.
type (
	// PoolByteArray is bytes. Godot 4: PackedByteArray.
	PoolByteArray = []byte
	// PoolIntArray is integers of 32 bits. Godot 4: PackedInt32Array.
	PoolIntArray = []int32
	// PoolRealArray is numbers of single precision. Godot 4: PackedFloat32Array.
	PoolRealArray = []float32
	// PoolStringArray is texts. Godot 4: PackedStringArray.
	PoolStringArray = []string
	// PoolVector2Array is points of the plane. Godot 4: PackedVector2Array.
	PoolVector2Array = []Vector2
	// PoolVector3Array is points in space. Godot 4: PackedVector3Array.
	PoolVector3Array = []Vector3
	// PoolColorArray is colours. Godot 4: PackedColorArray.
	PoolColorArray = []Color
)

// The packed arrays of Godot 4.
type (
	// PackedByteArray is bytes.
	PackedByteArray = []byte
	// PackedInt32Array is integers of 32 bits.
	PackedInt32Array = []int32
	// PackedInt64Array is integers of 64 bits. In Godot 3 it becomes an Array.
	PackedInt64Array = []int64
	// PackedFloat32Array is numbers of single precision.
	PackedFloat32Array = []float32
	// PackedFloat64Array is numbers of double precision. In Godot 3 it becomes
	// an Array.
	PackedFloat64Array = []float64
	// PackedStringArray is texts.
	PackedStringArray = []string
	// PackedVector2Array is points of the plane.
	PackedVector2Array = []Vector2
	// PackedVector3Array is points in space.
	PackedVector3Array = []Vector3
	// PackedColorArray is colours.
	PackedColorArray = []Color
	// PackedVector4Array is quadruples of numbers. Godot 4.3.
	PackedVector4Array = []Vector4
)

// ElementType is what a typed container of Godot 4 may hold. The zero value is
// anything.
type ElementType struct {
	Type Type

	// Class, for TypeObject, is the least class of the objects. Script is the
	// path of the script they have, and goes before Class. Without
	// Config.AllowObjects both become EncodedObjectAsID on the wire.
	Class, Script string
}

// TypedArray is an Array whose elements have one type: Array[int]. Godot 4.3.
// In Godot 3 it becomes an Array.
type TypedArray struct {
	Element ElementType
	Items   Array
}

// TypedDictionary is a Dictionary whose keys or values have one type:
// Dictionary[String, int]. Godot 4.4. In Godot 3 it becomes a Dictionary.
type TypedDictionary struct {
	Key, Value ElementType
	Pairs      Dictionary
}
