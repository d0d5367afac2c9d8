package variant

// Rect2 is a rectangle. Size may be negative.
type Rect2 struct{ Position, Size Vector2 }

// End is the corner opposite to Position.
func (r Rect2) End() Vector2 { return r.Position.Add(r.Size) }

// HasPoint says whether a point is inside. The right and the lower edge are
// outside, as in Godot.
func (r Rect2) HasPoint(p Vector2) bool {
	end := r.End()
	return p.X >= r.Position.X && p.Y >= r.Position.Y && p.X < end.X && p.Y < end.Y
}

// String is "Rect2(1, 2, 3, 4)".
func (r Rect2) String() string { return Godot3.Format(r) }

// Rect2i is a Rect2 of whole numbers. Godot 4.
type Rect2i struct{ Position, Size Vector2i }

// Rect2 is the same rectangle.
func (r Rect2i) Rect2() Rect2 { return Rect2{r.Position.Vector2(), r.Size.Vector2()} }

// String is "Rect2i(1, 2, 3, 4)".
func (r Rect2i) String() string { return Godot4.Format(r) }

// Transform2D is two axes and an origin. The zero value is no transform that
// makes sense; see IdentityTransform2D.
type Transform2D struct{ X, Y, Origin Vector2 }

// IdentityTransform2D changes nothing.
var IdentityTransform2D = Transform2D{X: Vector2{1, 0}, Y: Vector2{0, 1}}

// Apply is where a point goes.
func (t Transform2D) Apply(p Vector2) Vector2 { return t.X.Mul(p.X).Add(t.Y.Mul(p.Y)).Add(t.Origin) }

// String is "Transform2D(1, 0, 0, 1, 0, 0)", axis by axis.
func (t Transform2D) String() string { return Godot3.Format(t) }

// Plane is a normal and the distance from the origin along it.
type Plane struct {
	Normal Vector3
	D      float32
}

// String is "Plane(0, 1, 0, 5)".
func (p Plane) String() string { return Godot3.Format(p) }

// Quat is a rotation as a quaternion. Godot 4 calls it Quaternion.
type Quat struct{ X, Y, Z, W float32 }

// Quaternion is Godot 4's name of Quat.
type Quaternion = Quat

// IdentityQuat turns nothing.
var IdentityQuat = Quat{W: 1}

// String is "Quat(0, 0, 0, 1)".
func (q Quat) String() string { return Godot3.Format(q) }

// AABB is a box along the axes. Size may be negative.
type AABB struct{ Position, Size Vector3 }

// End is the corner opposite to Position.
func (b AABB) End() Vector3 { return b.Position.Add(b.Size) }

// HasPoint says whether a point is inside or on the surface, as in Godot.
func (b AABB) HasPoint(p Vector3) bool {
	lo, hi := b.Position, b.End()
	return p.X >= lo.X && p.Y >= lo.Y && p.Z >= lo.Z && p.X <= hi.X && p.Y <= hi.Y && p.Z <= hi.Z
}

// String is "AABB(0, 0, 0, 1, 1, 1)".
func (b AABB) String() string { return Godot3.Format(b) }

// Basis is three axes, as in the scripts' Basis(x_axis, y_axis, z_axis). The
// wire has the matrix row by row, whose columns they are.
type Basis struct{ X, Y, Z Vector3 }

// IdentityBasis changes nothing.
var IdentityBasis = Basis{Vector3{1, 0, 0}, Vector3{0, 1, 0}, Vector3{0, 0, 1}}

// Apply is where a point goes.
func (b Basis) Apply(p Vector3) Vector3 { return b.X.Mul(p.X).Add(b.Y.Mul(p.Y)).Add(b.Z.Mul(p.Z)) }

// rows are the numbers in the order of the wire.
func (b Basis) rows() [9]float32 {
	return [9]float32{b.X.X, b.Y.X, b.Z.X, b.X.Y, b.Y.Y, b.Z.Y, b.X.Z, b.Y.Z, b.Z.Z}
}

// basisOf is the inverse of rows.
func basisOf(f []float32) Basis {
	return Basis{Vector3{f[0], f[3], f[6]}, Vector3{f[1], f[4], f[7]}, Vector3{f[2], f[5], f[8]}}
}

// String is "Basis(1, 0, 0, 0, 1, 0, 0, 0, 1)", row by row as var2str does.
func (b Basis) String() string { return Godot3.Format(b) }

// Transform is a Basis and an origin. Godot 4 calls it Transform3D. The zero
// value is no transform that makes sense; see IdentityTransform.
type Transform struct {
	Basis  Basis
	Origin Vector3
}

// Transform3D is Godot 4's name of Transform.
type Transform3D = Transform

// IdentityTransform changes nothing.
var IdentityTransform = Transform{Basis: IdentityBasis}

// Apply is where a point goes.
func (t Transform) Apply(p Vector3) Vector3 { return t.Basis.Apply(p).Add(t.Origin) }

// String is the rows of the basis and the origin.
func (t Transform) String() string { return Godot3.Format(t) }

// Projection is four columns. Godot 4.
type Projection struct{ X, Y, Z, W Vector4 }

// String is the columns.
func (p Projection) String() string { return Godot4.Format(p) }
