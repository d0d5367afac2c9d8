package variant

import (
	"image/color"
	"math"
	"testing"
)

func TestOperationsOfVectors(t *testing.T) {
	a, b := Vector2{3, 4}, Vector2{1, -2}
	p, q := Vector3{2, 3, 6}, Vector3{1, 0, -1}
	for _, tt := range []struct {
		name      string
		got, want any
	}{
		{"sum", a.Add(b), Vector2{4, 2}},
		{"difference", a.Sub(b), Vector2{2, 6}},
		{"multiple", a.Mul(2), Vector2{6, 8}},
		{"product", a.Dot(b), float32(-5)},
		{"length", a.Length(), float32(5)},
		{"distance", a.DistanceTo(Vector2{}), float32(5)},
		{"direction", a.Normalized(), Vector2{0.6, 0.8}},
		{"no direction", Vector2{}.Normalized(), Vector2{}},
		{"sum in space", p.Add(q), Vector3{3, 3, 5}},
		{"difference in space", p.Sub(q), Vector3{1, 3, 7}},
		{"multiple in space", p.Mul(2), Vector3{4, 6, 12}},
		{"product in space", p.Dot(q), float32(-4)},
		{"length in space", p.Length(), float32(7)},
		{"distance in space", p.DistanceTo(p), float32(0)},
		{"direction in space", Vector3{0, -5, 0}.Normalized(), Vector3{0, -1, 0}},
		{"no direction in space", Vector3{}.Normalized(), Vector3{}},
		{"length without overflow", Vector2{3e38, 4e37}.Length() < math.MaxFloat32, true},
		{"end of a rectangle", Rect2{a, b}.End(), Vector2{4, 2}},
		{"on its near edge", Rect2{Vector2{}, a}.HasPoint(Vector2{}), true},
		{"on its far edge", Rect2{Vector2{}, a}.HasPoint(Vector2{3, 1}), false},
		{"end of a box", AABB{p, q}.End(), Vector3{3, 3, 5}},
		{"on its far side", AABB{Vector3{}, p}.HasPoint(p), true},
		{"outside of it", AABB{Vector3{}, p}.HasPoint(Vector3{2, 3, 7}), false},
		{"identity", IdentityTransform.Apply(p), p},
		{"identity in the plane", IdentityTransform2D.Apply(a), a},
		{"a quarter turn", Transform2D{X: Vector2{0, 1}, Y: Vector2{-1, 0}, Origin: Vector2{10, 0}}.Apply(Vector2{1, 0}), Vector2{10, 1}},
		{"a basis by its axes", Basis{Vector3{1, 2, 3}, Vector3{4, 5, 6}, Vector3{7, 8, 9}}.Apply(Vector3{0, 1, 0}), Vector3{4, 5, 6}},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, tt.got, tt.want)
		}
	}
}

func TestColorsAreThoseOfGo(t *testing.T) {
	c, err := ParseColor("#3366ff")
	if err != nil || c != RGB(0.2, 0.4, 1) || c.HTML() != "#3366ff" {
		t.Errorf("%v, %v, %s", c, err, c.HTML())
	}
	for _, s := range []string{"", "#", "#12345", "1234567", "#12345g", "#aabbccdd", "-12345"} {
		if c, err := ParseColor(s); err == nil {
			t.Errorf("%q is %v", s, c)
		}
	}
	half := color.NRGBA{R: 255, G: 0, B: 51, A: 128}
	if got := color.NRGBAModel.Convert(ColorOf(half)); got != half {
		t.Errorf("%v becomes %v", half, got)
	}
	wild := Color{R: 7, G: -1, B: float32(math.NaN()), A: 1}
	if r, g, b, a := wild.RGBA(); r != 0xffff || g != 0 || b != 0 || a != 0xffff || wild.HTML() != "#ff0000" {
		t.Errorf("%v is %x %x %x %x, %s", wild, r, g, b, a, wild.HTML())
	}
}

func TestTypesPrintAsTheyAreWritten(t *testing.T) {
	for _, tt := range []struct {
		v    interface{ String() string }
		want string
	}{
		{Vector2{1, 0.5}, "Vector2(1, 0.5)"}, {Vector2i{1, 2}, "Vector2i(1, 2)"}, {Vector3{1, 2, 3}, "Vector3(1, 2, 3)"},
		{Vector3i{1, 2, 3}, "Vector3i(1, 2, 3)"}, {Vector4{1, 2, 3, 4}, "Vector4(1, 2, 3, 4)"}, {Vector4i{1, 2, 3, 4}, "Vector4i(1, 2, 3, 4)"},
		{Rect2{}, "Rect2(0, 0, 0, 0)"}, {Rect2i{}, "Rect2i(0, 0, 0, 0)"}, {IdentityTransform2D, "Transform2D(1, 0, 0, 1, 0, 0)"},
		{Plane{D: 5}, "Plane(0, 0, 0, 5)"}, {IdentityQuat, "Quat(0, 0, 0, 1)"}, {AABB{}, "AABB(0, 0, 0, 0, 0, 0)"},
		{IdentityBasis, "Basis(1, 0, 0, 0, 1, 0, 0, 0, 1)"}, {IdentityTransform, "Transform(1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0)"},
		{Projection{X: Vector4{X: 1}}, "Projection(1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)"}, {RGB(1, 0, 0), "Color(1, 0, 0, 1)"},
		{Path("/root/A:b"), "/root/A:b"}, {Godot3, "Godot 3"}, {Godot4, "Godot 4"}, {Dialect(7), "dialect 7"},
		{TypeQuat, "Quaternion"}, {Type(99), "type 99"},
	} {
		if got := tt.v.String(); got != tt.want {
			t.Errorf("%s, want %s", got, tt.want)
		}
	}
}

func TestTypesHaveTheirNumbers(t *testing.T) {
	for _, tt := range []struct {
		d    Dialect
		t    Type
		id   uint8
		ok   bool
		name string
	}{
		{Godot3, TypeQuat, 10, true, "Quat"}, {Godot4, TypeQuat, 15, true, "Quaternion"},
		{Godot3, TypeObject, 17, true, "Object"}, {Godot4, TypeObject, 24, true, "Object"},
		{Godot3, TypeColorArray, 26, true, "PoolColorArray"}, {Godot4, TypeVector4Array, 38, true, "PackedVector4Array"},
		{Godot3, TypeSignal, 255, false, "Signal"}, {Godot4, Type(39), 255, false, "type 39"},
	} {
		if id, ok := tt.d.ID(tt.t); id != tt.id || ok != tt.ok || tt.d.TypeName(tt.t) != tt.name {
			t.Errorf("%v: %v is %d, %v, %s, want %d, %v, %s", tt.d, tt.t, id, ok, tt.d.TypeName(tt.t), tt.id, tt.ok, tt.name)
		}
	}
}
