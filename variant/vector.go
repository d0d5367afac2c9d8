package variant

import "math"

// Vector2 is a point or direction in the plane. Numbers are single precision,
// as in Godot; those of a double precision build of Godot 4 are rounded.
type Vector2 struct{ X, Y float32 }

// Add is v + w.
func (v Vector2) Add(w Vector2) Vector2 { return Vector2{v.X + w.X, v.Y + w.Y} }

// Sub is v - w.
func (v Vector2) Sub(w Vector2) Vector2 { return Vector2{v.X - w.X, v.Y - w.Y} }

// Mul is v times a number.
func (v Vector2) Mul(s float32) Vector2 { return Vector2{v.X * s, v.Y * s} }

// Dot is the scalar product.
func (v Vector2) Dot(w Vector2) float32 { return v.X*w.X + v.Y*w.Y }

// Length is the distance from the origin.
func (v Vector2) Length() float32 { return float32(math.Hypot(float64(v.X), float64(v.Y))) }

// DistanceTo is the distance between two points.
func (v Vector2) DistanceTo(w Vector2) float32 { return w.Sub(v).Length() }

// Normalized is the vector of length 1 in the same direction, zero for zero.
func (v Vector2) Normalized() Vector2 {
	l := v.Length()
	if l == 0 {
		return Vector2{}
	}
	return Vector2{v.X / l, v.Y / l}
}

// String is "Vector2(1, 2)".
func (v Vector2) String() string { return Godot3.Format(v) }

// Vector2i is a Vector2 of whole numbers. Godot 4.
type Vector2i struct{ X, Y int32 }

// Vector2 is the same point.
func (v Vector2i) Vector2() Vector2 { return Vector2{float32(v.X), float32(v.Y)} }

// String is "Vector2i(1, 2)".
func (v Vector2i) String() string { return Godot4.Format(v) }

// Vector3 is a point or direction in space.
type Vector3 struct{ X, Y, Z float32 }

// Add is v + w.
func (v Vector3) Add(w Vector3) Vector3 { return Vector3{v.X + w.X, v.Y + w.Y, v.Z + w.Z} }

// Sub is v - w.
func (v Vector3) Sub(w Vector3) Vector3 { return Vector3{v.X - w.X, v.Y - w.Y, v.Z - w.Z} }

// Mul is v times a number.
func (v Vector3) Mul(s float32) Vector3 { return Vector3{v.X * s, v.Y * s, v.Z * s} }

// Dot is the scalar product.
func (v Vector3) Dot(w Vector3) float32 { return v.X*w.X + v.Y*w.Y + v.Z*w.Z }

// Length is the distance from the origin.
func (v Vector3) Length() float32 {
	return float32(math.Hypot(math.Hypot(float64(v.X), float64(v.Y)), float64(v.Z)))
}

// DistanceTo is the distance between two points.
func (v Vector3) DistanceTo(w Vector3) float32 { return w.Sub(v).Length() }

// Normalized is the vector of length 1 in the same direction, zero for zero.
func (v Vector3) Normalized() Vector3 {
	l := v.Length()
	if l == 0 {
		return Vector3{}
	}
	return Vector3{v.X / l, v.Y / l, v.Z / l}
}

// String is "Vector3(1, 2, 3)".
func (v Vector3) String() string { return Godot3.Format(v) }

// Vector3i is a Vector3 of whole numbers. Godot 4.
type Vector3i struct{ X, Y, Z int32 }

// Vector3 is the same point.
func (v Vector3i) Vector3() Vector3 { return Vector3{float32(v.X), float32(v.Y), float32(v.Z)} }

// String is "Vector3i(1, 2, 3)".
func (v Vector3i) String() string { return Godot4.Format(v) }

// Vector4 is four numbers. Godot 4.
type Vector4 struct{ X, Y, Z, W float32 }

// String is "Vector4(1, 2, 3, 4)".
func (v Vector4) String() string { return Godot4.Format(v) }

// Vector4i is four whole numbers. Godot 4.
type Vector4i struct{ X, Y, Z, W int32 }

// Vector4 is the same point.
func (v Vector4i) Vector4() Vector4 {
	return Vector4{float32(v.X), float32(v.Y), float32(v.Z), float32(v.W)}
}

// String is "Vector4i(1, 2, 3, 4)".
func (v Vector4i) String() string { return Godot4.Format(v) }
