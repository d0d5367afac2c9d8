package variant

import "fmt"

// Dialect is a version of the binary form. The two have the same layout and
// different type numbers; Godot 4 has more types.
type Dialect uint8

// Dialects.
const (
	// Godot3 is the form of Godot 3.2.3.
	Godot3 Dialect = iota

	// Godot4 is the form of Godot 4. Typed arrays are understood from 4.3, typed
	// dictionaries from 4.4; towards earlier ones use untyped containers.
	Godot4
)

// String is "Godot 3" or "Godot 4".
func (d Dialect) String() string {
	switch d {
	case Godot3:
		return "Godot 3"
	case Godot4:
		return "Godot 4"
	}
	return fmt.Sprintf("dialect %d", uint8(d))
}

// godot3Types are Godot 3's types by their number.
var godot3Types = [...]Type{
	TypeNil, TypeBool, TypeInt, TypeFloat, TypeString, TypeVector2, TypeRect2, TypeVector3, TypeTransform2D,
	TypePlane, TypeQuat, TypeAABB, TypeBasis, TypeTransform, TypeColor, TypeNodePath, TypeRID, TypeObject,
	TypeDictionary, TypeArray, TypeByteArray, TypeInt32Array, TypeFloat32Array, TypeStringArray,
	TypeVector2Array, TypeVector3Array, TypeColorArray,
}

// absent is the number of a type that a dialect has not.
const absent = 0xff

// godot3IDs is the inverse of godot3Types.
var godot3IDs = func() (ids [typeCount]uint8) {
	for t := range ids {
		ids[t] = absent
	}
	for id, t := range godot3Types {
		ids[t] = uint8(id)
	}
	return ids
}()

// ID is the type's number on the wire. ok is false for a type that the dialect
// has not.
func (d Dialect) ID(t Type) (id uint8, ok bool) {
	if t >= typeCount {
		return absent, false
	}
	id = d.id(t)
	return id, id != absent
}

// id is ID for a type that exists.
func (d Dialect) id(t Type) uint8 {
	if d == Godot3 {
		return godot3IDs[t]
	}
	return uint8(t)
}

// typeOf is the type of a number on the wire.
func (d Dialect) typeOf(id uint8) (Type, bool) {
	if d == Godot3 {
		if int(id) < len(godot3Types) {
			return godot3Types[id], true
		}
		return 0, false
	}
	return Type(id), Type(id) < typeCount
}

// TypeName is the name of a type in the dialect's scripts: Godot 3 says
// PoolIntArray where Godot 4 says PackedInt32Array.
func (d Dialect) TypeName(t Type) string {
	if d == Godot3 {
		if name, ok := godot3Names[t]; ok {
			return name
		}
	}
	return t.String()
}
