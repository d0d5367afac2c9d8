package variant

import "fmt"

// Type is the type of a value, for both dialects. The numbers are Godot 4's;
// see Dialect.ID for those on the wire.
type Type uint8

// Types. Those whose comment says so are not in Godot 3.
const (
	TypeNil Type = iota
	TypeBool
	TypeInt
	TypeFloat
	TypeString
	TypeVector2
	TypeVector2i // Godot 4
	TypeRect2
	TypeRect2i // Godot 4
	TypeVector3
	TypeVector3i // Godot 4
	TypeTransform2D
	TypeVector4  // Godot 4
	TypeVector4i // Godot 4
	TypePlane
	TypeQuat
	TypeAABB
	TypeBasis
	TypeTransform
	TypeProjection // Godot 4
	TypeColor
	TypeStringName // Godot 4
	TypeNodePath
	TypeRID
	TypeObject
	TypeCallable // Godot 4
	TypeSignal   // Godot 4
	TypeDictionary
	TypeArray
	TypeByteArray
	TypeInt32Array
	TypeInt64Array // Godot 4
	TypeFloat32Array
	TypeFloat64Array // Godot 4
	TypeStringArray
	TypeVector2Array
	TypeVector3Array
	TypeColorArray
	TypeVector4Array // Godot 4.3
	typeCount
)

var typeNames = [typeCount]string{
	"Nil", "bool", "int", "float", "String", "Vector2", "Vector2i", "Rect2", "Rect2i", "Vector3", "Vector3i",
	"Transform2D", "Vector4", "Vector4i", "Plane", "Quaternion", "AABB", "Basis", "Transform3D", "Projection",
	"Color", "StringName", "NodePath", "RID", "Object", "Callable", "Signal", "Dictionary", "Array",
	"PackedByteArray", "PackedInt32Array", "PackedInt64Array", "PackedFloat32Array", "PackedFloat64Array",
	"PackedStringArray", "PackedVector2Array", "PackedVector3Array", "PackedColorArray", "PackedVector4Array",
}

// godot3Names are the names that differ.
var godot3Names = map[Type]string{
	TypeQuat: "Quat", TypeTransform: "Transform", TypeByteArray: "PoolByteArray", TypeInt32Array: "PoolIntArray",
	TypeFloat32Array: "PoolRealArray", TypeStringArray: "PoolStringArray", TypeVector2Array: "PoolVector2Array",
	TypeVector3Array: "PoolVector3Array", TypeColorArray: "PoolColorArray",
}

// typesByName has the names of both dialects.
var typesByName = func() map[string]Type {
	m := map[string]Type{}
	for t := range typeCount {
		m[typeNames[t]] = t
	}
	for t, name := range godot3Names {
		m[name] = t
	}
	return m
}()

// String is the type's name in Godot 4, which has all types.
func (t Type) String() string {
	if t < typeCount {
		return typeNames[t]
	}
	return fmt.Sprintf("type %d", uint8(t))
}
