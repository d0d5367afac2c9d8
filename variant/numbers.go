package variant

// numbersOf gives the numbers of a value that is a fixed count of numbers of
// single precision, in the order of the wire. ok is false for other values.
func numbersOf(v any, dst []float32) (t Type, f []float32, ok bool) {
	switch v := v.(type) {
	case Vector2:
		return TypeVector2, append(dst, v.X, v.Y), true
	case Rect2:
		return TypeRect2, append(dst, v.Position.X, v.Position.Y, v.Size.X, v.Size.Y), true
	case Vector3:
		return TypeVector3, append(dst, v.X, v.Y, v.Z), true
	case Transform2D:
		return TypeTransform2D, append(dst, v.X.X, v.X.Y, v.Y.X, v.Y.Y, v.Origin.X, v.Origin.Y), true
	case Vector4:
		return TypeVector4, append(dst, v.X, v.Y, v.Z, v.W), true
	case Plane:
		return TypePlane, append(dst, v.Normal.X, v.Normal.Y, v.Normal.Z, v.D), true
	case Quat:
		return TypeQuat, append(dst, v.X, v.Y, v.Z, v.W), true
	case AABB:
		return TypeAABB, append(dst, v.Position.X, v.Position.Y, v.Position.Z, v.Size.X, v.Size.Y, v.Size.Z), true
	case Basis:
		rows := v.rows()
		return TypeBasis, append(dst, rows[:]...), true
	case Transform:
		rows := v.Basis.rows()
		return TypeTransform, append(append(dst, rows[:]...), v.Origin.X, v.Origin.Y, v.Origin.Z), true
	case Projection:
		for _, c := range [...]Vector4{v.X, v.Y, v.Z, v.W} {
			dst = append(dst, c.X, c.Y, c.Z, c.W)
		}
		return TypeProjection, dst, true
	case Color:
		return TypeColor, append(dst, v.R, v.G, v.B, v.A), true
	}
	return 0, dst, false
}

// maxNumbers is the most that numbersOf gives.
const maxNumbers = 16

// numberCount is how many numbers a value of the type has, for types that
// numbersOf and wholesOf know.
var numberCount = [typeCount]int{
	TypeVector2: 2, TypeRect2: 4, TypeVector3: 3, TypeTransform2D: 6, TypeVector4: 4, TypePlane: 4, TypeQuat: 4,
	TypeAABB: 6, TypeBasis: 9, TypeTransform: 12, TypeProjection: 16, TypeColor: 4,
	TypeVector2i: 2, TypeRect2i: 4, TypeVector3i: 3, TypeVector4i: 4,
}

// ofNumbers is the inverse of numbersOf; f has as many numbers as the type.
func ofNumbers(t Type, f []float32) any {
	switch t {
	case TypeVector2:
		return Vector2{f[0], f[1]}
	case TypeRect2:
		return Rect2{Vector2{f[0], f[1]}, Vector2{f[2], f[3]}}
	case TypeVector3:
		return Vector3{f[0], f[1], f[2]}
	case TypeTransform2D:
		return Transform2D{Vector2{f[0], f[1]}, Vector2{f[2], f[3]}, Vector2{f[4], f[5]}}
	case TypeVector4:
		return Vector4{f[0], f[1], f[2], f[3]}
	case TypePlane:
		return Plane{Vector3{f[0], f[1], f[2]}, f[3]}
	case TypeQuat:
		return Quat{f[0], f[1], f[2], f[3]}
	case TypeAABB:
		return AABB{Vector3{f[0], f[1], f[2]}, Vector3{f[3], f[4], f[5]}}
	case TypeBasis:
		return basisOf(f)
	case TypeTransform:
		return Transform{basisOf(f), Vector3{f[9], f[10], f[11]}}
	case TypeProjection:
		return Projection{
			Vector4{f[0], f[1], f[2], f[3]}, Vector4{f[4], f[5], f[6], f[7]},
			Vector4{f[8], f[9], f[10], f[11]}, Vector4{f[12], f[13], f[14], f[15]},
		}
	case TypeColor:
		return Color{f[0], f[1], f[2], f[3]}
	default:
		panic("variant: not a type of numbers: " + t.String())
	}
}

// wholesOf is numbersOf for whole numbers.
func wholesOf(v any, dst []int32) (t Type, n []int32, ok bool) {
	switch v := v.(type) {
	case Vector2i:
		return TypeVector2i, append(dst, v.X, v.Y), true
	case Rect2i:
		return TypeRect2i, append(dst, v.Position.X, v.Position.Y, v.Size.X, v.Size.Y), true
	case Vector3i:
		return TypeVector3i, append(dst, v.X, v.Y, v.Z), true
	case Vector4i:
		return TypeVector4i, append(dst, v.X, v.Y, v.Z, v.W), true
	}
	return 0, dst, false
}

// ofWholes is the inverse of wholesOf; n has as many numbers as the type.
func ofWholes(t Type, n []int32) any {
	switch t {
	case TypeVector2i:
		return Vector2i{n[0], n[1]}
	case TypeRect2i:
		return Rect2i{Vector2i{n[0], n[1]}, Vector2i{n[2], n[3]}}
	case TypeVector3i:
		return Vector3i{n[0], n[1], n[2]}
	case TypeVector4i:
		return Vector4i{n[0], n[1], n[2], n[3]}
	default:
		panic("variant: not a type of whole numbers: " + t.String())
	}
}

// isWhole says whether the type is one of wholesOf.
func (t Type) isWhole() bool {
	return t == TypeVector2i || t == TypeRect2i || t == TypeVector3i || t == TypeVector4i
}
