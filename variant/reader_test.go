package variant

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestTypedReadsLeaveOtherTypesUnread(t *testing.T) {
	b := Godot3.AppendVector2(Godot3.AppendInt(nil, 5), Vector2{1, 2})
	r := NewReader(b)
	if _, err := r.ReadString(); err == nil || err.Error() != "variant: offset 0: want String, have int" {
		t.Errorf("an int read as text: %v", err)
	}
	if n, err := r.ReadInt(); n != 5 || err != nil || r.Offset() != 8 || r.Len() != 12 {
		t.Errorf("%d, %v, at %d", n, err, r.Offset())
	}
	if typ, err := r.Peek(); typ != TypeVector2 || err != nil {
		t.Errorf("next is %v, %v", typ, err)
	}
	if v, err := r.ReadVector2(); v != (Vector2{1, 2}) || err != nil || len(r.Rest()) != 0 {
		t.Errorf("%v, %v", v, err)
	}
	if _, err := r.ReadInt(); err == nil || !strings.HasPrefix(err.Error(), "variant: offset 20: want 4 bytes of a value's header, have 0") {
		t.Errorf("at the end: %v", err)
	}
	short := NewReader(Godot3.AppendInt(nil, 1)[:6])
	if _, err := short.ReadInt(); err == nil || short.Offset() != 0 || err.(*SyntaxError).Offset != 4 {
		t.Errorf("a short int: %v, and the offset is %d", err, short.Offset())
	}
}

func TestTypedReadsAndWritesAreTheSameAsTheOthers(t *testing.T) {
	tr := Transform{IdentityBasis, Vector3{1, 2, 3}}
	for _, d := range []Dialect{Godot3, Godot4} {
		for _, tt := range []struct {
			v    any
			b    []byte
			read func(*Reader) (any, error)
		}{
			{nil, d.AppendNil(nil), func(r *Reader) (any, error) { return nil, r.ReadNil() }},
			{true, d.AppendBool(nil, true), func(r *Reader) (any, error) { return boxed(r.ReadBool()) }},
			{int64(1) << 33, d.AppendInt(nil, 1<<33), func(r *Reader) (any, error) { return boxed(r.ReadInt()) }},
			{0.1, d.AppendFloat(nil, 0.1), func(r *Reader) (any, error) { return boxed(r.ReadFloat()) }},
			{"é", d.AppendString(nil, "é"), func(r *Reader) (any, error) { return boxed(r.ReadString()) }},
			{Vector2{1, 2}, d.AppendVector2(nil, Vector2{1, 2}), func(r *Reader) (any, error) { return boxed(r.ReadVector2()) }},
			{Rect2{Size: Vector2{1, 2}}, d.AppendRect2(nil, Rect2{Size: Vector2{1, 2}}), func(r *Reader) (any, error) { return boxed(r.ReadRect2()) }},
			{Vector3{1, 2, 3}, d.AppendVector3(nil, Vector3{1, 2, 3}), func(r *Reader) (any, error) { return boxed(r.ReadVector3()) }},
			{IdentityTransform2D, d.AppendTransform2D(nil, IdentityTransform2D), func(r *Reader) (any, error) { return boxed(r.ReadTransform2D()) }},
			{Plane{Vector3{0, 1, 0}, 5}, d.AppendPlane(nil, Plane{Vector3{0, 1, 0}, 5}), func(r *Reader) (any, error) { return boxed(r.ReadPlane()) }},
			{IdentityQuat, d.AppendQuat(nil, IdentityQuat), func(r *Reader) (any, error) { return boxed(r.ReadQuat()) }},
			{AABB{Size: Vector3{1, 2, 3}}, d.AppendAABB(nil, AABB{Size: Vector3{1, 2, 3}}), func(r *Reader) (any, error) { return boxed(r.ReadAABB()) }},
			{tr.Basis, d.AppendBasis(nil, tr.Basis), func(r *Reader) (any, error) { return boxed(r.ReadBasis()) }},
			{tr, d.AppendTransform(nil, tr), func(r *Reader) (any, error) { return boxed(r.ReadTransform()) }},
			{RGB(1, 0, 0), d.AppendColor(nil, RGB(1, 0, 0)), func(r *Reader) (any, error) { return boxed(r.ReadColor()) }},
			{Path("/a:b"), d.AppendNodePath(nil, Path("/a:b")), func(r *Reader) (any, error) { return boxed(r.ReadNodePath()) }},
			{[]byte{1}, d.AppendByteArray(nil, []byte{1}), func(r *Reader) (any, error) { return boxed(r.ReadByteArrayBytes()) }},
			{[]int32{-1}, d.AppendInt32Array(nil, []int32{-1}), (*Reader).ReadValue},
			{[]float32{0.1}, d.AppendFloat32Array(nil, []float32{0.1}), (*Reader).ReadValue},
			{[]string{"a"}, d.AppendStringArray(nil, []string{"a"}), (*Reader).ReadValue},
			{[]Vector2{{1, 2}}, d.AppendVector2Array(nil, []Vector2{{1, 2}}), (*Reader).ReadValue},
			{[]Vector3{{1, 2, 3}}, d.AppendVector3Array(nil, []Vector3{{1, 2, 3}}), (*Reader).ReadValue},
			{[]Color{RGB(1, 0, 0)}, d.AppendColorArray(nil, []Color{RGB(1, 0, 0)}), (*Reader).ReadValue},
			{Array{nil}, d.AppendNil(d.AppendArrayHeader(nil, 1)), func(r *Reader) (any, error) {
				n, err := r.ReadArrayHeader()
				return make(Array, n), errors.Join(err, r.ReadNil())
			}},
			{Dictionary{{}}, d.AppendNil(d.AppendNil(d.AppendDictionaryHeader(nil, 1))), func(r *Reader) (any, error) {
				n, err := r.ReadDictionaryHeader()
				return make(Dictionary, n), errors.Join(err, r.ReadNil(), r.Skip())
			}},
		} {
			c := Config{Dialect: d}
			if b, err := c.Marshal(tt.v); err != nil || string(b) != string(tt.b) {
				t.Errorf("%v: %v appended as %x, and encoded as %x, %v", d, tt.v, tt.b, b, err)
			}
			r := c.NewReader(tt.b)
			if v, err := tt.read(&r); err != nil || !reflect.DeepEqual(v, tt.v) || r.Len() != 0 {
				t.Errorf("%v: %v read as %v, %v", d, tt.v, v, err)
			}
			p := reflect.New(reflect.TypeFor[any]())
			if tt.v != nil {
				p = reflect.New(reflect.TypeOf(tt.v))
			}
			if err := c.Unmarshal(tt.b, p.Interface()); err != nil || !reflect.DeepEqual(p.Elem().Interface(), tt.v) {
				t.Errorf("%v: %v unmarshalled as %v, %v", d, tt.v, p.Elem(), err)
			}
		}
	}
}
